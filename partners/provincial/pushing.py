"""Pushing: events of the log become pushes, in each dossier one after the other, in order of the log.

The position moves when everything before it was taken or put aside, in the transaction that puts
aside. While the portal is away nothing is skipped; what was taken beyond the position is
remembered, and pushed again only if this process dies. The portal knows such repeats.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

import structlog

from logistics.calling_out import Network, open_session
from logistics.clocks.basis import Basis
from logistics.dossier_facts import TOPICS
from logistics.errors import CannotOpen
from logistics.event_store import EventStore
from logistics.participation import dossiers_of
from logistics.personal_data import SealedItem, Vault
from partners.provincial.client import Client, Connection, NotTaken, Rejected
from partners.provincial.histories import History, histories_of, names_of, parties_in
from partners.provincial.ledger import Key, Ledger
from partners.provincial.mapping import (
    Push,
    Record,
    Surroundings,
    pushes_of,
    with_applicant,
)
from partners.provincial.messages import SYNC_DOSSIER

BATCH_SIZE: Final = 500
RETRIES: Final = 50  # At a time: each costs a look at its event.
CONCURRENCY: Final = 8  # Dossiers at a time.
TIMEOUT_SECONDS: Final = 15.0
LONGEST_PAUSE_SECONDS: Final = 30.0

_log = structlog.get_logger()


def pause_after(failures: int) -> float:
    """Seconds until the portal is tried again: half of one, then twice as long each time."""
    return min(LONGEST_PAUSE_SECONDS, 0.25 * 2.0 ** min(failures, 10))


@dataclass(slots=True)
class _Progress:
    """What has become of the pushes of a batch; `why_not` says what kept the others from it."""

    done: dict[Key, str | None] = field(default_factory=dict)
    why_not: str | None = None

    @property
    def put_aside(self) -> dict[Key, str]:
        return {key: code for key, code in self.done.items() if code is not None}


class Pusher:
    """Pushes to one portal, on one event loop that is its own."""

    def __init__(
        self,
        url: str,
        store: EventStore,
        vault: Vault,
        basis: Basis,
        connection: Connection,
        *,
        allowed_networks: Sequence[Network] = (),
        batch_size: int = BATCH_SIZE,
        timeout_seconds: float = TIMEOUT_SECONDS,
        pause: Callable[[int], float] = pause_after,
    ) -> None:
        self._store = store
        self._vault = vault
        self._basis = basis
        self._connection = connection
        self._allowed = allowed_networks
        self._batch_size = batch_size
        self._timeout_seconds = timeout_seconds
        self._pause = pause
        self._ledger = Ledger(url)
        self._client: Client | None = None
        self._open = AsyncExitStack()
        self._progress = _Progress()
        self._failures = 0
        self._quiet_until = 0.0
        self._reached = 0

    async def turn(self) -> int:
        """Push one batch; says how many events are behind us, 0 at the end or in a pause."""
        if time.monotonic() < self._quiet_until:
            return 0
        self._reached = self._ledger.position()
        if asked := self._ledger.to_retry(RETRIES):
            return await self._push_again(asked)
        batch = self._store.read(self._reached, self._batch_size)
        if not batch:
            return 0
        started = time.perf_counter()
        last = batch[-1].position
        wanted = [each for each in batch if each.name in TOPICS]
        dossiers = dict.fromkeys(str(code) for each in wanted for code in dossiers_of(each))
        histories = histories_of(self._store, dossiers, wanted)
        pushes = self._pushes(histories, after=self._reached, until=last)
        await self._push_all(pushes, histories)
        left = [each.position for each in pushes if each.key not in self._progress.done]
        before, self._reached = self._reached, min(left, default=last + 1) - 1
        self._record(before, len(pushes) - len(left), time.perf_counter() - started)
        return self._reached - before

    async def idle(self, seconds: float) -> None:
        """Wait until there may be something to push, for so long at most."""
        pause = self._quiet_until - time.monotonic()
        if pause > 0:
            await asyncio.sleep(min(pause, seconds))
        else:
            # On a thread, so that connections that the portal closes are noticed meanwhile.
            await asyncio.to_thread(self._store.wait, self._reached, seconds)

    def start_over(self) -> None:
        """Forget what was taken: another process may have gone on meanwhile."""
        self._progress = _Progress()

    async def close(self) -> None:
        self._client = None
        await self._open.aclose()
        self._ledger.close()

    def _pushes(self, histories: dict[str, History], *, after: int, until: int) -> list[Push]:
        """What the events between two positions make, dossier by dossier."""
        moments = {each: list(found.moments(until=until)) for each, found in histories.items()}
        facts = [found[-1].after for found in moments.values() if found]
        parties = {party for each in facts for party in parties_in(each)}
        acting = {
            str(each.recorded.data[who])
            for found in moments.values()
            for each in found
            for who in ("by_party", "received_by")
            if who in each.recorded.data
        }
        around = Surroundings(names_of(self._store, parties | acting), self._basis)
        return [
            push
            for found in moments.values()
            for each in found
            if each.recorded.position > after
            for push in pushes_of(each.before, each.after, each.recorded, around)
            if push.dossier in histories
        ]

    async def _push_again(self, asked: Sequence[Key]) -> int:
        """What was put aside, once: rows as they were, a dossier as it is by now.

        What the portal does not take now is put aside again, and asked for again by whoever looks
        after it; new events do not wait for it. What no event makes any more is forgotten.
        """
        dossiers = dict.fromkeys(key[0] for key in asked)
        # What no paper names is found by the events that were put aside.
        batch = [each for key in asked for each in self._store.read(key[1] - 1, 1)]
        histories = histories_of(self._store, dossiers, batch)
        pushes = {each.key: each for each in self._pushes(histories, after=0, until=self._reached)}
        newest = {key[0]: each for key, each in pushes.items() if key[2] == SYNC_DOSSIER}
        chosen = {
            key: newest.get(key[0]) if key[2] == SYNC_DOSSIER else pushes.get(key) for key in asked
        }
        self.start_over()
        unique = {each.key: each for each in chosen.values() if each is not None}
        await self._push_all(sorted(unique.values(), key=_in_order), histories)
        done, not_now = self._progress.done, self._progress.why_not or "not-pushed"
        became = {
            key: None if each is None else done.get(each.key, not_now)
            for key, each in chosen.items()
        }
        self._ledger.settle(
            [key for key, code in became.items() if code is None],
            {key: code for key, code in became.items() if code is not None},
        )
        self.start_over()
        return len(became)

    async def _push_all(self, pushes: Sequence[Push], histories: dict[str, History]) -> None:
        """Push what is not done yet, some dossiers at a time, until the portal is away."""
        client = await self._opened()
        persons = self._ledger.applicants({each.applicant for each in histories.values()})
        places = asyncio.Semaphore(CONCURRENCY)
        self._progress.why_not = None

        async def follow(dossier: str, lane: Sequence[Push]) -> None:
            person = persons.get(histories[dossier].applicant)
            async with places:
                for push in lane:
                    if self._progress.why_not is not None:
                        return
                    await self._push(client, push, person)

        todo = [each for each in pushes if each.key not in self._progress.done]
        lanes = {dossier: list(lane) for dossier, lane in groupby(todo, _dossier)}
        async with asyncio.TaskGroup() as group:
            for dossier, lane in lanes.items():
                group.create_task(follow(dossier, lane))
        self._note_how_it_went()

    async def _push(self, client: Client, push: Push, person: SealedItem | None) -> None:
        record = push.record
        if push.service == SYNC_DOSSIER:
            record = self._filled_in(record, person)
        code = None
        try:
            await client.push(push.service, record, is_updating=push.is_updating)
        except NotTaken as error:
            self._progress.why_not = error.code
            return
        except Rejected as error:
            code = error.code
            _log.warning(
                "provincial-put-aside",
                dossier=push.dossier,
                position=push.position,
                service=push.service,
                code=code,
            )
        self._progress.done[push.key] = code

    def _filled_in(self, record: Record, person: SealedItem | None) -> Record:
        try:
            opened = None if person is None else self._vault.open(person.ref, person.ciphertext)
        except CannotOpen:
            opened = None
        return with_applicant(record, opened)

    def _note_how_it_went(self) -> None:
        if self._progress.why_not is None:
            self._failures = 0
            return
        self._failures += 1
        pause = self._pause(self._failures)
        self._quiet_until = time.monotonic() + pause
        _log.warning(
            "provincial-unavailable",
            code=self._progress.why_not,
            failures=self._failures,
            pause_seconds=pause,
        )

    def _record(self, before: int, count: int, seconds: float) -> None:
        """Write down what is behind us; what is beyond it stays in memory."""
        aside = {
            key: code for key, code in self._progress.put_aside.items() if key[1] <= self._reached
        }
        if self._reached > before:
            self._ledger.write(before, self._reached, aside)
            self._forget_until(self._reached)
        if count:
            _log.info(
                "provincial-batch",
                count=count,
                put_aside=len(aside),
                duration_ms=round(seconds * 1000),
            )

    def _forget_until(self, position: int) -> None:
        done = self._progress.done
        self._progress.done = {key: code for key, code in done.items() if key[1] > position}

    async def _opened(self) -> Client:
        if self._client is None:
            http = await self._open.enter_async_context(
                open_session(self._allowed, timeout_seconds=self._timeout_seconds)
            )
            self._client = Client(self._connection, http)
        return self._client


def _dossier(push: Push) -> str:
    return push.dossier


def _in_order(push: Push) -> tuple[str, int, bool, int]:
    return (push.dossier, push.position, push.service != SYNC_DOSSIER, push.part)
