"""A duty: who owes what by when, and when it was done; what depends on the time is asked with a time."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from logistics.clocks.calendar import WorkCalendar
from logistics.clocks.events import RuleUsed
from logistics.clocks.office_hours import OfficeHours, local
from logistics.clocks.working_time import Office
from logistics.identifiers import PartyCode


class State(StrEnum):
    """How an obligation stands at a time."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    WAIVED = "waived"


class Verdict(StrEnum):
    """Trước hạn, Đúng hạn, Quá hạn."""

    EARLY = "early"
    ON_TIME = "on-time"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened, and the position of the event that says so."""

    at: datetime
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseOf:
    """A span in which a clock stood still, by which legal act."""

    reason: str
    started: Moment
    ended: Moment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """One duty. `due_at` is None while an open pause keeps it from running out.

    `runs_out_at` is the first moment of being late: for limits in whole days the end of the due
    date, since early and late are told by the date there.
    """

    id: str
    kind: str
    obligor: PartyCode
    started: Moment
    start_reason: str
    limit: str
    due_at: datetime | None
    runs_out_at: datetime | None
    by_date: bool
    pauses: tuple[PauseOf, ...]
    met: Moment | None
    waived: Moment | None
    rule: RuleUsed
    calendar_version: str
    hours: OfficeHours

    def late(self, now: datetime) -> bool:
        """Whether it was not done in time, as far as `now` can tell."""
        if self.waived is not None or self.runs_out_at is None:
            return False
        return self.runs_out_at <= (self.met.at if self.met else now)

    def state(self, now: datetime) -> State:
        if self.waived is not None:
            return State.WAIVED
        if self.late(now):
            return State.BREACHED
        if self.met is not None:
            return State.MET
        return State.PAUSED if self.due_at is None else State.RUNNING

    def verdict(self, now: datetime) -> Verdict | None:
        """Early, on time or late; None while that is open."""
        if self.late(now):
            return Verdict.LATE
        if self.met is None or self.due_at is None:
            return None
        if self.by_date:
            on_the_day = local(self.met.at)[0] == local(self.due_at)[0]
            return Verdict.ON_TIME if on_the_day else Verdict.EARLY
        return Verdict.EARLY if self.met.at < self.due_at else Verdict.ON_TIME

    def lateness_minutes(self, now: datetime, calendar: WorkCalendar) -> int:
        """Office minutes from the due time on, at least 1 when late; 0 when not."""
        if not self.late(now) or self.due_at is None:
            return 0
        office = Office(calendar, self.hours)
        ended = self.met.at if self.met else now
        return max(1, (office.seconds_before(ended) - office.seconds_before(self.due_at)) // 60)
