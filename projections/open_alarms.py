"""Which alarms are open, since when, and on what evidence?"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Column, DateTime, Index, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from projections.entries import Entry, entries_aside
from projections.view import METADATA

ALARM: Final = Table(
    "alarm",
    METADATA,
    Column("dossier", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("party", Text),
    Column("agency", Text, nullable=False),
    Column("raised_at", DateTime(timezone=True), nullable=False),
    Column("evidence", JSONB, nullable=False),
    Column("acknowledged_at", DateTime(timezone=True)),
    Index("alarm_raised", "raised_at", "dossier", "id"),
)


def _raised(row: Mapping[str, Any]) -> Iterator[Entry]:
    for alarm, raised in row["verdicts"]["alarms"].items():
        seen = raised["acknowledged"]
        yield (
            row["dossier"],
            alarm,
            raised["kind"],
            raised["party"],
            row["agency"],
            datetime.fromisoformat(raised["raised_at"]),
            orjson.dumps(raised["evidence"]).decode(),
            datetime.fromisoformat(seen["at"]) if seen else None,
        )


ALARM_ASIDE: Final = entries_aside(ALARM, _raised)
