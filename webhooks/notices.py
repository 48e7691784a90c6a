"""Planning: events of the log become notices that wait for their subscribers, batch by batch.

The notices of a batch and the positions of their subscriptions commit together, so each event is
planned once for each of them, whatever crashes. Subscriptions that stand at the same position, as
they mostly do, share one reading of the log. A notice is in the lane of every dossier that its event
names; what is in one lane is delivered in turn.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter, sleep
from typing import Any, Final

import psycopg
import structlog
from psycopg import Connection
from psycopg.rows import tuple_row
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    Float,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)

from logistics.event_store import EventStore
from logistics.identifiers import DossierCode, PartyCode
from logistics.participation import dossiers_of, parties_by_dossier
from logistics.recorded import Recorded
from webhooks.subscriptions import CHANNEL, names_of

METADATA = MetaData()
NOTICE = Table(
    "notice",
    METADATA,
    Column("subscription", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("lanes", ARRAY(Text), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
)
NOTICE_ATTEMPT = Table(
    "notice_attempt",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("subscription", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("sent_at", DateTime(timezone=True), nullable=False),
    Column("duration_ms", Float, nullable=False),
    Column("outcome", Text, nullable=False),  # delivered, failed or given-up.
    Column("status", Integer),
    Column("failure", Text),
    Column("next_at", DateTime(timezone=True)),
    Index("notice_attempt_of", "subscription", "id"),
    Index("notice_attempt_given_up", "subscription", postgresql_where=text("outcome = 'given-up'")),
    Index("notice_attempt_sent", "sent_at", postgresql_using="brin"),
)

BATCH_SIZE: Final = 500

_SUBSCRIBERS: Final = """
SELECT id, party, sees_everything, events, position, generation FROM subscription
WHERE deleted_at IS NULL AND state <> 'disabled'"""
_LOCK: Final = """
SELECT id FROM subscription JOIN unnest(%b::text[], %b::int[]) AS planned (id, generation)
    USING (id, generation)
WHERE position = %b AND deleted_at IS NULL ORDER BY id FOR UPDATE OF subscription"""
_INSERT: Final = """
INSERT INTO notice (subscription, generation, position, lanes, attempts, due_at)
SELECT subscription, generation, position, string_to_array(lanes, ' '), 0, %b
FROM unnest(%b::text[], %b::int[], %b::bigint[], %b::text[])
    AS planned (subscription, generation, position, lanes)"""
_ADVANCE: Final = "UPDATE subscription SET position = %b WHERE id = ANY(%b::text[])"
_NOTIFY: Final = f"NOTIFY {CHANNEL}".encode()
_FORGET: Final = "DELETE FROM notice_attempt WHERE sent_at < %b"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who is told of what, from where on."""

    id: str
    party: PartyCode
    sees_everything: bool
    events: Sequence[str]
    position: int
    generation: int


@dataclass(frozen=True, slots=True)
class Planned:
    """A notice to be: the event, and the lanes that it waits in."""

    subscription: str
    generation: int
    position: int
    lanes: str

    def row(self) -> tuple[Any, ...]:
        return (self.subscription, self.generation, self.position, self.lanes)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Planner:
    """Plans notices from the log. One thread at a time may drive it."""

    def __init__(
        self,
        url: str,
        store: EventStore,
        *,
        batch_size: int = BATCH_SIZE,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._url = url
        self._store = store
        self._batch_size = batch_size
        self._now = now
        self._connection: Connection[Any] | None = None
        self._reached: int | None = None

    def run_batch(self) -> int:
        """Plan one batch for every subscription; says how many events were read, 0 at the end."""
        standing: dict[int, list[Subscriber]] = {}
        for row in self._connected().execute(_SUBSCRIBERS).fetchall():
            subscriber = Subscriber(*row)
            standing.setdefault(subscriber.position, []).append(subscriber)
        self._reached = min(standing, default=None)
        read = 0
        for position, subscribers in sorted(standing.items()):
            batch = self._store.read(position, self._batch_size)
            if batch:
                self._plan(position, subscribers, batch)
            read += len(batch)
        return read

    def wait(self, timeout_seconds: float) -> None:
        """Wait until the log is longer than what has been planned."""
        if self._reached is None:
            sleep(timeout_seconds)  # Nobody subscribes: no event need wake anybody.
        else:
            self._store.wait(self._reached, timeout_seconds)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _plan(
        self, position: int, subscribers: Sequence[Subscriber], batch: Sequence[Recorded]
    ) -> None:
        started = perf_counter()
        planned = list(plan(subscribers, batch, self._store))
        connection = self._connected()
        with connection.transaction(), connection.cursor(binary=True) as cursor:
            # What was set back or deleted meanwhile is planned from where it stands next time.
            ids = [each.id for each in subscribers]
            generations = [each.generation for each in subscribers]
            live = [row[0] for row in cursor.execute(_LOCK, [ids, generations, position])]
            rows = [each.row() for each in planned if each.subscription in live]
            if rows:
                cursor.execute(_INSERT, [self._now(), *map(list, zip(*rows, strict=True))])
                cursor.execute(_NOTIFY)
            cursor.execute(_ADVANCE, [batch[-1].position, live])
        milliseconds = round((perf_counter() - started) * 1000, 2)
        _log.debug("notices-planned", count=len(rows), after=position, duration_ms=milliseconds)

    def _connected(self) -> Connection[Any]:
        if self._connection is None or self._connection.closed or self._connection.broken:
            self._connection = psycopg.connect(self._url, autocommit=True, row_factory=tuple_row)
        return self._connection


def plan(
    subscribers: Sequence[Subscriber], batch: Sequence[Recorded], store: EventStore
) -> Iterator[Planned]:
    """Say who is to be told of which events; the province of all, a party of its dossiers'.

    Who takes part is looked up for the whole batch at once, as the log stands now.
    """
    wanted = {each.id: names_of(each.events) for each in subscribers}
    of_parties = frozenset[str]().union(
        *(wanted[each.id] for each in subscribers if not each.sees_everything)
    )
    dossiers = {recorded.position: dossiers_of(recorded) for recorded in batch}
    asked = {
        dossier
        for recorded in batch
        if recorded.name in of_parties
        for dossier in dossiers[recorded.position]
    }
    parties = parties_by_dossier(store, asked) if asked else {}
    for recorded in batch:
        named = dossiers[recorded.position]
        lanes = " ".join(dict.fromkeys(named)) or str(recorded.stream)
        for each in subscribers:
            if recorded.name in wanted[each.id] and _may_hear(each, named, parties):
                yield Planned(each.id, each.generation, recorded.position, lanes)


def _may_hear(
    subscriber: Subscriber,
    dossiers: Collection[DossierCode],
    parties: dict[DossierCode, set[PartyCode]],
) -> bool:
    return subscriber.sees_everything or any(
        subscriber.party in parties[dossier] for dossier in dossiers
    )


def forget_attempts(cursor: psycopg.Cursor[Any], before: datetime) -> int:
    """Forget what was sent before a time; says how many attempts that was."""
    cursor.execute(_FORGET, [before])
    return cursor.rowcount
