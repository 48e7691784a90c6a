"""The duties that are not done yet, one by one, to be found by their due time."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, DateTime, Index, Table, Text

from logistics.clocks.obligation import State
from projections.entries import Entry, entries_aside
from projections.view import METADATA

OPEN_OBLIGATION: Final = Table(
    "open_obligation",
    METADATA,
    Column("dossier", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("obligor", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("procedure", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),  # Null while a pause keeps it from running out.
    Column("runs_out_at", DateTime(timezone=True)),
    Index("open_obligation_due", "due_at", "dossier", "id"),
    Index("open_obligation_of_obligor", "obligor", "due_at", "dossier", "id"),
)

_OPEN: Final = frozenset({State.RUNNING, State.PAUSED, State.BREACHED})


def open_duties(row: Mapping[str, Any]) -> Iterator[Entry]:
    """The duties of a dossier that are not done, in the order of the columns."""
    for each in row["owed"]:
        if each["met_at"] is None and each["state"] in _OPEN:
            yield (
                row["dossier"],
                each["id"],
                each["kind"],
                each["obligor"],
                row["agency"],
                row["procedure"],
                datetime.fromisoformat(each["started_at"]),
                _time(each["due_at"]),
                _time(each["runs_out_at"]),
            )


def _time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


OPEN_ASIDE: Final = entries_aside(OPEN_OBLIGATION, open_duties)
