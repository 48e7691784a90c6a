"""The event log in PostgreSQL.

The tables, the table lock and the position tracking are those of `eventsourcing`'s recorder; its
insert is ours, because it has to share a transaction with other writes. Writers take turns on the
lock from the insert to the commit, so positions commit in their order and a reader that follows the
log skips nothing. Everything that can be done before the lock is.

What the lock costs, in appends a second with it and without (2 cores shared with the server, fsync
on; the notification, which makes commits queue too, in both):

    1 writer,  1 event each      1,260 of 1,400    0.90
    1 writer,  200 events each     250 of   260    0.95
    8 writers, 1 event each      1,500 of 2,700    0.55
    8 writers, 200 events each     280 of   290    0.94

So it costs where many write little, since their commits no longer share a flush, and next to nothing
where it matters: intake writes large batches, each of them one transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from eventsourcing.postgres import PostgresProcessRecorder
from psycopg import Connection, Cursor
from psycopg.errors import UniqueViolation
from psycopg.rows import tuple_row
from psycopg.sql import Composed

from logistics.errors import ConcurrentChange
from logistics.event_store import Alongside, NewEvent, NewRow, SourcePosition, new_rows
from logistics.event_types import recorded_from
from logistics.identifiers import StreamId
from logistics.log_listener import LogListener
from logistics.postgres_connections import Connections
from logistics.recorded import Recorded

LOAD = """
SELECT notification_id, originator_id, originator_version, topic, state
FROM public.stored_events
WHERE originator_id = ANY(%b::text[])
ORDER BY originator_id, originator_version"""
READ = """
SELECT notification_id, originator_id, originator_version, topic, state
FROM public.stored_events
WHERE notification_id > %b
ORDER BY notification_id LIMIT %b"""
LAST_POSITION = "SELECT coalesce(max(notification_id), 0) FROM public.stored_events"

_INSERT = """
INSERT INTO public.stored_events (originator_id, originator_version, topic, state)
SELECT * FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::bytea[])
RETURNING notification_id"""

# The library's, with parameters in order.
_TRACK = """
INSERT INTO public.notification_tracking AS tracking (application_name, notification_id)
VALUES (%b, %b)
ON CONFLICT (application_name) DO UPDATE SET notification_id = excluded.notification_id
WHERE tracking.notification_id < excluded.notification_id
RETURNING notification_id"""
_TRACKED = "SELECT notification_id FROM public.notification_tracking WHERE application_name = %b"

# Streams that do not stand where the decision saw them. The primary key already holds for those
# written; this holds for those only read, and against a version that leaves a hole.
_MOVED_ON = """
SELECT count(*) FROM unnest(%b::text[], %b::bigint[]) AS expected (originator_id, version)
WHERE version <> (
    SELECT coalesce(max(originator_version), 0) FROM public.stored_events AS stored
    WHERE stored.originator_id = expected.originator_id
)"""


class PostgresEventStore:
    """An `EventStore` on `eventsourcing`'s tables. Safe to share among threads, not across a fork."""

    def __init__(
        self,
        url: str,
        *,
        min_connections: int = 1,
        max_connections: int = 10,
        timeout_seconds: float = 5.0,
    ) -> None:
        self._connections = Connections(
            url,
            min_connections=min_connections,
            max_connections=max_connections,
            timeout_seconds=timeout_seconds,
        )
        self._recorder = PostgresProcessRecorder(self._connections)
        self.channel: str = self._recorder.channel_name  # Notified of every append.
        lock = cast("list[Composed]", self._recorder.lock_table_statements)
        self._take_turn: list[str | Composed] = [*lock, f'NOTIFY "{self.channel}"']
        self._listener = LogListener(url, self.channel, LAST_POSITION)

    def create_table(self) -> None:
        """Create the library's tables unless they are there."""
        # Without its function for inserting, which does not take the lock.
        statements = self._recorder.sql_create_statements
        if self._recorder.sql_create_pg_function_insert_events in statements:
            statements.remove(self._recorder.sql_create_pg_function_insert_events)
        self._recorder.create_table()

    def close(self) -> None:
        """Close every connection."""
        self._listener.close()
        self._connections.close()

    def append(
        self,
        events: Sequence[NewEvent],
        expected: Mapping[StreamId, int],
        *,
        position: SourcePosition | None = None,
        alongside: Alongside | None = None,
    ) -> list[int]:
        rows = new_rows(events, expected)

        def write(connection: Connection[Any]) -> list[int]:
            positions = self._insert(connection, rows, expected, position)
            if alongside is not None:
                with connection.cursor(row_factory=tuple_row) as cursor:
                    alongside(cursor, positions)
            return positions

        positions = self._connections.transact(write)
        if positions:
            self._listener.saw(positions[-1])
        return positions

    def load(self, streams: Collection[StreamId]) -> dict[StreamId, list[Recorded]]:
        loaded: dict[StreamId, list[Recorded]] = {stream: [] for stream in streams}
        if loaded:
            for row in self._connections.query(LOAD, [[str(stream) for stream in loaded]]):
                recorded = recorded_from(*row)
                loaded[recorded.stream].append(recorded)
        return loaded

    def read(self, after: int, limit: int) -> list[Recorded]:
        return [recorded_from(*row) for row in self._connections.query(READ, [after, limit])]

    def last_position(self) -> int:
        return int(self._connections.query(LAST_POSITION, [])[0][0])

    def source_position(self, source: str) -> int:
        rows = self._connections.query(_TRACKED, [source])
        return rows[0][0] if rows else 0

    def wait(self, after: int, timeout_seconds: float) -> bool:
        return self._listener.wait(after, timeout_seconds)

    def _insert(
        self,
        connection: Connection[Any],
        rows: Sequence[NewRow],
        expected: Mapping[StreamId, int],
        position: SourcePosition | None,
    ) -> list[int]:
        """Send everything in one go, and look at the answers afterwards: the lock is dear."""

        def execute(
            statement: str | Composed, parameters: Sequence[Any] = ()
        ) -> Cursor[tuple[Any, ...]]:
            return connection.cursor(row_factory=tuple_row).execute(statement, parameters)

        tracked = inserted = None
        try:
            with connection.pipeline():
                if position is not None:
                    tracked = execute(_TRACK, [position.source, position.position])
                if rows:
                    for statement in self._take_turn:
                        execute(statement)
                moved_on = execute(
                    _MOVED_ON, [[str(each) for each in expected], [*expected.values()]]
                )
                if rows:
                    inserted = execute(
                        _INSERT, [list(column) for column in zip(*rows, strict=True)]
                    )
        except UniqueViolation as error:
            raise ConcurrentChange from error
        if moved_on.fetchone() != (0,) or (tracked is not None and tracked.fetchone() is None):
            raise ConcurrentChange
        return [row[0] for row in inserted] if inserted is not None else []
