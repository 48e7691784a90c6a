"""The tables that are not views themselves: how far each has come, and what it had to park."""

from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from typing import Any, Final

from psycopg import Connection, Cursor
from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement

from projections.folding import Parked
from projections.view import LIVE, View

METADATA = MetaData()
VIEW_POSITION = Table(
    "view_position",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("generation", Integer, nullable=False),  # How often it has been rebuilt.
    Column("shape", Text, nullable=False, server_default=""),  # Of its tables, as a digest.
    Column("basis", Text, nullable=False, server_default=""),  # What its rows are computed by.
)
VIEW_PARKED = Table(
    "view_parked",
    METADATA,
    Column("view", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("error", Text, nullable=False),  # Empty for what merely waits behind the broken one.
)

CHANNEL: Final = "luanchuyen_views"

_BEGIN: Final = """
INSERT INTO view_position (name, position, generation, shape, basis)
SELECT name, 0, 1, shape, basis
FROM unnest(%s::text[], %s::text[], %s::text[]) AS begun (name, shape, basis)
ON CONFLICT DO NOTHING"""
_PARK: Final = """
INSERT INTO view_parked (view, key, position, error)
SELECT * FROM unnest(%b::text[], %b::text[], %b::bigint[], %b::text[])
ON CONFLICT DO NOTHING"""
_PARKED_KEYS: Final = "SELECT DISTINCT key FROM view_parked WHERE view = %b"

# Two processes that start together create the tables once.
_TURN: Final = "SELECT pg_advisory_xact_lock(7304960122771)"


def ensure_tables(connection: Connection[Any], views: Sequence[View[Any]]) -> None:
    """Create what is missing of the views' tables, and start new views at the log's beginning.

    Views come and go with the code, so their tables are not a matter of migrations: a view whose
    shape has changed is rebuilt (see `renewal`), and not fed until then.
    """
    with connection.transaction():
        connection.execute(_TURN)
        for view in views:
            for table in view.tables:
                found = connection.execute(
                    "SELECT to_regclass(%s)", [f"{LIVE}.{table.name}"]
                ).fetchone()
                if found == (None,):
                    create_table(connection, table, LIVE)
        names = [view.name for view in views]
        shapes = [shape_of(view) for view in views]
        connection.execute(_BEGIN, [names, shapes, [view.basis for view in views]])


def create_table(connection: Connection[Any], table: Table, schema: str) -> None:
    """Create a view's table in a schema, with its indexes."""
    for statement in _statements(table, schema):
        connection.execute(statement.encode())


def shape_of(view: View[Any]) -> str:
    """A digest of how a view's tables are made."""
    return _shape(view.tables)


@cache
def _shape(tables: tuple[Table, ...]) -> str:
    statements = [each for table in tables for each in _statements(table, LIVE)]
    return sha256("\0".join(statements).encode()).hexdigest()[:16]


def _statements(table: Table, schema: str) -> list[str]:
    there = table.to_metadata(MetaData(), schema=schema)
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped.
    indexes = sorted(there.indexes, key=lambda each: str(each.name))
    made: list[DDLElement] = [CreateTable(there), *map(CreateIndex, indexes)]
    return [str(each.compile(dialect=dialect)) for each in made]


def park(cursor: Cursor[Any], parked: Iterable[Parked]) -> None:
    """Keep what has to wait."""
    rows = [(each.view, each.key, each.position, each.error) for each in parked]
    if rows:
        cursor.execute(_PARK, [list(column) for column in zip(*rows, strict=True)])


def parked_keys(cursor: Cursor[Any], view: str) -> frozenset[str]:
    """The keys of a view that wait."""
    return frozenset(row[0] for row in cursor.execute(_PARKED_KEYS, [view]))
