"""What a view is: the answer to one question, kept up to date from the log.

A view folds events into rows of its own table, one row a key, each a JSON document. The fold is
pure and looks at one key at a time; who reads the log, keeps the position, and writes the rows is
the runner's business. So the same fold serves the live table, a rebuild beside it, and the retry of
what was parked, and gives the same rows whatever the batches were.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import orjson
from psycopg import Cursor
from sqlalchemy import Column, Computed, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.schema import SchemaItem

from logistics.recorded import Recorded

LIVE = "views"
"""The schema of the tables that are read; a rebuild grows its table elsewhere until it is ready."""

METADATA = MetaData(schema=LIVE)

Row = TypeVar("Row")


def encode_document(row: Any) -> bytes:
    """Write a row of plain JSON values: the same row always gives the same bytes."""
    return orjson.dumps(row)


def decode_document(stored: str) -> Any:
    """Read a row of plain JSON values."""
    return orjson.loads(stored)


@dataclass(frozen=True, slots=True)
class Change(Generic[Row]):
    """What a batch made of one row."""

    key: str
    before: Row | None
    after: Row | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside(Generic[Row]):
    """A second table of a view, kept in step with its rows: entries of a row, or sums over rows.

    `write` gets the cursor, the table's qualified name, and what a batch changed.
    """

    table: Table
    write: Callable[[Cursor[Any], str, Sequence[Change[Row]]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class View(Generic[Row]):
    """One view: which events it looks at, which rows they touch, and what becomes of a row.

    `project` folds one event into the row of one key: the same object back says that nothing
    changed, None that the row goes. A row is whatever `encode` can write; plain dictionaries
    (`TypedDict`) are the fastest, and must be replaced rather than changed in place. Nothing of a
    clock, of chance or of where a batch ended may enter a row. What `keys` or `project` raises
    parks that key (see `parking`), so neither has to guard against broken events.
    """

    name: str
    table: Table
    topics: frozenset[str]
    """Stored names of the events it looks at; all others pass by undecoded."""

    keys: Callable[[Recorded], Iterable[str]]
    project: Callable[[Row | None, Recorded, str], Row | None]
    encode: Callable[[Row], bytes] = field(default=encode_document)
    decode: Callable[[str], Row] = field(default=decode_document)
    finish: Callable[[Row], Row] | None = None
    """Adds to a row, once a batch, what is computed from the whole of it."""
    asides: tuple[Aside[Row], ...] = ()
    basis: str = ""
    """What `finish` computes by, in its version; rows computed by another one are computed anew."""

    @property
    def tables(self) -> tuple[Table, ...]:
        return (self.table, *(aside.table for aside in self.asides))


def view_table(name: str, *items: SchemaItem) -> Table:
    """The table of a view: `key`, `document`, and what `items` add for finding rows otherwise."""
    return Table(
        name,
        METADATA,
        Column("key", Text, primary_key=True),
        Column("document", JSON, nullable=False),
        *items,
        # Rows are rewritten often: room on the page spares their index entries, and documents of
        # a few kilobytes are kept as they are, since compressing them costs more than it spares.
        postgresql_with={"fillfactor": 80, "toast_tuple_target": 8160},
    )


def found_by(name: str, path: str = "", *, unique: bool = False) -> Column[Any]:
    """A column to find rows by, which PostgreSQL itself takes from the document's field.

    The fold writes the document only, so that a column can never say anything else.
    """
    computed = Computed(f"(document ->> '{path or name}')", persisted=True)
    return Column(name, Text, computed, unique=unique or None)
