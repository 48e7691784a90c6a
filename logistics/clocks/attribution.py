"""For how long each holder held a dossier: minutes that sum exactly to the whole.

A leg that is late never moves the statutory deadline, so what remains is to say whose the minutes
were. At any moment one holder has the dossier: the applicant, while the agency waits for a
supplement, a payment or the end of a suspension; otherwise whoever got any of its physical papers
last; and without physical papers the desk, until the agency has taken the dossier over.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from logistics.clocks.working_time import Office
from logistics.dossier_facts import DossierFacts, time
from logistics.identifiers import CITIZEN

_PAUSES: Final = {
    "supplement-requested": "supplement-received",
    "payment-requested": "payment-made",
    "suspended": "resumed",
}
_ENDS: Final = frozenset({"returned", "refused", "withdrawn"})
_AT_AGENCY: Final = frozenset({"taken-over", "assigned", "decided"})


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when one holder had the dossier."""

    holder: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Share:
    """One holder's part of the whole, in calendar and in office minutes."""

    holder: str
    minutes: int
    working_minutes: int


def spans(facts: DossierFacts, now: datetime) -> tuple[Span, ...]:
    """Who had the dossier when, from reception to its end or to `now`, without gap or overlap."""
    start = time(facts["received_at"])
    end = max(start, min(_end(facts) or now, now))
    held: list[Span] = []
    moves = [(at, holder) for at, holder in _moves(facts) if start < at < end]
    for at, holder in [(start, facts["desk"]), *moves]:
        if held:
            held[-1] = Span(held[-1].holder, held[-1].start, at)
        held.append(Span(holder, at, end))
    waited = [(begun, done or end) for begun, done in _waits(facts)]
    return tuple(_joined(each for span in held for each in _split(span, waited)))


def attribution(facts: DossierFacts, office: Office, now: datetime) -> tuple[Share, ...]:
    """Each holder's minutes, largest first; they sum to those from reception to the end.

    Minutes are told from whole moments on one ruler, so no rounding is ever lost between holders.
    """
    minutes: dict[str, int] = defaultdict(int)
    working: dict[str, int] = defaultdict(int)
    for span in spans(facts, now):
        minutes[span.holder] += _minute(span.end) - _minute(span.start)
        working[span.holder] += _office_minute(office, span.end) - _office_minute(
            office, span.start
        )
    shares = [Share(holder, minutes[holder], working[holder]) for holder in minutes]
    return tuple(sorted(shares, key=lambda share: (-share.minutes, share.holder)))


def _minute(at: datetime) -> int:
    return int(at.timestamp()) // 60


def _office_minute(office: Office, at: datetime) -> int:
    return office.seconds_before(at) // 60


def _end(facts: DossierFacts) -> datetime | None:
    """When the applicant has everything, or nothing more is done."""
    ends = [time(step["at"]) for step in facts["steps"] if step["step"] in _ENDS]
    return min(ends, default=None)


def _moves(facts: DossierFacts) -> list[tuple[datetime, str]]:
    """Every change of holder, by time; of two at once, the one recorded later is the last."""
    papers = [paper for paper in facts["papers"].values() if paper["kind"] != "electronic"]
    moves = [
        (time(each["at"]), each["position"], each["holder"])
        for paper in papers
        for each in paper["custody"]
    ]
    if not papers:
        taken = [each for each in facts["steps"] if each["step"] in _AT_AGENCY]
        moves = [(time(each["at"]), each["position"], facts["agency"]) for each in taken]
    return [(at, holder) for at, _, holder in sorted(moves)]


def _waits(facts: DossierFacts) -> Iterator[tuple[datetime, datetime | None]]:
    """When the agency waited for the applicant."""
    for step in facts["steps"]:
        answer = _PAUSES.get(step["step"])
        if answer is None:
            continue
        begun = time(step["at"])
        ends = [time(each["at"]) for each in facts["steps"] if each["step"] in {answer, "decided"}]
        yield begun, min((end for end in ends if end >= begun), default=None)


def _split(span: Span, waited: Sequence[tuple[datetime, datetime]]) -> Iterator[Span]:
    """Give the waits within a span to the applicant."""
    at = span.start
    for begun, done in sorted(waited):
        start, end = max(begun, at), min(done, span.end)
        if start >= end:
            continue
        if at < start:
            yield Span(span.holder, at, start)
        yield Span(CITIZEN, start, end)
        at = end
    if at < span.end:
        yield Span(span.holder, at, span.end)


def _joined(parts: Iterator[Span]) -> Iterator[Span]:
    """Neighbours of one holder become one span."""
    last: Span | None = None
    for part in parts:
        if last is not None and last.holder == part.holder:
            last = Span(last.holder, last.start, part.end)
            continue
        if last is not None:
            yield last
        last = part
    if last is not None:
        yield last
