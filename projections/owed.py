"""An obligation as views keep it: plain values, and no clock in them."""

from typing import TypedDict

from logistics.clocks.calendar import WorkCalendar
from logistics.clocks.obligation import Obligation, State
from logistics.clocks.office_hours import VIETNAM
from logistics.clocks.working_time import Office
from logistics.dossier_facts import DossierFacts


class Owed(TypedDict):
    """One obligation as a view keeps it.

    `day` is that of its start in Vietnam, `minutes` are office minutes from its start to its end,
    `verdict` is null until it is done.
    """

    id: str
    kind: str
    obligor: str
    started_at: str
    day: str
    due_at: str | None
    runs_out_at: str | None
    met_at: str | None
    state: str
    verdict: str | None
    minutes: int | None


def owed(each: Obligation, facts: DossierFacts, calendar: WorkCalendar) -> Owed:
    """What is kept of an obligation. Its state is by what has been written down, not by a clock."""
    minutes = None
    if each.met is not None:
        office = Office(calendar, each.hours)
        seconds = office.seconds_before(each.met.at) - office.seconds_before(each.started.at)
        minutes = max(0, seconds // 60)
    return {
        "id": each.id,
        "kind": each.kind,
        "obligor": each.obligor,
        "started_at": each.started.at.isoformat(),
        "day": each.started.at.astimezone(VIETNAM).date().isoformat(),
        "due_at": each.due_at.isoformat() if each.due_at else None,
        "runs_out_at": each.runs_out_at.isoformat() if each.runs_out_at else None,
        "met_at": each.met.at.isoformat() if each.met else None,
        "state": _state(each, facts),
        "verdict": _verdict(each),
        "minutes": minutes,
    }


def _state(each: Obligation, facts: DossierFacts) -> str:
    if each.waived is not None:
        return State.WAIVED
    if each.id in facts["verdicts"]["breached"] or (each.met and each.late(each.met.at)):
        return State.BREACHED
    if each.met is not None:
        return State.MET
    return State.PAUSED if each.due_at is None else State.RUNNING


def _verdict(each: Obligation) -> str | None:
    verdict = each.verdict(each.met.at) if each.met else None
    return None if verdict is None else verdict.value
