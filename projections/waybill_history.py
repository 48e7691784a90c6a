"""Where is a consignment, and what has its operator said of it, in the order of what it claims?

It has no table: the waybill's own stream is read from the log and folded.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import Field

from logistics.credentials import Role
from logistics.errors import NotFound
from logistics.evidence import Authentication
from logistics.identifiers import PartyCode, WaybillRef
from logistics.recorded import Recorded
from logistics.streams import fold
from logistics.waybill.events import Report, WaybillBooked, WaybillReported
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


def _answer(state: Waybill, recorded: Sequence[Recorded]) -> WaybillAnswer:
    recorded_at = {id(report): at for report, at, _ in _reports(recorded)}
    now = standing(state.reports)
    booking = state.booking
    known = [report for report, _, _ in _reports(recorded)]
    return WaybillAnswer(
        operator=state.ref.operator,
        number=state.ref.number,
        purpose=booking.purpose.value if booking else None,
        from_=booking.sender if booking else None,
        to=booking.receiver if booking else None,
        milestone=now.milestone if now else None,
        reports=[
            _report(milestone, report, recorded_at[id(report)])
            for milestone, report in effective_milestones(known)
        ],
        anomalies=list(_anomalies(recorded, state)),
    )


def _reports(recorded: Sequence[Recorded]) -> Iterator[tuple[Report, datetime, bool]]:
    """Every report, when we got it, and whether it contradicts an earlier one."""
    for each in recorded:
        event = each.event
        if isinstance(event, WaybillReported):
            yield event.report, each.recorded_at, event.conflict


def _report(milestone: Milestone, report: Report, recorded_at: datetime) -> ReportAnswer:
    return ReportAnswer(
        milestone=milestone,
        original_code=report.original_code,
        original_text=report.original_text,
        place=report.place,
        occurred_at=report.occurred_at,
        recorded_at=recorded_at,
        authentication=report.authentication,
    )


def _anomalies(recorded: Sequence[Recorded], state: Waybill) -> Iterator[WaybillAnomaly]:
    booked = next((each for each in recorded if isinstance(each.event, WaybillBooked)), None)
    for report, at, conflict in _reports(recorded):
        if conflict:
            yield WaybillAnomaly(code="conflicting-report", since=at)
        if report.time_flag is not None:
            yield WaybillAnomaly(code=f"time-{report.time_flag}", since=at)
        if report.milestone is Milestone.UNRECOGNISED:
            yield WaybillAnomaly(code="unrecognised-code", since=at)
        for warning in report.warnings:
            yield WaybillAnomaly(code=warning, since=at)
    if booked is None:
        yield WaybillAnomaly(code="not-booked", since=recorded[0].recorded_at)
    if state.recalled:
        yield WaybillAnomaly(code="recalled", since=recorded[-1].recorded_at)


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
