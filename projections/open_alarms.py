"""Which alarms are open, since when, and on what evidence?"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from psycopg import Cursor
from sqlalchemy import Column, DateTime, Index, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from projections.view import METADATA, Aside, Change

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

_DELETE: Final = "DELETE FROM {table} WHERE dossier = ANY(%b::text[])"
_INSERT: Final = """
INSERT INTO {table} (dossier, id, kind, party, agency, raised_at, evidence, acknowledged_at)
SELECT dossier, id, kind, party, agency, raised_at, evidence::jsonb, acknowledged_at
FROM unnest(%b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::timestamptz[],
    %b::text[], %b::timestamptz[])
AS raised (dossier, id, kind, party, agency, raised_at, evidence, acknowledged_at)"""


def _write(cursor: Cursor[Any], table: str, changes: Sequence[Change[dict[str, Any]]]) -> None:
    cursor.execute(_DELETE.format(table=table), [[change.key for change in changes]])
    rows = [row for change in changes for row in _rows(change.after)]
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        cursor.execute(_INSERT.format(table=table), columns)


def _rows(row: Mapping[str, Any] | None) -> Iterator[tuple[Any, ...]]:
    if row is None:
        return
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


ALARM_ASIDE: Final[Aside[dict[str, Any]]] = Aside(table=ALARM, write=_write)
