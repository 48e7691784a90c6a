"""Feeds the views from the log: rows and position of a view commit together, batch by batch.

The log is read once for all views that stand at the same position, as they mostly do. A view's
position row is locked for the batch, so two runners never fold the same events, and a rebuild can
switch between batches.
"""

from collections.abc import Mapping, Sequence
from time import perf_counter, sleep
from typing import Any, Final

import psycopg
import structlog
from psycopg import Connection
from psycopg.rows import tuple_row

from logistics.event_store import EventStore
from logistics.recorded import Recorded
from projections.folding import Folded, fold_batch
from projections.tables import CHANNEL, ensure_tables, park, parked_keys, shape_of
from projections.view import LIVE, View

_POSITIONS: Final = """
SELECT name, position FROM view_position
NATURAL JOIN unnest(%b::text[], %b::text[]) AS fed (name, shape)"""
_LOCK: Final = """
SELECT position FROM view_position WHERE name = %b AND shape = %b FOR UPDATE"""
_ADVANCE: Final = "UPDATE view_position SET position = %b WHERE name = %b"
_NOTIFY: Final = f"NOTIFY {CHANNEL}"

_RENEWAL_SECONDS: Final = 0.2

_log = structlog.get_logger()


class Runner:
    """Keeps views up to date. One thread at a time may drive it."""

    def __init__(
        self, url: str, store: EventStore, views: Sequence[View[Any]], *, batch_size: int = 1000
    ) -> None:
        self._url = url
        self._store = store
        self._views = {view.name: view for view in views}
        self._shapes = {view.name: shape_of(view) for view in views}
        self._batch_size = batch_size
        self._connection: Connection[Any] | None = None
        self._reached: int | None = None

    def run_batch(self) -> int:
        """Feed every view one batch; says how many events were read, 0 when all are at the end."""
        started = perf_counter()
        connection = self._connected()
        read = 0
        standing: dict[int, list[View[Any]]] = {}
        for name, position in _positions(connection, self._shapes).items():
            standing.setdefault(position, []).append(self._views[name])
        self._reached = min(standing, default=None)
        # Those that lag, as a new view does, must not keep the others from the newest events.
        for position, views in sorted(standing.items()):
            batch = self._store.read(position, self._batch_size)
            for view in views if batch else ():
                feed(connection, view, position, batch)
            read += len(batch)
        if read:
            milliseconds = round((perf_counter() - started) * 1000, 2)
            _log.info("views-batch", events=read, after=self._reached, duration_ms=milliseconds)
        return read

    def wait(self, timeout_seconds: float) -> None:
        """Wait until the log is longer than what every view has seen."""
        if self._reached is None:
            sleep(min(timeout_seconds, _RENEWAL_SECONDS))  # Every view is being rebuilt.
        else:
            self._store.wait(self._reached, timeout_seconds)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _connected(self) -> Connection[Any]:
        if self._connection is None or self._connection.closed or self._connection.broken:
            self._connection = connect(self._url)
            ensure_tables(self._connection, tuple(self._views.values()))
        return self._connection


def connect(url: str) -> Connection[Any]:
    """A connection that commits where it is told to."""
    return psycopg.connect(url, autocommit=True, row_factory=tuple_row)


def feed(
    connection: Connection[Any], view: View[Any], position: int, batch: Sequence[Recorded]
) -> bool:
    """Fold a batch that begins behind `position` into a view; False if the view is not there now."""
    started = perf_counter()
    with connection.transaction(), connection.cursor(binary=True) as cursor:
        if cursor.execute(_LOCK, [view.name, shape_of(view)]).fetchone() != (position,):
            return False  # Another runner was faster, or a rebuild switched.
        folded = fold_batch(cursor, view, LIVE, batch, parked_keys(cursor, view.name))
        park(cursor, folded.parked)
        cursor.execute(_ADVANCE, [batch[-1].position, view.name])
        cursor.execute(_NOTIFY)
    _report(view, batch, folded, perf_counter() - started)
    return True


def _positions(connection: Connection[Any], shapes: Mapping[str, str]) -> dict[str, int]:
    """How far the views have come; one whose tables are of another shape is not there for us."""
    return dict(connection.execute(_POSITIONS, [[*shapes], [*shapes.values()]]).fetchall())


def _report(view: View[Any], batch: Sequence[Recorded], folded: Folded, seconds: float) -> None:
    _log.debug(
        "view-fed",
        view=view.name,
        events=len(batch),
        rows=folded.changed,
        up_to=batch[-1].position,
        duration_ms=round(seconds * 1000, 2),
    )
    for parked in folded.parked:
        if parked.error:
            _log.error(
                "view-parked", view=view.name, position=parked.position, error_type=parked.error
            )
