"""A figure: what was measured, what it is held against, and what was asked for."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table. `required` compares `value` the way `at_least` says."""

    name: str
    value: float
    unit: str
    required: float
    better: Literal["more", "less"] = "more"
    against: str = ""

    @property
    def met(self) -> bool:
        return self.value >= self.required if self.better == "more" else self.value <= self.required

    def row(self) -> tuple[str, ...]:
        sign = "≥" if self.better == "more" else "≤"
        return (
            self.name,
            f"{self.value:,.2f}" if self.value < 100 else f"{self.value:,.0f}",
            self.unit,
            f"{sign} {self.required:g}",
            "yes" if self.met else "NO",
            self.against,
        )


def show(figures: Iterable[Figure]) -> None:
    """Print the table."""
    table = Table("figure", "measured", "unit", "asked", "met", "against")
    for figure in figures:
        table.add_row(*figure.row(), style=None if figure.met else "red")
    Console(width=150).print(table)


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
