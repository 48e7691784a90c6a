"""When an office is open on a working day, in the clock time of Vietnam (UTC+07:00 all year)."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from itertools import pairwise
from typing import Final, Self

VIETNAM: Final = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
SECONDS_A_DAY: Final = 86_400

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=VIETNAM)
_EPOCH_DAY: Final = _EPOCH.toordinal()
_SESSION: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]\d|2[0-3]|24):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The sessions of a day, in seconds since midnight: in order, apart, none empty.

    `seconds` is how long the office is open on one day.
    """

    sessions: tuple[tuple[int, int], ...]
    opening: int = field(init=False, compare=False, repr=False)
    closing: int = field(init=False, compare=False, repr=False)
    seconds: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        bounds = [bound for session in self.sessions for bound in session]
        if not bounds or any(a >= b for a, b in pairwise(bounds)):
            raise ValueError("office hours: the sessions have to be in order and apart")
        if bounds[-1] > SECONDS_A_DAY:
            raise ValueError("office hours: a session ends by 24:00")
        object.__setattr__(self, "opening", bounds[0])
        object.__setattr__(self, "closing", bounds[-1])
        object.__setattr__(self, "seconds", sum(end - start for start, end in self.sessions))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `07:30-11:30, 13:30-17:00`; raises `ValueError` for anything else."""
        sessions = [_SESSION.fullmatch(part.strip()) for part in text.split(",")]
        if not all(sessions):
            raise ValueError("office hours look like 07:30-11:30, 13:30-17:00")
        times = [list(map(int, session.groups())) for session in sessions if session]
        return cls(tuple((a * 3600 + b * 60, c * 3600 + d * 60) for a, b, c, d in times))

    def seconds_before(self, second: int) -> int:
        """How long the office has been open on a working day by this second of the day."""
        return sum(min(second, end) - start for start, end in self.sessions if second > start)

    def second_after(self, open_seconds: int) -> int:
        """The second of the day by which the office has been open for so long (more than 0)."""
        for start, end in self.sessions:
            if open_seconds <= end - start:
                return start + open_seconds
            open_seconds -= end - start
        raise ValueError("the office is not open for so long on one day")

    def __str__(self) -> str:
        return ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in self.sessions)


DEFAULT_HOURS: Final = OfficeHours.parse("07:30-11:30, 13:30-17:00")


@lru_cache(maxsize=4096)
def hours_of(text: str | None) -> OfficeHours:
    """The hours of a party; the usual ones when it has told none, or none that can be read."""
    try:
        return OfficeHours.parse(text) if text else DEFAULT_HOURS
    except ValueError:
        return DEFAULT_HOURS


def local(moment: datetime) -> tuple[int, int]:
    """A moment as Vietnam's day (proleptic ordinal) and second of that day; microseconds go."""
    since = moment - _EPOCH
    return since.days + _EPOCH_DAY, since.seconds


def moment(day: int, second: int) -> datetime:
    """The moment of a day (proleptic ordinal) and a second of it, in Vietnam's time."""
    return _EPOCH + timedelta(day - _EPOCH_DAY, second)


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second % 3600 // 60:02}"
