"""A report as a table with a head and notes, whatever it is written as."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal, NamedTuple

from logistics.clocks.office_hours import VIETNAM

Format = Literal["json", "csv", "xlsx", "html"]
Value = str | int | float | date | datetime | None

_NOTHING: Final = "–"


class Days(NamedTuple):
    """From one day to another, both of them counted."""

    first: date
    last: date

    def __str__(self) -> str:
        """As the forms write it."""
        return f"Từ ngày {self.first:%d/%m/%Y} đến ngày {self.last:%d/%m/%Y}"


class Kind(StrEnum):
    """What stands in a column."""

    TEXT = "text"
    COUNT = "count"
    PERCENT = "percent"  # As a share from 0 to 1; nothing where there is nothing to share.
    FINE_PERCENT = "fine-percent"  # The same, where one in ten thousand is to be seen.
    POINTS = "points"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column: the heading that the form prescribes, and what stands below it."""

    heading: str
    kind: Kind = Kind.TEXT
    width: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A report, ready to be written."""

    file_name: str
    title: str
    form: str
    """Which form of which law it is."""
    head: Sequence[tuple[str, Value | Days]]
    """Lines between the title and the table: what they name, and what they say."""
    columns: Sequence[SheetColumn]
    rows: Sequence[Sequence[Value]]
    total: Sequence[Value] | None = None
    notes: Sequence[str] = ()
    unit: str = ""
    """Who reports, above the title on the left."""
    signatures: Sequence[str] = ()

    @property
    def lines(self) -> list[Sequence[Value]]:
        """The rows, and the total below them."""
        return [*self.rows, *([self.total] if self.total is not None else [])]


_DECIMALS: Final = {Kind.PERCENT: 1, Kind.FINE_PERCENT: 2, Kind.POINTS: 2}


def shown(value: Value | Days, kind: Kind) -> str:
    """A value as it is read in Vietnam: 1.234, 99,2%, 09:30 ngày 05/08/2026."""
    match value:
        case None:
            return "" if kind in {Kind.TEXT, Kind.COUNT} else _NOTHING
        case datetime():
            return f"{value.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}"
        case date():
            return f"{value:%d/%m/%Y}"
        case str() | Days():
            return str(value)
    if kind in {Kind.PERCENT, Kind.FINE_PERCENT}:
        return f"{value * 100:.{_DECIMALS[kind]}f}%".replace(".", ",")
    if kind is Kind.POINTS:
        return f"{value:.{_DECIMALS[kind]}f}".replace(".", ",")
    return f"{value:,}".replace(",", ".")
