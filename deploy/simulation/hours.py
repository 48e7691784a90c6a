"""When offices are open, for traffic that looks like a province's: no holidays, no law, no rights."""

from datetime import datetime, timedelta
from random import Random

from partners.carrier import VIETNAM

_OPEN_MINUTES = ((7 * 60 + 30, 11 * 60 + 30), (13 * 60 + 30, 17 * 60))
_SATURDAY = 5
_SLOT = timedelta(minutes=30)


def is_open(moment: datetime) -> bool:
    """Whether somebody stands at the counter."""
    local = moment.astimezone(VIETNAM)
    minute = local.hour * 60 + local.minute
    return local.weekday() < _SATURDAY and any(
        start <= minute < end for start, end in _OPEN_MINUTES
    )


def next_open(moment: datetime, dice: Random) -> datetime:
    """The moment itself in office hours; else some time soon after the next opening."""
    if is_open(moment):
        return moment
    slot = moment - (moment - datetime.min.replace(tzinfo=VIETNAM)) % _SLOT
    while not is_open(slot):
        slot += _SLOT
    return slot + timedelta(minutes=dice.randrange(45), seconds=dice.randrange(60))


def working_days_after(moment: datetime, days: int) -> datetime:
    """The closing time, so many working days later."""
    day = moment.astimezone(VIETNAM).replace(hour=17, minute=0, second=0, microsecond=0)
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < _SATURDAY
    return day


def office_slots(since: datetime, until: datetime) -> list[datetime]:
    """The half hours of office time between two moments, or of the days just before them."""
    slots: list[datetime] = []
    while not slots:
        count = int((until - since) / _SLOT)
        slots = [slot for n in range(count) if is_open(slot := since + n * _SLOT)]
        since -= timedelta(days=1)
    return slots


def within(slot: datetime, dice: Random) -> datetime:
    """Any moment of a half hour."""
    return slot + timedelta(seconds=dice.randrange(int(_SLOT.total_seconds())))
