"""Where a consignment stands: a fold of its reports by the time they claim, not the time they came.

So the same reports in any order and number give the same answer, and a late report never moves a
finished consignment back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from logistics.identifiers import CITIZEN, DossierCode, PaperId, PartyCode, WaybillRef
from logistics.waybill.events import (
    Purpose,
    Report,
    WaybillBooked,
    WaybillEvent,
    WaybillRecalled,
    WaybillRedirected,
    WaybillReported,
)
from logistics.waybill.milestones import FINAL, POSSESSION, Milestone


class Reported(Protocol):
    """What folding needs of a report; `Report` and a view's compact copy both have it."""

    @property
    def milestone(self) -> Milestone: ...

    @property
    def milestone_on_return(self) -> Milestone | None: ...

    @property
    def occurred_at(self) -> datetime: ...


R = TypeVar("R", bound=Reported)

_RANK = {milestone: rank for rank, milestone in enumerate(Milestone)}


def _in_order(report: Reported) -> tuple[datetime, int]:
    """By the time it claims; of two at the same time, the further milestone comes later."""
    return report.occurred_at, _RANK[report.milestone]


def effective_milestones(reports: Iterable[R]) -> list[tuple[Milestone, R]]:
    """The reports by the time they claim, each with what its code means there.

    Some carriers use a code again on the way back (Viettel Post 300, 400, 500, 506): behind a
    report that starts the return, such a code has its meaning of the return leg.
    """
    returning = False
    effective: list[tuple[Milestone, R]] = []
    for report in sorted(reports, key=_in_order):
        milestone = report.milestone
        if returning and report.milestone_on_return is not None:
            milestone = report.milestone_on_return
        returning = returning or milestone is Milestone.RETURNING
        effective.append((milestone, report))
    return effective


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing(Generic[R]):
    """Where a consignment stands, by which report; a final one stands since it was first reported."""

    milestone: Milestone
    report: R

    @property
    def occurred_at(self) -> datetime:
        return self.report.occurred_at


def standing(reports: Iterable[R]) -> Standing[R] | None:
    """The latest recognised milestone; once final, only another final one takes its place."""
    current: Standing[R] | None = None
    for milestone, report in effective_milestones(reports):
        if milestone is Milestone.UNRECOGNISED:
            continue
        if current and _stays(current.milestone, milestone):
            continue
        current = Standing(milestone=milestone, report=report)
    return current


def _stays(now: Milestone, told: Milestone) -> bool:
    """Whether a consignment that is finished as `now` stays so when `told` is reported later.

    An order that was cancelled on paper after the parcel had an end of its own changes nothing.
    """
    return now in FINAL and (told not in FINAL or told is now or told is Milestone.CANCELLED)


def possession(reports: Iterable[R]) -> R | None:
    """The earliest report that can only be true if the operator had the consignment.

    A code that is used again on the return leg shows possession in both of its meanings, so this
    needs no look at what came before.
    """
    had = (report for report in reports if report.milestone in POSSESSION)
    return min(had, key=_in_order, default=None)


def first_of(reports: Iterable[R], milestone: Milestone) -> R | None:
    """The earliest report of this milestone."""
    return next(iter(_told(reports, milestone)), None)


def last_of(reports: Iterable[R], milestone: Milestone) -> R | None:
    """The latest report of this milestone."""
    return next(reversed(_told(reports, milestone)), None)


def _told(reports: Iterable[R], milestone: Milestone) -> list[R]:
    return [report for each, report in effective_milestones(reports) if each is milestone]


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What the sender booked. `receiver` is where it goes now, after any redirection or recall."""

    purpose: Purpose
    sender: PartyCode
    receiver: PartyCode
    dossiers: tuple[DossierCode, ...]
    papers: tuple[PaperId, ...]

    @property
    def to_citizen(self) -> bool:
        return self.receiver == CITIZEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Waybill:
    """One consignment; reports may be there before the booking."""

    ref: WaybillRef
    booking: Booking | None = None
    reports: tuple[Report, ...] = ()
    recalled: bool = False

    @property
    def dossiers(self) -> tuple[DossierCode, ...]:
        return self.booking.dossiers if self.booking else ()

    def digests_of(self, repeat_key: str) -> Sequence[str]:
        """The contents already reported under this key; empty for a new report."""
        return [each.content_digest for each in self.reports if each.repeat_key == repeat_key]


def evolve(waybill: Waybill | None, event: WaybillEvent) -> Waybill:
    """Fold one event, in the order of the log; never raises, whatever came before."""
    if waybill is None:
        waybill = Waybill(ref=WaybillRef(operator=event.operator, number=event.number))
    booking = waybill.booking
    match event:
        case WaybillBooked():
            return waybill if booking else replace(waybill, booking=_booking(event))
        case WaybillReported():
            return Waybill(  # By hand: `replace` is slow, and this is what most events are.
                ref=waybill.ref,
                booking=booking,
                reports=(*waybill.reports, event.report),
                recalled=waybill.recalled,
            )
        case WaybillRedirected():
            return _to(waybill, event.receiver)
        case WaybillRecalled():
            return replace(_to(waybill, booking.sender if booking else None), recalled=True)


def _booking(event: WaybillBooked) -> Booking:
    return Booking(
        purpose=event.purpose,
        sender=event.sender,
        receiver=event.receiver,
        dossiers=event.dossiers,
        papers=event.papers,
    )


def _to(waybill: Waybill, receiver: PartyCode | None) -> Waybill:
    if waybill.booking is None or receiver is None:
        return waybill
    return replace(waybill, booking=replace(waybill.booking, receiver=receiver))
