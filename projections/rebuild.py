"""Rebuilds views from the log beside the live ones, and switches when the new ones have caught up.

Readers see the old rows until the one moment at which they see the new ones. A rebuild that is
killed leaves nothing but its own half-made table, which the next one replaces.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from psycopg import Connection

from logistics.event_types import recorded_from
from logistics.postgres_event_store import LAST_POSITION, READ
from logistics.recorded import Recorded
from projections.folding import Parked, fold_batch
from projections.runner import connect
from projections.tables import CHANNEL, create_table, ensure_tables, park, shape_of
from projections.view import LIVE, View

BESIDE: Final = "rebuild"

# Close enough to finish while the view's position is locked and its runner waits.
_CLOSE: Final = 2_000

_ONE_AT_A_TIME: Final = "SELECT pg_try_advisory_lock(hashtextextended(%s, 7304960))"
_LOCK: Final = "SELECT FROM view_position WHERE name = %s FOR UPDATE"
_SWITCHED: Final = """
UPDATE view_position SET position = %s, generation = generation + 1, shape = %s, basis = %s
WHERE name = %s"""

Progress = Callable[[str, int, int], None]
"""Told the view, how far it is, and how long the log is."""


class AlreadyRebuilding(RuntimeError):  # noqa: N818  # Named as it reads.
    """Another process rebuilds this view now."""


def rebuild(
    url: str,
    views: Sequence[View[Any]],
    *,
    batch_size: int = 5000,
    progress: Progress = lambda _view, _done, _total: None,
) -> None:
    """Rebuild views, one after the other; the service may run meanwhile.

    Raises `AlreadyRebuilding` when another process is at one of them.
    """
    with connect(url) as connection:
        ensure_tables(connection, views)
        for view in views:
            taken = connection.execute(_ONE_AT_A_TIME, [view.name]).fetchone()
            if taken != (True,):
                raise AlreadyRebuilding(f"The view {view.name} is being rebuilt already.")
            _Rebuild(connection, view, batch_size, progress).run()


class _Rebuild:
    """One view on its way."""

    def __init__(
        self, connection: Connection[Any], view: View[Any], batch_size: int, progress: Progress
    ) -> None:
        self._connection = connection
        self._view = view
        self._batch_size = batch_size
        self._progress = progress
        self._position = 0
        self._parked: list[Parked] = []
        self._parked_keys: set[str] = set()

    def run(self) -> None:
        with self._connection.transaction():
            for table in self._view.tables:
                self._connection.execute(f"DROP TABLE IF EXISTS {BESIDE}.{table.name}".encode())
                create_table(self._connection, table, BESIDE)
        while self._end() - self._position > _CLOSE:
            with self._connection.transaction():
                self._fold_batch()
        with self._connection.transaction():
            self._connection.execute(_LOCK, [self._view.name])
            while self._fold_batch():
                pass
            self._switch()
        self._report(self._position)

    def _end(self) -> int:
        row = self._connection.execute(LAST_POSITION).fetchone()
        end = int(row[0]) if row else 0
        self._report(end)
        return end

    def _fold_batch(self) -> bool:
        with self._connection.cursor(binary=True) as cursor:
            cursor.execute(READ, [self._position, self._batch_size])
            batch: list[Recorded] = [recorded_from(*row) for row in cursor.fetchall()]
            if not batch:
                return False
            folded = fold_batch(cursor, self._view, BESIDE, batch, frozenset(self._parked_keys))
        self._parked += folded.parked
        self._parked_keys |= {each.key for each in folded.parked}
        self._position = batch[-1].position
        return True

    def _switch(self) -> None:
        for table in self._view.tables:
            self._connection.execute(f"DROP TABLE {LIVE}.{table.name}".encode())
            self._connection.execute(
                f"ALTER TABLE {BESIDE}.{table.name} SET SCHEMA {LIVE}".encode()
            )
        self._connection.execute("DELETE FROM view_parked WHERE view = %s", [self._view.name])
        with self._connection.cursor() as cursor:
            park(cursor, self._parked)
        view = self._view
        switched = [self._position, shape_of(view), view.basis, view.name]
        self._connection.execute(_SWITCHED, switched)
        self._connection.execute(f"NOTIFY {CHANNEL}".encode())

    def _report(self, end: int) -> None:
        self._progress(self._view.name, self._position, max(end, self._position))
