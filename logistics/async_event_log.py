"""Reading the log from the event loop of the web: single streams, and the feed."""

from collections.abc import Collection, Sequence
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool

from logistics.errors import StoreUnavailable
from logistics.event_types import recorded_from
from logistics.identifiers import StreamId
from logistics.postgres_event_store import LAST_POSITION, LOAD, READ
from logistics.recorded import Recorded


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
