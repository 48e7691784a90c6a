"""A connection of one's own, made when it is needed and made anew when it was lost.

Receiving must not wait in line behind the requests of the web's pool, and when the database is away
it has to know at once, not after a pool's patience: a carrier waits for a second.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, TypeVar

import psycopg
from psycopg import AsyncConnection

CONNECT_TIMEOUT_SECONDS: Final = 3

T = TypeVar("T")


class LastingConnection:
    """One connection, for one task at a time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: AsyncConnection[Any] | None = None

    async def run(self, work: Callable[[AsyncConnection[Any]], Awaitable[T]]) -> T:
        """Do `work`; once more on a new connection when this one is lost.

        So `work` must be good to be done twice. Raises what it raised the second time, or that
        there is no database to connect to.
        """
        try:
            return await work(await self._connected())
        except (psycopg.OperationalError, psycopg.InterfaceError):
            await self.close()
            return await work(await self._connected())

    async def close(self) -> None:
        if self._connection is not None:
            with suppress(psycopg.Error):
                await self._connection.close()
        self._connection = None

    async def _connected(self) -> AsyncConnection[Any]:
        if self._connection is None:
            self._connection = await AsyncConnection.connect(
                self._url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_SECONDS
            )
        return self._connection
