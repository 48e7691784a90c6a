"""What a story knows of the law: which duties it breaks, and which silence somebody ought to notice.

Kept by the teller as it goes along, from what it means to happen and not from what the service
makes of it, so that the two can be compared.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from deploy.simulation.hours import office
from logistics.clocks.office_hours import OfficeHours, hours_of
from logistics.clocks.terms import terms_in
from logistics.clocks.working_time import Limit, Pause, Unit, due_at, limit_of, runs_out_at

TERMS = terms_in().alarms
"""After how long each silence is an alarm, as the service comes."""


def working_days(days: int) -> Limit:
    return limit_of(days, Unit.WORKING_DAYS)


def due_after(
    start: datetime, limit: Limit, hours: OfficeHours | None = None, pauses: tuple[Pause, ...] = ()
) -> datetime:
    """When a limit runs out; raises `ValueError` for a pause without an end, which no story has."""
    due = due_at(start, limit, office(hours or hours_of(None)), pauses)
    if due is None:
        raise ValueError("a pause has no end")
    return due


def over_after(start: datetime, limit: Limit) -> datetime:
    """The first moment of being late."""
    return runs_out_at(due_after(start, limit), limit)


@dataclass(slots=True)
class Duty:
    """Something owed; late from `runs_out_at` on."""

    kind: str
    runs_out_at: datetime
    done_at: datetime | None = None


@dataclass(slots=True)
class Silence:
    """Something that an alarm is raised on, unless it is cured."""

    kind: str
    raised_at: datetime
    cured_at: datetime | None = None


@dataclass(slots=True)
class Books:
    """Of one dossier."""

    duties: list[Duty] = field(default_factory=list)
    silences: list[Silence] = field(default_factory=list)

    def owe(self, kind: str, runs_out_at: datetime, done_at: datetime | None = None) -> Duty:
        duty = Duty(kind, runs_out_at, done_at)
        self.duties.append(duty)
        return duty

    def alarm(self, kind: str, raised_at: datetime, cured_at: datetime | None = None) -> None:
        self.silences.append(Silence(kind, raised_at, cured_at))

    def breaches(self, until: datetime) -> Iterator[str]:
        """The kind of each duty that is broken by then."""
        for duty in self.duties:
            if duty.runs_out_at <= min(duty.done_at or until, until):
                yield duty.kind

    def alarms(self, until: datetime) -> Iterator[str]:
        """The kind of each alarm that is open then."""
        for silence in self.silences:
            cured = silence.cured_at is not None and silence.cured_at <= until
            if silence.raised_at <= until and not cured:
                yield silence.kind
