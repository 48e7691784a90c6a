"""Delivery: notices go out, many at a time, in each lane one after the other.

What was answered is written down in batches: while one commits, the next one gathers. A notice that
follows another is sent once the other's answer is on disk. What was under way when a process died
goes out again, under the same id; that is the only repetition there is.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from random import Random
from time import perf_counter
from typing import Final

import psycopg
import structlog
from psycopg import AsyncConnection

from logistics.calling_out import Network
from logistics.errors import CannotOpen
from logistics.handling import Handling
from logistics.personal_data import Vault
from webhooks.endpoints import Endpoint, Stored, endpoint_of, refresh
from webhooks.judging import judge
from webhooks.lanes import Waiting
from webhooks.outbox import Bookkeeping, Outbox, Row
from webhooks.pausing import pause, resume
from webhooks.sending import Result, Sender
from webhooks.subscriptions import CHANNEL, SubscriptionState

CONCURRENCY: Final = 32  # Notices under way to one endpoint.
MOST_UNDER_WAY: Final = 512  # To all of them: sockets are not without end.
MOST_WAITING: Final = 100_000  # Held in memory for one endpoint; the others lie in the table.
TURN_SECONDS: Final = 1.0
_LOW: Final = 2 * CONCURRENCY

_log = structlog.get_logger()


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Deliverer:
    """Delivers notices, on one event loop. `now` is asked for every time that counts."""

    def __init__(
        self,
        url: str,
        vault: Vault,
        handling: Handling,
        *,
        allowed_networks: Sequence[Network] = (),
        timeout_seconds: float = 15.0,
        now: Callable[[], datetime] = _utc_now,
        dice: Random | None = None,
    ) -> None:
        self._url = url
        self._vault = vault
        self._handling = handling
        self._now = now
        self._dice = dice or Random()  # noqa: S311  # It spreads load and guards nothing.
        self._sender = Sender(allowed_networks, timeout_seconds, now)
        self._outbox = Outbox(url)
        self._endpoints: dict[str, Endpoint] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._results: list[Result] = []
        self._woken = asyncio.Event()
        self._told = True
        self._listening: asyncio.Task[None] | None = None

    async def turn(self, seconds: float = TURN_SECONDS) -> int:
        """Deliver what is due, for so long at most; says how many attempts came to an end.

        What is still under way then goes on, and comes to its end in a later turn.
        """
        try:
            return await self._turn(seconds)
        except BaseException:
            self.start_over()
            raise

    async def idle(self, seconds: float) -> None:
        """Wait until there may be something to do, for so long at most."""
        await self._listen()
        now = self._now()
        ahead = [each.next_at(now) for each in self._endpoints.values()]
        times = [(at - now).total_seconds() for at in ahead if at is not None]
        await self._wake_up(max(0.0, min([seconds, *times])))

    async def close(self, seconds: float = 5.0) -> None:
        """Wait a little for what is under way, write it down, and stop."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=seconds)
        with suppress(psycopg.Error):
            await self._settle()
        self.start_over()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])
        await self._sender.close()
        await self._outbox.close()

    async def _turn(self, seconds: float) -> int:
        await self._sender.open()
        await self._listen()
        self._told = True
        settled = 0
        until = perf_counter() + seconds
        while True:
            if self._told:
                await self._look()
            await self._read_on()
            await self._send_out()
            if not self._under_way and not self._results:
                return settled
            left = until - perf_counter()
            await self._wake_up(max(0.0, left))
            settled += await self._settle()
            if left <= 0:
                return settled

    async def _look(self) -> None:
        """See which endpoints there are; one that was set back or resumed starts over."""
        self._told = False
        known, self._endpoints = self._endpoints, {}
        for stored in await self._outbox.endpoints():
            endpoint = known.get(stored.id)
            if endpoint is None or endpoint.generation != stored.generation:
                endpoint = self._opened(stored)
            else:
                refresh(endpoint, stored, self._vault)
            if endpoint is not None:
                endpoint.has_more = True
                self._endpoints[stored.id] = endpoint
                await self._pause_or_resume(endpoint, self._now())

    def _opened(self, stored: Stored) -> Endpoint | None:
        try:
            return endpoint_of(stored, self._vault)
        except CannotOpen:
            _log.error("subscription-not-opened", subscription=stored.id)
            return None

    async def _read_on(self) -> None:
        now = self._now()
        hungry = [
            each
            for each in self._endpoints.values()
            if each.has_more
            and each.lanes.ready(now) < (1 if each.is_open else _LOW)
            and len(each.lanes) < MOST_WAITING
        ]
        if hungry:
            await self._outbox.read_on(hungry)

    async def _send_out(self) -> None:
        now = self._now()
        taken = list(self._take(now))
        if not taken:
            return
        events = await self._outbox.events({notice.position for _, notice, _ in taken})
        for endpoint, notice, probe in taken:
            row = events.get(notice.position)
            task = asyncio.create_task(self._send(endpoint, notice, row, probe=probe))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    def _take(self, now: datetime) -> Iterator[tuple[Endpoint, Waiting, bool]]:
        """What may go now, and whether it probes an endpoint whose circuit is broken."""
        left = MOST_UNDER_WAY - len(self._under_way)
        for endpoint in self._endpoints.values():
            for _ in range(min(left, endpoint.places(now, CONCURRENCY))):
                notice = endpoint.take(now)
                if notice is None:
                    break
                left -= 1
                yield endpoint, notice, endpoint.is_open

    async def _send(
        self, endpoint: Endpoint, notice: Waiting, row: Row | None, *, probe: bool
    ) -> None:
        result = await self._sender.send(endpoint, notice, row, probe=probe)
        self._results.append(result)  # To the list as it is now: others were settled meanwhile.
        self._woken.set()

    async def _settle(self) -> int:
        """Write down what has come to an end, and let go what waited for it."""
        results, self._results = self._results, []
        if not results:
            return 0
        started, now = perf_counter(), self._now()
        book = Bookkeeping()
        for result in results:
            judge(result, book, now, self._dice)
        await self._outbox.write(book, now)
        for endpoint in {result.endpoint for result in results}:
            await self._pause_or_resume(endpoint, now)
        _report(results, perf_counter() - started)
        return len(results)

    async def _pause_or_resume(self, endpoint: Endpoint, now: datetime) -> None:
        if self._endpoints.get(endpoint.id) is not endpoint:
            return  # It was set back or deleted while this was under way.
        if endpoint.state is SubscriptionState.DISABLED:
            del self._endpoints[endpoint.id]
        elif endpoint.is_paused and not endpoint.failures:
            await resume(self._handling, endpoint, now)
        elif endpoint.has_run_out and not endpoint.is_paused:
            await pause(self._handling, endpoint, now)

    async def _listen(self) -> None:
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._hear())

    async def _hear(self) -> None:
        """Be told of new notices and changed subscriptions; without it they are looked for."""
        with suppress(psycopg.Error):
            async with await AsyncConnection.connect(self._url, autocommit=True) as connection:
                await connection.execute(f"LISTEN {CHANNEL}".encode())
                self._be_told()
                async for _ in connection.notifies():
                    self._be_told()

    def _be_told(self) -> None:
        self._told = True
        self._woken.set()

    async def _wake_up(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        self._woken.clear()

    def start_over(self) -> None:
        """Forget what was read, and let go what is under way: the tables know."""
        for task in self._under_way:
            task.cancel()
        self._endpoints.clear()
        self._results.clear()


def _report(results: Sequence[Result], seconds: float) -> None:
    _log.info(
        "notices-batch",
        count=len(results),
        failed=sum(not each.delivered for each in results),
        duration_ms=round(seconds * 1000, 2),
    )
