"""When offices are open: the calendar of Vietnam, with Tết and the Saturdays that make up for it."""

from datetime import datetime, timedelta
from random import Random

from logistics.clocks.office_hours import DEFAULT_HOURS, OfficeHours, local, moment
from logistics.clocks.vietnam import vietnam
from logistics.clocks.working_time import Office

_SLOT = timedelta(minutes=30)
_MIDNIGHT = moment(1, 0)


def office(hours: OfficeHours = DEFAULT_HOURS) -> Office:
    """An office with these hours, on Vietnam's working days."""
    return Office(vietnam(), hours)


def is_open(at: datetime) -> bool:
    """Whether somebody stands at the counter."""
    day, second = local(at)
    sessions = DEFAULT_HOURS.sessions
    return vietnam().is_worked(day) and any(start <= second < end for start, end in sessions)


def next_open(at: datetime, dice: Random) -> datetime:
    """The moment itself in office hours; else some time soon after the next opening."""
    if is_open(at):
        return at
    day, second = local(at)
    later_today = [start for start, _ in DEFAULT_HOURS.sessions if second < start]
    if later_today and vietnam().is_worked(day):
        opened = moment(day, later_today[0])
    else:
        opened = moment(vietnam().next_worked(day + 1), DEFAULT_HOURS.opening)
    return opened + timedelta(minutes=dice.randrange(45), seconds=dice.randrange(60))


def working_days_after(at: datetime, days: int) -> datetime:
    """The closing time, so many working days later."""
    calendar = vietnam()
    day = calendar.worked_day(calendar.worked_before(local(at)[0] + 1) + days - 1)
    return moment(day, DEFAULT_HOURS.closing)


def a_moment_of(day: int, dice: Random) -> datetime:
    """Any moment of a worked day (proleptic ordinal) at which the office is open."""
    return moment(day, DEFAULT_HOURS.second_after(dice.randrange(1, DEFAULT_HOURS.seconds)))


def office_slots(since: datetime, until: datetime) -> list[datetime]:
    """The half hours of office time between two moments, or of the days just before them."""
    since += (_MIDNIGHT - since) % _SLOT
    slots: list[datetime] = []
    while not slots:
        count = int((until - since) / _SLOT)
        slots = [slot for n in range(count) if is_open(slot := since + n * _SLOT)]
        since -= timedelta(days=1)
    return slots


def within(slot: datetime, dice: Random) -> datetime:
    """Any moment of a half hour."""
    return slot + timedelta(seconds=dice.randrange(int(_SLOT.total_seconds())))
