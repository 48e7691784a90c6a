"""From a carrier's words to a `CarrierReport`: what is alike for all of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

from logistics.carriers import Unreadable
from logistics.waybill.commands import CarrierReport
from logistics.waybill.milestones import Milestone
from partners.carrier.text import MAX_LENGTH, masked, plain
from partners.carrier.times import settle_time

_CODE = re.compile(r"[A-Za-z0-9./_-]{1,64}", re.ASCII)
_CODE_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Status:
    """A code of a carrier: the carrier's text for it, and what it means to us.

    A code that a carrier documents but DOMAIN §4 does not map is `UNRECOGNISED` on purpose.
    """

    text: str
    milestone: Milestone
    milestone_on_return: Milestone | None = None


Statuses = Mapping[str, Status]

_UNKNOWN = Status("", Milestone.UNRECOGNISED)


def status_of(code: str, statuses: Statuses) -> Status:
    """What the code means; a code that nobody documented is kept, shown, and never guessed."""
    return statuses.get(code, _UNKNOWN)


def codes_meaning(milestone: Milestone, statuses: Statuses) -> tuple[str, ...]:
    """The codes that mean this on the way out, as the carrier lists them."""
    return tuple(code for code, status in statuses.items() if status.milestone is milestone)


def to_report(
    *,
    number: str,
    code: str,
    text: str,
    status: Status,
    place: str,
    occurred_at_text: str,
    received_at: datetime,
    repeat_key: str,
    content_digest: str,
    warnings: tuple[str, ...] = (),
) -> CarrierReport:
    """One report in our words; `Unreadable` when it names no consignment."""
    if not number:
        raise Unreadable("no-number", "The report names no consignment.")
    if _CODE.fullmatch(number) is None:
        raise Unreadable("number-not-a-code", "The consignment's number is not a code.")
    occurred_at, time_flag = settle_time(occurred_at_text, received_at)
    return CarrierReport(
        number=number,
        milestone=status.milestone,
        milestone_on_return=status.milestone_on_return,
        original_code=code[:_CODE_LENGTH],
        original_text=masked(text) or status.text,
        place=masked(place) or None,
        occurred_at=occurred_at,
        occurred_at_text=occurred_at_text[:_CODE_LENGTH],
        time_flag=time_flag,
        repeat_key=repeat_key[:MAX_LENGTH],
        content_digest=content_digest,
        warnings=warnings,
    )


def digest_of(item: Mapping[str, Any], personal: tuple[str, ...] = ()) -> str:
    """A digest of all that an item says, save the fields that name persons (by their prefixes).

    It is blind to order, blanks, and the type a scalar came in; null, empty and missing are one.
    Fields about persons stay out because an event must hold nothing made from them. Notes stay in:
    what was said otherwise must not pass for a repeat.
    """
    content = {}
    for name, value in item.items():
        if name.startswith(personal):
            continue
        # Most values are text, and this runs for some of seventy fields of every push.
        if said := value.strip() if type(value) is str else _said(value):
            content[name] = said
    try:
        canonical = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        raise Unreadable("too-deep", "The report is nested too deeply.") from None
    return sha256(canonical).hexdigest()[:32]


def _said(value: object) -> object:
    if isinstance(value, list | dict):
        return value
    return str(value) if isinstance(value, bool) else plain(value)
