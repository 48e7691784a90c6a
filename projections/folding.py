"""Folds a batch of events into a view's rows: one query for the rows, one for the changes.

The same code serves the live tables, a rebuild beside them and the retry of what was parked; only
the schema differs. What cannot be folded parks its key, and the other keys go on.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from psycopg import Cursor

from logistics.recorded import Recorded
from projections.view import LIVE, Change, View

_ROWS: Final = "SELECT key, document::text FROM {table} WHERE key = ANY(%b::text[])"
_ROWS_BEHIND: Final = """
SELECT key, document::text FROM {table} WHERE key > %b ORDER BY key LIMIT %b"""
_UPSERT: Final = """
INSERT INTO {table} (key, document)
SELECT key, document::json FROM unnest(%b::text[], %b::text[]) AS changed (key, document)
ON CONFLICT (key) DO UPDATE SET document = excluded.document"""
_DELETE: Final = "DELETE FROM {table} WHERE key = ANY(%b::text[])"

# PostgreSQL refuses this character in a document, and with it the whole batch.
_ZERO: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(frozen=True, slots=True)
class Parked:
    """An event that waits with its key until somebody has mended what it broke."""

    view: str
    key: str
    position: int
    error: str


@dataclass(slots=True)
class Folded:
    """What a batch came to."""

    changed: int = 0
    parked: list[Parked] = field(default_factory=list)


def fold_batch(
    cursor: Cursor[Any],
    view: View[Any],
    schema: str,
    batch: Iterable[Recorded],
    already_parked: frozenset[str] = frozenset(),
) -> Folded:
    """Fold events, in log order, into the rows they touch; the caller owns the transaction."""
    folded = Folded()
    events = _by_key(view, batch, folded)
    for key in already_parked & events.keys():
        # What comes behind a parked event waits with it: folds depend on the order.
        folded.parked += [Parked(view.name, key, each.position, "") for each in events.pop(key)]
    if not events:
        return folded
    before = _rows(cursor, view, schema, list(events))
    changes = []
    documents = {}
    for key, each in events.items():
        row = before.get(key)
        after, document = _fold(view, key, row, each, folded)
        if after is not row:
            changes.append(Change(key, row, after))
            documents[key] = document
    _write(cursor, view, schema, changes, documents)
    folded.changed = len(changes)
    return folded


def recompute_rows(cursor: Cursor[Any], view: View[Any], after: str, limit: int) -> list[str]:
    """Finish the rows behind a key anew; says which keys were looked at, none at the end."""
    cursor.execute(_ROWS_BEHIND.format(table=f"{LIVE}.{view.table.name}"), [after, limit])
    changes, documents, keys = [], {}, []
    for key, stored in cursor.fetchall():
        row = view.decode(stored)
        finished = _finished(view, row)
        document = _document(view, finished)
        keys.append(key)
        if document != stored:
            changes.append(Change(key, row, finished))
            documents[key] = document
    _write(cursor, view, LIVE, changes, documents)
    return keys


def _write(
    cursor: Cursor[Any],
    view: View[Any],
    schema: str,
    changes: Sequence[Change[Any]],
    documents: dict[str, str | None],
) -> None:
    """Write changed rows, and what stands beside them."""
    if not changes:
        return
    table = f"{schema}.{view.table.name}"
    kept = {key: document for key, document in documents.items() if document is not None}
    gone = [key for key, document in documents.items() if document is None]
    if kept:
        cursor.execute(_UPSERT.format(table=table), [[*kept], [*kept.values()]])
    if gone:
        cursor.execute(_DELETE.format(table=table), [gone])
    for aside in view.asides:
        aside.write(cursor, f"{schema}.{aside.table.name}", changes)


def _by_key(
    view: View[Any], batch: Iterable[Recorded], folded: Folded
) -> dict[str, list[Recorded]]:
    """The events of each key; an event whose keys cannot be told parks its own stream."""
    events: dict[str, list[Recorded]] = {}
    for recorded in batch:
        if recorded.name not in view.topics:
            continue
        try:
            keys = dict.fromkeys(view.keys(recorded))  # An event is folded once a row.
        except Exception as error:  # noqa: BLE001  # A poisoned event parks, whatever it raises.
            folded.parked.append(_parked(view, str(recorded.stream), recorded, error))
            continue
        for key in keys:
            events.setdefault(key, []).append(recorded)
    return events


def _rows(cursor: Cursor[Any], view: View[Any], schema: str, keys: list[str]) -> dict[str, Any]:
    cursor.execute(_ROWS.format(table=f"{schema}.{view.table.name}"), [keys])
    return {key: view.decode(document) for key, document in cursor}


def _fold(
    view: View[Any], key: str, row: Any, events: Sequence[Recorded], folded: Folded
) -> tuple[Any, str | None]:
    """The row after its events, and its document."""
    after = row
    try:
        for recorded in events:
            after = view.project(after, recorded, key)
        if after is row:
            return row, None
        after = _finished(view, after)
        return after, _document(view, after)
    except Exception:  # noqa: BLE001  # Whatever it raises, it is looked at again, one by one.
        return _fold_until_broken(view, key, row, events, folded)


def _fold_until_broken(
    view: View[Any], key: str, row: Any, events: Sequence[Recorded], folded: Folded
) -> tuple[Any, str | None]:
    """The row after the events before the first that could not be folded; the others park."""
    document = None
    for index, recorded in enumerate(events):
        try:
            after = _finished(view, view.project(row, recorded, key))
            document = _document(view, after)
        except Exception as error:  # noqa: BLE001  # A poisoned event parks, whatever it raises.
            folded.parked.append(_parked(view, key, recorded, error))
            folded.parked += [
                Parked(view.name, key, later.position, "") for later in events[index + 1 :]
            ]
            break
        row = after
    return row, document


def _finished(view: View[Any], row: Any) -> Any:
    return row if row is None or view.finish is None else view.finish(row)


def _document(view: View[Any], row: Any) -> str | None:
    if row is None:
        return None
    document = view.encode(row)
    if b"u0000" in document and _ZERO.search(document):
        raise ValueError
    return document.decode()


def _parked(view: View[Any], key: str, recorded: Recorded, error: Exception) -> Parked:
    """What went wrong, by its type and place only: a message may quote what somebody typed."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f"{code.co_name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return Parked(
        view.name, key, recorded.position, f"{type(error).__name__} at {place} ({recorded.name})"
    )
