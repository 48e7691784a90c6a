"""Intake: receipts become events, a batch by one transaction, with the inbox's position in it.

A carrier's mapping reads the push, the waybill's rule decides. What cannot be read, or cannot be told
whose it is, goes into quarantine in the same transaction and stops nothing. Costs per batch: one query
for the receipts, one or two to load the streams, one transaction to write.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any, Final, TypeVar

import orjson
import psycopg
import structlog
from psycopg import Connection, Cursor
from psycopg.types.json import set_json_loads

from logistics.carriers import Carrier
from logistics.errors import ConcurrentChange, Unavailable
from logistics.event_store import EventStore, SourcePosition
from logistics.handling import Decided, Envelope, Handling
from logistics.personal_data import Vault
from logistics.waybill.commands import ReportMilestone
from webhooks.addressing import addressed, booked, two_candidates, waybill_of
from webhooks.inbox import CHANNEL
from webhooks.quarantine import Quarantined, quarantine, resolve
from webhooks.reading import (
    Item,
    Reader,
    StoredReceipt,
    kind_of,
    receipt_at,
    receipts_after,
    set_aside,
)

SOURCE: Final = "inbox"
MAX_ATTEMPTS: Final = 5
PASSING: Final = (Unavailable, psycopg.OperationalError, psycopg.InterfaceError)

_log = structlog.get_logger()


@dataclass(slots=True)
class Worked:
    """What a batch of receipts says, and which of it had to be set aside."""

    items: list[Item] = field(default_factory=list)
    envelopes: list[Envelope[ReportMilestone]] = field(default_factory=list)
    aside: list[Quarantined] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay came to: where its events are, and what is still set aside."""

    position: int
    aside: tuple[Quarantined, ...]


AlsoReplayed = Callable[[Cursor[Any], Replayed], None]
Decide = Callable[[Sequence[StoredReceipt]], tuple[Worked, Decided]]
T = TypeVar("T")


class Intake:
    """Turns receipts into events. One thread at a time may drive it; replays may run beside it."""

    def __init__(
        self,
        url: str,
        store: EventStore,
        handling: Handling,
        carriers: Mapping[str, Carrier],
        vault: Vault,
        *,
        batch_size: int = 500,
    ) -> None:
        self._url = url
        self._store = store
        self._handling = handling
        self._reader = Reader(carriers, vault)
        self._batch_size = batch_size
        self._alone = 0  # So many of the next receipts are worked off one by one.
        self._connection: Connection[Any] | None = None

    def run_batch(self) -> int:
        """Work off the next receipts; says how many, 0 when there are none.

        A batch that fails in a way that nobody foresaw is worked off one by one, and the receipt
        that it fails with is set aside.
        """
        return _again(self._run_batch)

    def _run_batch(self) -> int:
        receipts = self._next_receipts()
        if not receipts:
            return 0
        try:
            self._work_off(receipts, self._decide)
        except PASSING:
            raise  # Not the receipts' fault: the same batch is good later.
        except Exception as fault:  # noqa: BLE001  # One poisoned receipt must not stop the rest.
            if len(receipts) > 1:
                self._alone = len(receipts)
                return self._run_batch()
            _log.exception("receipt-set-aside", receipt=receipts[0].position)
            aside = _all_aside(receipts, fault)
            self._work_off(receipts, lambda _: aside)
        self._alone = max(0, self._alone - len(receipts))
        return len(receipts)

    def wait(self, timeout_seconds: float) -> None:
        """Wait until something has been stored in the inbox."""
        connection = self._connected()
        for _ in connection.notifies(timeout=timeout_seconds, stop_after=1):
            pass

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def replay(self, position: int, also: AlsoReplayed) -> Replayed:
        """Work off one receipt of the past again, as it was received then.

        What it led to already is recognised as a repeat, so this can be done any number of times.
        `also` writes in the same transaction. Raises `LookupError` when there is no such receipt.
        """
        with _connect(self._url) as connection:
            receipt = receipt_at(connection, position)
        if receipt is None:
            raise LookupError(position)
        try:
            return _again(lambda: self._replay(receipt, self._decide_again, also))
        except PASSING:
            raise
        except Exception as fault:  # noqa: BLE001  # It stays where it is, and says so.
            _log.exception("receipt-set-aside", receipt=position)
            aside = _all_aside([receipt], fault)
            return _again(lambda: self._replay(receipt, lambda _: aside, also))

    def _next_receipts(self) -> list[StoredReceipt]:
        after = self._store.source_position(SOURCE)
        limit = 1 if self._alone else self._batch_size
        return receipts_after(self._connected(), after, limit)

    def _work_off(self, receipts: Sequence[StoredReceipt], decide: Decide) -> None:
        started = perf_counter()
        worked, decided = decide(receipts)
        self._handling.record(
            decided,
            position=SourcePosition(source=SOURCE, position=receipts[-1].position),
            alongside=lambda cursor, _: quarantine(cursor, worked.aside),
        )
        _report(receipts, worked, decided, perf_counter() - started)

    def _replay(self, receipt: StoredReceipt, decide: Decide, also: AlsoReplayed) -> Replayed:
        worked, decided = decide([receipt])
        before = self._store.last_position()  # What it rests on when it leads to nothing new.
        replayed = Replayed(before, tuple(worked.aside))

        def alongside(cursor: Cursor[Any], positions: Sequence[int]) -> None:
            nonlocal replayed
            if positions:
                replayed = replace(replayed, position=positions[-1])
            resolve(cursor, receipt.position)
            quarantine(cursor, worked.aside)
            also(cursor, replayed)

        self._handling.record(decided, alongside=alongside)
        return replayed

    def _decide_again(self, receipts: Sequence[StoredReceipt]) -> tuple[Worked, Decided]:
        return self._decide(receipts, replayed=True)

    def _decide(
        self, receipts: Sequence[StoredReceipt], *, replayed: bool = False
    ) -> tuple[Worked, Decided]:
        worked = Worked()
        items: list[Item] = []
        for receipt in receipts:
            readable, aside = self._reader.read(receipt)
            items += readable
            worked.aside += aside
        known = booked(self._store, items)
        for item in items:
            waybill = waybill_of(item, known)
            if waybill is None:
                worked.aside.append(two_candidates(item))
            else:
                worked.items.append(item)
                worked.envelopes.append(addressed(item, waybill, replayed=replayed))
        decided = self._handling.decide(worked.envelopes)
        worked.aside += [
            set_aside(item.receipt, item.number, "fault", kind_of(outcome.fault))
            for item, outcome in zip(worked.items, decided.outcomes, strict=True)
            if outcome.fault is not None
        ]
        return worked, decided

    def _connected(self) -> Connection[Any]:
        if self._connection is None or self._connection.closed or self._connection.broken:
            self._connection = _connect(self._url)
            self._connection.execute(f"LISTEN {CHANNEL}".encode())
        return self._connection


def _connect(url: str) -> Connection[Any]:
    connection = psycopg.connect(url, autocommit=True)
    set_json_loads(orjson.loads, connection)
    return connection


def _all_aside(receipts: Sequence[StoredReceipt], fault: Exception) -> tuple[Worked, Decided]:
    aside = [set_aside(each, 0, "fault", kind_of(fault)) for each in receipts]
    return Worked(aside=aside), Decided()


def _again(attempt: Callable[[], T]) -> T:
    """Attempt it until nobody else was faster: each time it loads and decides afresh."""
    for _ in range(MAX_ATTEMPTS - 1):
        try:
            return attempt()
        except ConcurrentChange:
            continue
    return attempt()


def _report(
    receipts: Sequence[StoredReceipt], worked: Worked, decided: Decided, seconds: float
) -> None:
    _log.info(
        "intake-batch",
        receipts=len(receipts),
        events=len(decided.events),
        repeats=sum(not each.events and each.fault is None for each in decided.outcomes),
        quarantined=len(worked.aside),
        up_to=receipts[-1].position,
        duration_ms=round(seconds * 1000, 2),
    )
