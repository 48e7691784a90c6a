"""A figure: what was measured, what it is compared with, and what it has to be."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import orjson
from rich.table import Table

RESULTS: Final = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table.

    `judged` is what is held against the bounds: the value itself, or its ratio to the baseline.
    """

    name: str
    value: float
    unit: str
    baseline: float | None = None
    baseline_name: str = ""
    judges_ratio: bool = False
    at_least: float | None = None
    at_most: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.baseline if self.baseline else None

    @property
    def met(self) -> bool | None:
        """Whether it is what it has to be; None where nothing is asked."""
        if self.at_least is None and self.at_most is None:
            return None
        judged = (self.ratio or 0.0) if self.judges_ratio else self.value
        enough = self.at_least is None or judged >= self.at_least
        return enough and (self.at_most is None or judged <= self.at_most)

    @property
    def required(self) -> str:
        unit = "×" if self.judges_ratio else self.unit
        if self.at_least is not None:
            return f"≥ {_number(self.at_least)} {unit}"
        return f"≤ {_number(self.at_most)} {unit}" if self.at_most is not None else ""


def table(figures: Iterable[Figure]) -> Table:
    """All figures, to print."""
    shown = Table("figure", "value", "baseline", "ratio", "required", "met", title="make bench")
    for each in figures:
        base = f"{_number(each.baseline)} {each.baseline_name}" if each.baseline else ""
        shown.add_row(
            each.name,
            f"{_number(each.value)} {each.unit}",
            base,
            f"{each.ratio:.2f}" if each.ratio else "",
            each.required,
            {True: "[green]yes[/]", False: "[red]no[/]", None: ""}[each.met],
        )
    return shown


def keep(name: str, figures: Iterable[Figure]) -> None:
    """Write the figures of a benchmark down, for machines."""
    RESULTS.mkdir(exist_ok=True)
    kept = {
        "measured_at": datetime.now(UTC),
        "figures": [asdict(each) | {"ratio": each.ratio, "met": each.met} for each in figures],
    }
    (RESULTS / f"{name}.json").write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2))


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
