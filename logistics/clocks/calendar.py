"""Which days are worked, in one version of the calendar, and counting in them.

Counting is arithmetic on two prepared lists, because a province computes millions of due times: the
worked days in order, and for each day how many worked days lie before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from typing import Final

SATURDAY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCalendar:
    """Monday to Friday less the days off, plus the days that are worked instead.

    Days are proleptic ordinals (`date.toordinal`) everywhere but in the two mappings, which give
    the reason of each exception. Questions outside the years it covers raise `ValueError`.
    """

    version: str
    first_year: int
    last_year: int
    days_off: Mapping[date, str]
    days_worked: Mapping[date, str]
    _first: int = field(init=False)
    _worked: list[int] = field(init=False, repr=False)
    _before: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        first = date(self.first_year, 1, 1).toordinal()
        last = date(self.last_year, 12, 31).toordinal()
        off = {day.toordinal() for day in self.days_off}
        instead = {day.toordinal() for day in self.days_worked}
        # Day 1 of the calendar was a Monday.
        flags = [
            day in instead or ((day - 1) % 7 < SATURDAY and day not in off)
            for day in range(first, last + 1)
        ]
        object.__setattr__(self, "_first", first)
        object.__setattr__(self, "_worked", [first + i for i, is_so in enumerate(flags) if is_so])
        object.__setattr__(self, "_before", [0, *accumulate(flags)])

    def worked_before(self, day: int) -> int:
        """How many worked days of this calendar lie before a day: the day's index, if worked."""
        index = day - self._first
        if not 0 <= index < len(self._before):
            raise self._outside()
        return self._before[index]

    def worked_day(self, index: int) -> int:
        """The worked day with this index."""
        if not 0 <= index < len(self._worked):
            raise self._outside()
        return self._worked[index]

    def is_worked(self, day: int) -> bool:
        index = day - self._first
        if not 0 <= index < len(self._before) - 1:
            raise self._outside()
        return self._before[index] < self._before[index + 1]

    def next_worked(self, day: int) -> int:
        """The first worked day that is not before `day`."""
        return self.worked_day(self.worked_before(day))

    def why(self, day: int) -> str:
        """Why a day is worked or not, when it is not for the usual reason; else nothing."""
        asked = date.fromordinal(day)
        return self.days_worked.get(asked) or self.days_off.get(asked) or ""

    def _outside(self) -> ValueError:
        return ValueError(
            f"calendar {self.version} covers {self.first_year} to {self.last_year} only"
        )


def worked_days_between(calendar: WorkCalendar, earlier: date, later: date) -> int:
    """How many worked days lie behind `earlier`, up to and including `later`; 0 if none do."""
    after = calendar.worked_before(earlier.toordinal() + 1)
    return max(0, calendar.worked_before(later.toordinal() + 1) - after)
