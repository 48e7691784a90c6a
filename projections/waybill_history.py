"""Where is a consignment, and what has its operator said of it, in the order of what it claims?

It has no table: the waybill's own stream is read from the log and folded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import Field

from logistics.credentials import Role
from logistics.errors import NotFound
from logistics.evidence import Authentication
from logistics.identifiers import PartyCode, WaybillRef
from logistics.recorded import Recorded
from logistics.streams import fold
from logistics.waybill.events import Report, WaybillRecalled, WaybillReported
from logistics.waybill.milestones import Milestone
from logistics.waybill.state import Waybill, effective_milestones, standing
from logistics.web.auth import Caller
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.fields import Answer, Code
from projections.services import SEES_EVERYTHING, ReadServices


class ReportAnswer(Answer):
    """What the operator reported, in our words and in theirs."""

    milestone: Milestone
    original_code: str
    original_text: str
    place: str | None
    occurred_at: datetime
    recorded_at: datetime
    authentication: Authentication


class WaybillAnomaly(Answer):
    """Something odd about a consignment's reports."""

    code: str
    since: datetime


class WaybillAnswer(Answer):
    """A consignment; what was booked is null while only its operator knows of it."""

    operator: str
    number: str
    purpose: str | None
    from_: str | None = Field(alias="from")
    to: str | None
    milestone: Milestone | None
    reports: list[ReportAnswer]
    anomalies: list[WaybillAnomaly]


async def waybill(call: Call[ReadServices], operator: Code, number: Code) -> WaybillAnswer:
    """Where a consignment is, with every report in the order of its own time."""
    ref = WaybillRef(operator=PartyCode(operator), number=number)
    recorded = (await call.services.log.load([ref.stream]))[ref.stream]
    state = fold(ref.stream, (each.event for each in recorded))
    if not isinstance(state, Waybill) or not _may_see(call.caller, state):
        raise NotFound("unknown-waybill", "There is no such waybill, or it is not yours to see.")
    return _answer(state, recorded)


def _may_see(caller: Caller, state: Waybill) -> bool:
    """Its operator, whoever it goes from and to, and those who see everything."""
    booking = state.booking
    ends = {booking.sender, booking.receiver} if booking else set()
    return caller.role in SEES_EVERYTHING or caller.party in ends | {state.ref.operator}


@dataclass(frozen=True, slots=True)
class _Known:
    """A report, and when we got it."""

    report: Report
    recorded_at: datetime
    conflict: bool

    @property
    def milestone(self) -> Milestone:
        return self.report.milestone

    @property
    def milestone_on_return(self) -> Milestone | None:
        return self.report.milestone_on_return

    @property
    def occurred_at(self) -> datetime:
        return self.report.occurred_at


def _answer(state: Waybill, recorded: Sequence[Recorded]) -> WaybillAnswer:
    reports = list(_reports(recorded))
    now = standing(reports)
    booking = state.booking
    return WaybillAnswer(
        operator=state.ref.operator,
        number=state.ref.number,
        purpose=booking.purpose.value if booking else None,
        from_=booking.sender if booking else None,
        to=booking.receiver if booking else None,
        milestone=now.milestone if now else None,
        reports=[_report(milestone, each) for milestone, each in effective_milestones(reports)],
        anomalies=[*_report_anomalies(reports), *_booking_anomalies(recorded, state)],
    )


def _reports(recorded: Sequence[Recorded]) -> Iterator[_Known]:
    for each in recorded:
        event = each.event
        if isinstance(event, WaybillReported):
            yield _Known(event.report, each.recorded_at, event.conflict)


def _report(milestone: Milestone, known: _Known) -> ReportAnswer:
    return ReportAnswer(
        milestone=milestone,
        original_code=known.report.original_code,
        original_text=known.report.original_text,
        place=known.report.place,
        occurred_at=known.occurred_at,
        recorded_at=known.recorded_at,
        authentication=known.report.authentication,
    )


def _report_anomalies(reports: Sequence[_Known]) -> Iterator[WaybillAnomaly]:
    for known in reports:
        codes = list(known.report.warnings)
        if known.conflict:
            codes.append("conflicting-report")
        if known.report.time_flag is not None:
            codes.append(f"time-{known.report.time_flag}")
        if known.milestone is Milestone.UNRECOGNISED:
            codes.append("unrecognised-code")
        for code in codes:
            yield WaybillAnomaly(code=code, since=known.recorded_at)


def _booking_anomalies(recorded: Sequence[Recorded], state: Waybill) -> Iterator[WaybillAnomaly]:
    if state.booking is None:
        yield WaybillAnomaly(code="not-booked", since=recorded[0].recorded_at)
    for each in recorded:
        if isinstance(each.event, WaybillRecalled):
            yield WaybillAnomaly(code="recalled", since=each.recorded_at)


ENDPOINTS: Final[tuple[Endpoint[Any], ...]] = (
    Endpoint(
        "GET",
        "/v1/waybills/{operator}/{number}",
        waybill,
        roles=frozenset(Role),
        views=(),
        tags=("waybills",),
        problems={404: ("unknown-waybill",)},
    ),
)
