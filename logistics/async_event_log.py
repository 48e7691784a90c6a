"""Reading the log from the event loop of the web: single streams, and the feed."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool

from logistics.errors import StoreUnavailable
from logistics.event_types import recorded_from
from logistics.identifiers import StreamId
from logistics.postgres_event_store import LAST_POSITION, LOAD, READ
from logistics.recorded import Recorded

# `+ 0` keeps the planner from walking the whole log by its position until enough is found: the few
# rows of these streams are found by the primary key and sorted.
_READ_STREAMS: Final = """
SELECT notification_id, originator_id, originator_version, topic, state
FROM public.stored_events
WHERE originator_id = ANY(%b::text[]) AND notification_id > %b
ORDER BY notification_id + 0 LIMIT %b"""


class AsyncEventLog:
    """The reading half of `PostgresEventStore`, on a pool that its caller opens and closes."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[Any]]) -> None:
        self._pool = pool

    async def load(self, streams: Collection[StreamId]) -> dict[StreamId, list[Recorded]]:
        """Load whole streams, in one query; a stream without events is an empty list."""
        loaded: dict[StreamId, list[Recorded]] = {stream: [] for stream in streams}
        if loaded:
            for row in await self._query(LOAD, [[str(stream) for stream in loaded]]):
                recorded = recorded_from(*row)
                loaded[recorded.stream].append(recorded)
        return loaded

    async def read(self, after: int, limit: int) -> list[Recorded]:
        """Follow the log: up to `limit` events behind position `after`, in log order."""
        return [recorded_from(*row) for row in await self._query(READ, [after, limit])]

    async def read_streams(
        self,
        streams: Collection[StreamId],
        *,
        after: int,
        limit: int,
        recorded_until: datetime | None = None,
        occurred_until: datetime | None = None,
    ) -> list[Recorded]:
        """Follow some streams together, in log order: up to `limit` events behind `after`.

        `recorded_until` leaves out what was not known yet at that time, `occurred_until` what had
        not happened yet; both take in the moment itself. Fewer than `limit` events are the last.
        """
        keys = [str(stream) for stream in streams]
        found: list[Recorded] = []
        while len(found) < limit:
            page = [
                recorded_from(*row)
                for row in await self._query(_READ_STREAMS, [keys, after, limit])
            ]
            found += [each for each in page if _is_within(each, recorded_until, occurred_until)]
            if len(page) < limit:
                break
            after = page[-1].position
        return found[:limit]

    async def last_position(self) -> int:
        """The position of the last event in the log; 0 when it is empty."""
        return int((await self._query(LAST_POSITION, []))[0][0])

    async def _query(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        try:
            async with (
                self._pool.connection() as connection,
                connection.cursor(binary=True, row_factory=tuple_row) as cursor,
            ):
                await cursor.execute(statement, parameters)
                return await cursor.fetchall()
        except psycopg.OperationalError as error:
            raise StoreUnavailable from error


def _is_within(
    recorded: Recorded, recorded_until: datetime | None, occurred_until: datetime | None
) -> bool:
    # Here and not in SQL: an older version of an event may have kept its times elsewhere.
    if recorded_until is not None and recorded.recorded_at > recorded_until:
        return False
    return occurred_until is None or recorded.occurred_at <= occurred_until
