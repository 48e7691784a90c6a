"""A table beside a view that lists entries of its rows, one by one, to be found by what is in them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from psycopg import Cursor
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

from projections.view import Aside, Change

Entry = tuple[Any, ...]

_DELETE: Final = "DELETE FROM {table} WHERE {key} = ANY(%b::text[])"
_INSERT: Final = "INSERT INTO {table} SELECT * FROM unnest({arrays})"


def entries_aside(table: Table, entries: Callable[[Any], Iterable[Entry]]) -> Aside[Any]:
    """Keeps a table in step: `entries` gives those of a row, in the order of the table's columns.

    The first column is the key of the row. Rows whose entries stay as they are cost nothing.
    """
    key, arrays = table.columns[0].name, _arrays(table)

    def write(cursor: Cursor[Any], name: str, changes: Sequence[Change[Any]]) -> None:
        moved: dict[str, list[Entry]] = {}
        for change in changes:
            before = list(entries(change.before)) if change.before is not None else []
            after = list(entries(change.after)) if change.after is not None else []
            if before != after:
                moved[change.key] = after
        if moved:
            cursor.execute(_DELETE.format(table=name, key=key), [[*moved]])
        rows = [entry for after in moved.values() for entry in after]
        if rows:
            columns = [list(column) for column in zip(*rows, strict=True)]
            cursor.execute(_INSERT.format(table=name, arrays=arrays), columns)

    return Aside(table=table, write=write)


def _arrays(table: Table) -> str:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped.
    types = [column.type.compile(dialect) for column in table.columns]
    return ", ".join(f"%b::{each}[]" for each in types)
