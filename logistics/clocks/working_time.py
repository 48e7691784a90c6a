"""When a limit runs out: working days, working hours, and calendar days that roll.

Day-based limits (`wd`, `cd`): the first day does not count (Bộ luật Dân sự 2015 Đ147.2), a last day
off rolls to the next worked one (Đ148.5), and the limit ends with its last day (Đ148.6), so the
answer is a date, told with the office's closing time. Hour-based limits (`wh`) count the seconds
during which the office is open. A start after closing or on a day off is one at the next opening.

A pause takes out the office seconds it covers, or the days at whose closing it stands; days of
the limit's own kind, worked days for `wd` and every day for `cd`. Overlapping pauses count once.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import Final, Self

from logistics.clocks.calendar import WorkCalendar
from logistics.clocks.office_hours import SECONDS_A_DAY, OfficeHours, local, moment

A_MINUTE: Final = timedelta(minutes=1)
_LIMIT: Final = re.compile(r"(\d{1,5}(?:[.,]\d{1,3})?)\s*(wd|wh|cd)")


class Unit(StrEnum):
    """What a limit counts in."""

    WORKING_DAYS = "working_days"
    WORKING_HOURS = "working_hours"
    CALENDAR_DAYS = "calendar_days"


_SHORT: Final = {
    "wd": Unit.WORKING_DAYS,
    "wh": Unit.WORKING_HOURS,
    "cd": Unit.CALENDAR_DAYS,
}


@dataclass(frozen=True, slots=True)
class Limit:
    """A span that the law or a contract allows: `3wd`, `8wh`, `5cd`, `1.5wd` (J+1,5)."""

    n: Fraction
    unit: Unit
    days: int = field(init=False, compare=False, repr=False)
    """Days begun: the last of them may be a part of one."""
    seconds: int = field(init=False, compare=False, repr=False)
    """Office seconds of a limit in hours."""

    def __post_init__(self) -> None:
        if self.n <= 0:
            raise ValueError("a limit is longer than nothing")
        if self.unit is Unit.CALENDAR_DAYS and self.n.denominator != 1:
            raise ValueError("calendar days come whole")
        object.__setattr__(self, "days", -(-self.n.numerator // self.n.denominator))
        object.__setattr__(self, "seconds", _nearest(self.n.numerator * 3600, self.n.denominator))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `3wd`, `8wh`, `5cd` or `1.5wd`; raises `ValueError` for anything else."""
        match = _LIMIT.fullmatch(text.strip())
        if match is None:
            raise ValueError("a limit looks like 3wd, 8wh or 5cd")
        return cls(Fraction(match[1].replace(",", ".")), _SHORT[match[2]])

    @property
    def by_date(self) -> bool:
        """Whether early and late are told by the date, and not by the minute."""
        return self.unit is not Unit.WORKING_HOURS and self.n.denominator == 1

    def __str__(self) -> str:
        number = str(self.n) if self.n.denominator == 1 else f"{float(self.n):g}"
        return number + next(short for short, unit in _SHORT.items() if unit is self.unit)


@cache
def limit_of(n: int, unit: Unit) -> Limit:
    """The limit of so many units; the same ones are asked for over and over."""
    return Limit(Fraction(n), unit)


def _nearest(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


@dataclass(frozen=True, slots=True, order=True)
class Pause:
    """A span in which a clock stands still; one that has not ended has no end."""

    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Office:
    """Where a clock runs: which days are worked, and when the office is open on them."""

    calendar: WorkCalendar
    hours: OfficeHours

    def started(self, start: datetime) -> int:
        """The day that a start counts for: the same, or the next worked one."""
        day, second = local(start)
        return self.calendar.next_worked(day + (second > self.hours.closing))

    def seconds_before(self, at: datetime) -> int:
        """Office seconds of the whole calendar before a moment: the ruler for hour-based limits."""
        day, second = local(at)
        whole = self.calendar.worked_before(day) * self.hours.seconds
        if not self.calendar.is_worked(day):
            return whole
        return whole + self.hours.seconds_before(second)

    def closings_before(self, at: datetime) -> int:
        """Closings of worked days before a moment: the ruler for working days."""
        day, second = local(at)
        today = self.calendar.is_worked(day) and self.hours.closing < second
        return self.calendar.worked_before(day) + today

    def day_ends_before(self, at: datetime) -> int:
        """The same for every day, worked or not: the ruler for calendar days."""
        day, second = local(at)
        return day + (self.hours.closing < second)

    def closing(self, day: int) -> datetime:
        return moment(day, self.hours.closing)


def due_at(
    start: datetime, limit: Limit, office: Office, pauses: Sequence[Pause] = ()
) -> datetime | None:
    """When a limit runs out: for whole days the closing time of the due date.

    None while an open pause keeps it from running out.
    """
    match limit.unit:
        case Unit.WORKING_HOURS:
            return _hours_due(start, limit, office, pauses)
        case Unit.WORKING_DAYS:
            return _worked_days_due(start, limit, office, pauses)
        case Unit.CALENDAR_DAYS:
            return _days_due(start, limit, office, pauses)


def runs_out_at(due: datetime, limit: Limit) -> datetime:
    """The first moment of being late: behind the due date, or behind the due minute."""
    if not limit.by_date:
        return due + A_MINUTE
    day, _ = local(due)
    return moment(day, SECONDS_A_DAY)


def _hours_due(
    start: datetime, limit: Limit, office: Office, pauses: Sequence[Pause]
) -> datetime | None:
    first = office.seconds_before(start)
    last = _beyond_pauses(first, first + limit.seconds - 1, office.seconds_before, pauses)
    if last is None:
        return None
    days, seconds = divmod(last, office.hours.seconds)
    return moment(office.calendar.worked_day(days), office.hours.second_after(seconds + 1))


def _worked_days_due(
    start: datetime, limit: Limit, office: Office, pauses: Sequence[Pause]
) -> datetime | None:
    first = office.calendar.worked_before(office.started(start)) + 1
    index = _beyond_pauses(first, first + limit.days - 1, office.closings_before, pauses)
    if index is None:
        return None
    day = office.calendar.worked_day(index)
    if limit.n.denominator == 1:
        return office.closing(day)
    part = limit.n + 1 - limit.days
    return moment(day, office.hours.second_after(round(part * office.hours.seconds)))


def _days_due(
    start: datetime, limit: Limit, office: Office, pauses: Sequence[Pause]
) -> datetime | None:
    first = office.started(start) + 1
    day = _beyond_pauses(first, first + limit.days - 1, office.day_ends_before, pauses)
    return None if day is None else office.closing(office.calendar.next_worked(day))


def _beyond_pauses(
    first: int, last: int, ruler: Callable[[datetime], int], pauses: Sequence[Pause]
) -> int | None:
    """Move `last` on by every unit from `first` on that a pause takes out before it is reached."""
    if not pauses:
        return last
    reached = first
    for pause in sorted(pauses, key=_by_start):
        begun = max(reached, ruler(pause.start))
        if begun > last:
            break
        if pause.end is None:
            return None
        ended = ruler(pause.end)
        if ended > begun:
            last += ended - begun
            reached = ended
    return last


def _by_start(pause: Pause) -> datetime:
    return pause.start
