"""The calendar of Vietnam: the library `holidays`, and what it does not know, in named versions.

Swaps of working days are decided year by year, sometimes late, so the calendar of the next year is
a guess until then. A version's name goes with every due time that was computed with it.
"""

import tomllib
from datetime import date
from functools import cache
from importlib.metadata import version as version_of
from importlib.resources import files
from typing import Any, Final

import holidays
from pydantic import BaseModel, ConfigDict, Field

from logistics.clocks.calendar import WorkCalendar

FIRST_YEAR: Final = 2015
LAST_YEAR: Final = 2035


class Swap(BaseModel):
    """A day off that is made up for on another day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    off: date
    worked: date
    reason: str
    source: str


class CalendarVersion(BaseModel):
    """What the library is corrected by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    made_on: date
    note: str
    swaps: tuple[Swap, ...] = Field((), alias="swap")


@cache
def calendar_versions() -> dict[str, CalendarVersion]:
    """Every version there has been, oldest first."""
    text = (files("logistics.clocks") / "data" / "calendar.toml").read_text("utf-8")
    read = [CalendarVersion.model_validate(each) for each in tomllib.loads(text)["version"]]
    return {version.name: version for version in read}


@cache
def vietnam(name: str | None = None) -> WorkCalendar:
    """The calendar in one version, the newest if none is named; raises `KeyError` if unknown.

    Its own version also names the library's, which knows the days of other years in other releases.
    """
    versions = calendar_versions()
    version = versions[name or next(reversed(versions))]
    known: Any = holidays.country_holidays(
        "VN", years=range(FIRST_YEAR, LAST_YEAR + 1), language="vi"
    )
    off = dict(known.items())
    worked = dict.fromkeys(known.weekend_workdays, "Ngày làm việc bù")
    for swap in version.swaps:
        off[swap.off] = swap.reason
        worked[swap.worked] = swap.reason
        worked.pop(swap.off, None)
        off.pop(swap.worked, None)
    return WorkCalendar(
        version=f"{version.name}+holidays-{version_of('holidays')}",
        first_year=FIRST_YEAR,
        last_year=LAST_YEAR,
        days_off=off,
        days_worked=worked,
    )
