"""What carriers push about a consignment, in their own formats, and all that goes wrong on the way."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any
from urllib.parse import parse_qsl

import orjson

from partners import ems, ghn, ghtk, viettelpost, vnpost
from partners.carrier import VIETNAM, Compose, Composed, Facts, in_json
from partners.ems.messages import TRANSACTION
from partners.s10 import check_digit


class Oddity(StrEnum):
    """What is unusual about a push; all of it is normal."""

    LATE = "late"
    OUT_OF_ORDER = "out of order"
    REPEATED = "repeated"
    CONFLICTING = "same key, other body"
    UNKNOWN_CODE = "unknown code"
    UNKNOWN_WAYBILL = "unknown waybill"
    BEFORE_BOOKING = "before the booking"
    NO_ZONE = "time without zone"
    GARBLED = "unreadable"


PER_THOUSAND = {
    Oddity.LATE: 40,
    Oddity.OUT_OF_ORDER: 30,
    Oddity.REPEATED: 50,
    Oddity.CONFLICTING: 5,
    Oddity.UNKNOWN_CODE: 10,
    Oddity.UNKNOWN_WAYBILL: 20,
    Oddity.NO_ZONE: 10,
    Oddity.GARBLED: 5,
}
"""How many of a thousand scans have it; `BEFORE_BOOKING` depends on the sender, not the carrier."""


class Ending(StrEnum):
    """How a consignment ends."""

    DELIVERED = "delivered"
    SECOND_ATTEMPT = "delivered at the second attempt"
    RETURNED = "returned"
    LOST = "lost"
    SILENT = "no more news"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How one carrier tells the life of a consignment, in its own codes.

    `taken` is the place in `out` of the scan that says it has the parcel; with `accepts` its code
    is the acceptance that the postal clocks start with. A carrier without a code for an ending tells
    it by no push; `zone_field` is where one writes a time with a zone.
    """

    compose: Compose
    number: Callable[[int], str]
    out: tuple[str, ...]
    taken: int
    accepts: bool = True
    delivered: str | None
    again: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    lost: str | None = None
    unknown: str
    zone_field: str | None = None
    garbles: bool = True

    def codes(self, ending: Ending) -> tuple[str, ...]:
        """The codes it pushes until this ending, in order."""
        delivered = (self.delivered,) if self.delivered else ()
        match ending:
            case Ending.DELIVERED:
                return (*self.out, *delivered)
            case Ending.SECOND_ATTEMPT:
                return (*self.out, *self.again, *delivered)
            case Ending.RETURNED:
                return (*self.out, *self.again, *self.again[:1], *self.back)
            case Ending.LOST:
                return (*self.out[: self.taken + 2], *((self.lost,) if self.lost else ()))
            case Ending.SILENT:
                return self.out[: self.taken + 1]

    def tells(self, ending: Ending) -> bool:
        """Whether it has a code for this ending; if not, its people write it down themselves."""
        match ending:
            case Ending.DELIVERED | Ending.SECOND_ATTEMPT:
                return self.delivered is not None
            case Ending.RETURNED:
                return bool(self.back)
            case Ending.LOST:
                return self.lost is not None
            case Ending.SILENT:
                return True


def _s10(service: str) -> Callable[[int], str]:
    return lambda serial: f"{service}{serial:08}{check_digit(f'{serial:08}')}VN"


VOICES = {
    "vnpost": Voice(
        compose=vnpost.compose,
        number=_s10("RD"),
        out=("20", "70"),
        taken=1,
        delivered="100",
        again=("91",),
        back=("170",),
        unknown="75",
    ),
    "ems": Voice(
        compose=ems.compose,
        number=_s10("EA"),
        out=("1", "2", "4", "4", "11000"),
        taken=2,
        accepts=False,
        delivered=None,
        unknown="99",
    ),
    "viettelpost": Voice(
        compose=viettelpost.compose,
        number=lambda serial: f"1{serial:011}",
        out=("100", "104", "200", "300", "400", "500"),
        taken=2,
        delivered="501",
        again=("506", "508"),
        back=("505", "300", "400", "500", "504"),  # 300, 400 and 500 mean the way back here.
        lost="503",
        unknown="517",
        garbles=False,  # Its secret is in the body; what is unreadable is nobody's.
    ),
    "ghn": Voice(
        compose=ghn.compose,
        number=lambda serial: f"LD{serial:08}",
        out=("ready_to_pick", "picking", "picked", "storing", "transporting", "delivering"),
        taken=2,
        delivered="delivered",
        again=("delivery_fail", "delivering"),
        back=("waiting_to_return", "return", "return_transporting", "returning", "returned"),
        lost="lost",
        unknown="waiting_to_finance",
        zone_field="Time",
    ),
    "ghtk": Voice(
        compose=ghtk.compose,
        number=lambda serial: f"S20.DT1.{serial}",
        out=("2", "12", "3", "4"),
        taken=2,
        delivered="5",
        again=("10", "4"),
        back=("20", "21"),
        lost="13",
        unknown="1000",
        zone_field="action_time",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One push. `told_at` is when the carrier sends it; it orders the pushes among other acts."""

    carrier: str
    number: str
    code: str
    occurred_at: datetime
    told_at: datetime
    place: str
    oddity: Oddity | None = None
    other_format: bool = False
    """In the older format of EMS, in GHTK's JSON; the others have one format."""

    def composed(self, secret: str) -> Composed:
        """The request, with the secret where this carrier writes it."""
        voice = VOICES[self.carrier]
        facts = Facts(secret=secret, place=self.place)
        if self.oddity is Oddity.CONFLICTING:
            facts["note"] = "Cập nhật lại"
            facts["place"] = ""
        if self.oddity is Oddity.NO_ZONE and voice.zone_field:
            local = self.occurred_at.astimezone(VIETNAM).replace(tzinfo=None)
            facts["fields"] = {voice.zone_field: local.isoformat(timespec="seconds")}
        composed = voice.compose(self.number, self.code, self.occurred_at, **facts)
        if self.other_format:
            composed = _OTHER_FORMAT[self.carrier](composed)
        if self.oddity is Oddity.GARBLED:
            composed = composed._replace(body=b"{" + composed.body[: len(composed.body) // 2])
        return composed


def _older_ems(composed: Composed) -> Composed:
    said: dict[str, Any] = orjson.loads(composed.body)
    moment = datetime.strptime(said["datetime"], "%d/%m/%Y %H:%M:%S").replace(tzinfo=VIETNAM)
    content = {
        "TrackingCode": said["tracking_code"],
        "StatusCode": str(said["status_code"]),
        "StatusName": said["status_name"],
        "Location": said["locate"],
        "Note": said["note"],
        "CreatedAt": moment.strftime("%Y-%m-%d %H:%M:%S"),
    }
    return in_json(content, {TRANSACTION: composed.headers[TRANSACTION]})


def _json_of_ghtk(composed: Composed) -> Composed:
    form = composed.body.decode().replace("+", "%2B")
    content = dict(parse_qsl(form, keep_blank_values=True))
    return in_json(content)._replace(query=composed.query)


_OTHER_FORMAT = {"ems": _older_ems, "ghtk": _json_of_ghtk}
_OTHER_FORMAT_SHARE = 0.35


def consignment(
    carrier: str, serial: int, scans: Sequence[tuple[str, datetime]], place: str, dice: Random
) -> list[Push]:
    """The pushes of one consignment's scans, each sent soon after it happened, oddities and all.

    What comes after a consignment waits for its last scan, so that one is never the late one; nor
    is the one that takes it, for who signs for the papers ends what a report can date better.
    """
    voice = VOICES[carrier]
    pushes = [
        Push(
            carrier=carrier,
            number=voice.number(serial),
            code=code,
            occurred_at=moment,
            told_at=moment + timedelta(seconds=dice.randrange(3, 90)),
            place=place,
            other_format=carrier in _OTHER_FORMAT and dice.random() < _OTHER_FORMAT_SHARE,
        )
        for code, moment in scans
    ]
    following = [*pushes[1:], None]
    return [
        told
        for push, then in zip(pushes, following, strict=True)
        for told in _told(push, then, _oddity(push, dice), dice)
    ]


def _oddity(push: Push, dice: Random) -> Oddity | None:
    usual = 1000 - sum(PER_THOUSAND.values())
    drawn = dice.choices((None, *PER_THOUSAND), (usual, *PER_THOUSAND.values()))[0]
    voice = VOICES[push.carrier]
    is_taking = push.code == voice.out[voice.taken]
    return None if is_taking and drawn in {Oddity.LATE, Oddity.OUT_OF_ORDER} else drawn


def _told(
    push: Push, following: Push | None, oddity: Oddity | None, dice: Random
) -> Iterator[Push]:
    """The push as it comes, and what comes with it."""
    voice = VOICES[push.carrier]
    odd = replace(push, oddity=oddity)
    soon = push.told_at + timedelta(seconds=dice.randrange(1, 300))
    match oddity:
        case Oddity.LATE if following:
            yield replace(odd, told_at=push.told_at + timedelta(minutes=10 ** dice.uniform(1, 3.6)))
        case Oddity.OUT_OF_ORDER if following:
            yield replace(odd, told_at=following.told_at + timedelta(seconds=1))
        case Oddity.NO_ZONE if voice.zone_field:
            yield odd
        case Oddity.REPEATED | Oddity.CONFLICTING:
            yield push
            yield replace(odd, told_at=soon)
        case Oddity.UNKNOWN_CODE:
            yield push
            yield replace(odd, code=voice.unknown, told_at=soon)
        case Oddity.UNKNOWN_WAYBILL:
            yield push
            yield replace(odd, number=voice.number(dice.randrange(10**7)), told_at=soon)
        case Oddity.GARBLED if voice.garbles:
            yield odd
            yield replace(push, told_at=soon)
        case _:
            yield push
