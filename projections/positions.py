"""How far views have come, for reads that wait: one listener a process, however many wait."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection

from logistics.errors import NotYet
from projections.tables import CHANNEL

LOG: Final = ""
"""The name under which the log's own end is kept among the views."""

_RECONNECT_SECONDS: Final = 0.5
_POLL_SECONDS: Final = 1.0
_REST_SECONDS: Final = 0.01  # Notifications come by the hundred; one look answers them all.

_POSITIONS: Final = """
SELECT name, position FROM view_position
UNION ALL SELECT '', coalesce(max(notification_id), 0) FROM stored_events"""


class LivePositions:
    """Keeps the positions of all views at hand; implements `logistics.web.positions`."""

    def __init__(self, url: str, *, log_channel: str, timeout_seconds: float = 5.0) -> None:
        self._url = url
        self._channels = (CHANNEL, log_channel)
        self._timeout_seconds = timeout_seconds
        self._positions: dict[str, int] = {}
        self._moved = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    @property
    def positions(self) -> Mapping[str, int]:
        """The positions as last seen."""
        return self._positions

    async def start(self) -> None:
        self._task = asyncio.create_task(self._follow())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def wait_until(self, views: Sequence[str], position: int) -> int:
        """Wait until all of `views` (none: the log) have reached `position`."""
        names = tuple(views) or (LOG,)
        if self._reached(names) >= position:
            return self._reached(names)
        try:
            async with asyncio.timeout(self._timeout_seconds), self._moved:
                await self._moved.wait_for(lambda: self._reached(names) >= position)
        except TimeoutError:
            raise NotYet from None
        return self._reached(names)

    def _reached(self, names: Sequence[str]) -> int:
        return min(self._positions.get(name, 0) for name in names)

    async def _follow(self) -> None:
        while True:
            with suppress(psycopg.Error, OSError):
                await self._listen()
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _listen(self) -> None:
        connection: AsyncConnection[Any]
        async with await AsyncConnection.connect(self._url, autocommit=True) as connection:
            for channel in self._channels:
                await connection.execute(f'LISTEN "{channel}"'.encode())
            while True:
                await self._look(connection)
                async for _ in connection.notifies(timeout=_POLL_SECONDS, stop_after=1):
                    pass
                await asyncio.sleep(_REST_SECONDS)

    async def _look(self, connection: AsyncConnection[Any]) -> None:
        found = await (await connection.execute(_POSITIONS)).fetchall()
        async with self._moved:
            self._positions = dict(found)
            self._moved.notify_all()
