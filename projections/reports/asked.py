"""What every report is asked with: a time, a format, and as it was known when."""

from datetime import date, timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from logistics.web.fields import Query, Time
from projections.reports.sheet import Format

_QUARTER: Final = 3
_HALF: Final = 6
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


class Report(Query):
    """In which format, and as it was known when."""

    format: Format = "json"
    as_of: Annotated[Time | None, Field(description="Only what was known then.")] = None


class ReportOfDays(Report):
    """Of which days, both of them counted."""

    from_: Annotated[date, Field(alias="from", description="The first day.")]
    to: Annotated[date, Field(description="The last day.")]

    @model_validator(mode="after")
    def _in_order(self) -> "ReportOfDays":
        if self.from_ > self.to:
            raise PydanticCustomError("order", "`from` should not lie behind `to`")
        return self


def _a_period(text: str) -> str:
    days_of(text)
    return text


def days_of(period: str) -> tuple[date, date]:
    """The days of a quarter, a half-year or a year: `2026-Q3`, `2026-H1`, `2026`."""
    year, _, part = period.partition("-")
    months = {
        "": (1, 12),
        **{f"Q{n}": ((n - 1) * _QUARTER + 1, _QUARTER) for n in range(1, 5)},
        **{f"H{n}": ((n - 1) * _HALF + 1, _HALF) for n in range(1, 3)},
    }
    known = year.isascii() and year.isdigit() and _FIRST_YEAR <= int(year) <= _LAST_YEAR
    if not known or part not in months or period.endswith("-"):
        raise PydanticCustomError("period", "Input should be as in 2026-Q3, 2026-H1 or 2026")
    first, length = months[part]
    start = date(int(year), first, 1)
    behind = first + length
    end = date(int(year) + behind // 13, (behind - 1) % 12 + 1, 1) - timedelta(days=1)
    return start, end


Period = Annotated[
    str, AfterValidator(_a_period), Field(examples=["2026-Q3"], pattern=r"^\d{4}(-[QH]\d)?$")
]
