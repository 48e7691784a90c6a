"""Intake: receipts become events, a batch by one transaction, with the inbox's position in it.

A carrier's mapping reads the push, the waybill's rule decides. What cannot be read, or cannot be told
whose it is, goes into quarantine in the same transaction and stops nothing. Costs per batch: one query
for the receipts, one or two to load the streams, one transaction to write.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import perf_counter
from typing import Any, Final, NamedTuple

import psycopg
import structlog
from psycopg import Connection, Cursor
from psycopg.rows import tuple_row

from logistics.carriers import Carrier, Reading, Unreadable
from logistics.errors import CannotOpen, ConcurrentChange
from logistics.event_store import EventStore, SourcePosition
from logistics.evidence import Authentication, Source, SourceKind
from logistics.handling import Decided, Envelope, Handling
from logistics.identifiers import PartyCode, WaybillRef
from logistics.personal_data import Vault
from logistics.recorded import Metadata
from logistics.streams import fold
from logistics.waybill.commands import CarrierReport, ReportMilestone
from logistics.waybill.state import Waybill
from webhooks.inbox import CHANNEL, stored_push
from webhooks.quarantine import Quarantined, quarantine, resolve

SOURCE: Final = "inbox"
MAX_ATTEMPTS: Final = 5

_BATCH: Final = """
SELECT position, carrier, operators, authentication, received_at, method, query, headers, body, digest
FROM receipt WHERE position > %b ORDER BY position LIMIT %b"""
_ONE: Final = """
SELECT position, carrier, operators, authentication, received_at, method, query, headers, body, digest
FROM receipt WHERE position = %b"""

_log = structlog.get_logger()


class StoredReceipt(NamedTuple):
    """A row of the inbox."""

    position: int
    carrier: str
    operators: list[str]
    authentication: str
    received_at: datetime
    method: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a receipt says."""

    receipt: StoredReceipt
    number: int
    report: CarrierReport


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
        self._carriers = carriers
        self._vault = vault
        self._batch_size = batch_size
        self._connection: Connection[Any] | None = None

    def run_batch(self) -> int:
        """Work off the next receipts; says how many, 0 when there are none."""
        for _ in range(MAX_ATTEMPTS - 1):
            try:
                return self._run_batch()
            except ConcurrentChange:
                continue  # Somebody else wrote to one of the streams: load and decide again.
        return self._run_batch()

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
            row = connection.execute(_ONE, [position]).fetchone()
        if row is None:
            raise LookupError(position)
        receipt = StoredReceipt(*row)
        for _ in range(MAX_ATTEMPTS - 1):
            try:
                return self._replay(receipt, also)
            except ConcurrentChange:
                continue
        return self._replay(receipt, also)

    def _run_batch(self) -> int:
        started = perf_counter()
        after = self._store.source_position(SOURCE)
        rows = self._connected().execute(_BATCH, [after, self._batch_size]).fetchall()
        if not rows:
            return 0
        receipts = [StoredReceipt(*row) for row in rows]
        worked, decided = self._decide(receipts)
        self._handling.record(
            decided,
            position=SourcePosition(source=SOURCE, position=receipts[-1].position),
            alongside=lambda cursor, _: quarantine(cursor, worked.aside),
        )
        _report(receipts, worked, decided, perf_counter() - started)
        return len(receipts)

    def _replay(self, receipt: StoredReceipt, also: AlsoReplayed) -> Replayed:
        worked, decided = self._decide([receipt])
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

    def _decide(self, receipts: Sequence[StoredReceipt]) -> tuple[Worked, Decided]:
        worked = Worked()
        for receipt in receipts:
            self._read(receipt, worked)
        booked = self._booked(worked.items)
        for item in worked.items.copy():
            self._choose(item, booked, worked)
        decided = self._handling.decide(worked.envelopes)
        for item, outcome in zip(worked.items, decided.outcomes, strict=True):
            if outcome.fault is not None:
                worked.aside.append(
                    _aside(item.receipt, item.number, "fault", _kind(outcome.fault))
                )
        return worked, decided

    def _read(self, receipt: StoredReceipt, worked: Worked) -> None:
        """What a receipt says, in our words; what it does not say so that we can read it."""
        try:
            reading = self._reading(receipt)
        except Unreadable as fault:
            worked.aside.append(_aside(receipt, 0, fault.reason, fault.detail))
            return
        except (CannotOpen, KeyError) as fault:
            worked.aside.append(_aside(receipt, 0, "not-openable", _kind(fault)))
            return
        except Exception as fault:  # noqa: BLE001  # A poisoned receipt loses only itself.
            worked.aside.append(_aside(receipt, 0, "fault", _kind(fault)))
            return
        worked.aside += [
            _aside(receipt, fault.item, fault.reason, fault.detail) for fault in reading.faults
        ]
        taken = {fault.item for fault in reading.faults}
        numbers = (
            number for number in range(len(reading.reports) + len(taken)) if number not in taken
        )
        worked.items += [
            Item(receipt, number, report)
            for number, report in zip(numbers, reading.reports, strict=True)
        ]

    def _reading(self, receipt: StoredReceipt) -> Reading:
        push = stored_push(
            self._vault,
            receipt.carrier,
            receipt.received_at,
            receipt.method,
            receipt.query,
            receipt.headers,
            receipt.body,
            receipt.digest,
        )
        return self._carriers[receipt.carrier].read(push)

    def _booked(self, items: Iterable[Item]) -> set[WaybillRef]:
        """Of all waybills that could be meant, those that somebody has booked."""
        meant = {
            waybill.stream: waybill
            for item in items
            if len(item.receipt.operators) > 1
            for waybill in _candidates(item)
        }
        if not meant:
            return set()
        loaded = self._store.load(meant)
        states = {each: fold(each, (e.event for e in events)) for each, events in loaded.items()}
        return {
            meant[stream]
            for stream, state in states.items()
            if isinstance(state, Waybill) and state.booking is not None
        }

    def _choose(self, item: Item, booked: set[WaybillRef], worked: Worked) -> None:
        """Whose waybill is meant: the only one it can be, or the only one that is booked."""
        candidates = _candidates(item)
        if len(candidates) > 1:
            candidates = [waybill for waybill in candidates if waybill in booked]
        if len(candidates) != 1:
            worked.items.remove(item)
            detail = f"Several operators use this secret: {', '.join(item.receipt.operators)}."
            worked.aside.append(_aside(item.receipt, item.number, "two-candidates", detail))
            return
        worked.envelopes.append(_envelope(item, candidates[0]))

    def _connected(self) -> Connection[Any]:
        if self._connection is None or self._connection.closed or self._connection.broken:
            self._connection = _connect(self._url)
            self._connection.execute(f"LISTEN {CHANNEL}".encode())
        return self._connection


def _connect(url: str) -> Connection[Any]:
    return psycopg.connect(url, autocommit=True, row_factory=tuple_row)


def _candidates(item: Item) -> list[WaybillRef]:
    return [
        WaybillRef(operator=PartyCode(operator), number=item.report.number)
        for operator in item.receipt.operators
    ]


def _envelope(item: Item, waybill: WaybillRef) -> Envelope[ReportMilestone]:
    receipt = item.receipt
    authentication = Authentication(receipt.authentication)
    return Envelope(
        command=ReportMilestone(
            waybill=waybill,
            report=item.report,
            receipt=str(receipt.position),
            authentication=authentication,
            recorded_at=receipt.received_at,
        ),
        metadata=Metadata(
            recorded_at=receipt.received_at,
            actor=waybill.operator,
            source=Source(
                kind=SourceKind.WEBHOOK, id=str(receipt.position), authentication=authentication
            ),
            correlation_id=f"receipt-{receipt.position}",
        ),
    )


def _aside(receipt: StoredReceipt, item: int, reason: str, detail: str) -> Quarantined:
    return Quarantined(
        receipt=receipt.position,
        item=item,
        carrier=receipt.carrier,
        reason=reason,
        detail=detail,
        received_at=receipt.received_at,
    )


def _kind(fault: Exception) -> str:
    """What kind of fault it was; its message may quote what the push says."""
    return f"{type(fault).__name__} in reading or deciding."


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
