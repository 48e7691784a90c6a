"""The web reads the same log as everybody else."""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from logistics.async_event_log import AsyncEventLog
from logistics.errors import StoreUnavailable
from logistics.event_store import NewEvent
from logistics.evidence import Source, SourceKind
from logistics.identifiers import PROVINCE, PartyCode, StreamId, party_stream
from logistics.party.events import PartySuspended
from logistics.postgres_event_store import PostgresEventStore
from logistics.recorded import Metadata, Recorded

A, B, C = (party_stream(PartyCode(code)) for code in ("a", "b", "c"))
NOON = datetime(2026, 7, 20, 5, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def event(on: StreamId, *, occurred: int = 0, recorded: int = 0) -> NewEvent:
    """Something that occurred and was recorded so many minutes after noon."""
    return NewEvent(
        stream=on,
        event=PartySuspended(party=PartyCode(on.key), occurred_at=NOON + occurred * MINUTE),
        metadata=Metadata(
            recorded_at=NOON + recorded * MINUTE,
            actor=PROVINCE,
            source=Source(kind=SourceKind.SYSTEM),
            correlation_id="c-1",
        ),
    )


@pytest.fixture
def store(database_url: str) -> Iterator[PostgresEventStore]:
    with closing(PostgresEventStore(database_url)) as store:
        yield store


@pytest.fixture
async def log(database_url: str) -> AsyncIterator[AsyncEventLog]:
    async with AsyncConnectionPool(database_url, min_size=1, open=False) as pool:
        yield AsyncEventLog(pool)


def places(read: list[Recorded]) -> list[tuple[StreamId, int]]:
    return [(each.stream, each.stream_version) for each in read]


async def test_an_empty_log_is_empty_for_the_web_too(log: AsyncEventLog) -> None:
    assert await log.last_position() == 0
    assert await log.read(0, 10) == []
    assert await log.load([]) == {}
    assert await log.load([A]) == {A: []}
    assert await log.read_streams([A], after=0, limit=10) == []
    assert await log.read_streams([], after=0, limit=10) == []


async def test_the_web_reads_what_the_store_reads(
    store: PostgresEventStore, log: AsyncEventLog
) -> None:
    positions = store.append([event(A), event(B), event(A)], {A: 0, B: 0})
    assert await log.read(positions[0], 1) == store.read(positions[0], 1)
    assert await log.load([A, C]) == store.load([A, C])
    assert await log.last_position() == positions[-1]


async def test_some_streams_are_read_together_in_log_order_and_page_by_page(
    store: PostgresEventStore, log: AsyncEventLog
) -> None:
    store.append([event(B), event(A), event(C), event(B), event(A)], {A: 0, B: 0, C: 0})
    first = await log.read_streams([A, B], after=0, limit=3)
    assert places(first) == [(B, 1), (A, 1), (B, 2)]
    rest = await log.read_streams([A, B], after=first[-1].position, limit=3)
    assert places(rest) == [(A, 2)]


async def test_what_was_not_known_yet_is_left_out(
    store: PostgresEventStore, log: AsyncEventLog
) -> None:
    late_report = event(A, occurred=1, recorded=9)
    store.append([event(A, occurred=5, recorded=5), late_report], {A: 0})
    known = await log.read_streams([A], after=0, limit=10, recorded_until=NOON + 5 * MINUTE)
    assert places(known) == [(A, 1)]


async def test_what_had_not_happened_yet_is_left_out(
    store: PostgresEventStore, log: AsyncEventLog
) -> None:
    late_report = event(A, occurred=1, recorded=9)
    store.append([event(A, occurred=5, recorded=5), late_report], {A: 0})
    happened = await log.read_streams([A], after=0, limit=10, occurred_until=NOON + 1 * MINUTE)
    assert places(happened) == [(A, 2)]
    both = await log.read_streams(
        [A],
        after=0,
        limit=10,
        recorded_until=NOON + 5 * MINUTE,
        occurred_until=NOON + 1 * MINUTE,
    )
    assert both == []


async def test_a_page_is_filled_however_much_was_left_out_of_it(
    store: PostgresEventStore, log: AsyncEventLog
) -> None:
    early, late = event(A, recorded=1), event(A, recorded=9)
    store.append([late, late, late, early, late, early, early], {A: 0})
    page = await log.read_streams([A], after=0, limit=2, recorded_until=NOON + MINUTE)
    assert places(page) == [(A, 4), (A, 6)]
    rest = await log.read_streams(
        [A], after=page[-1].position, limit=2, recorded_until=NOON + MINUTE
    )
    assert places(rest) == [(A, 7)]


async def test_some_streams_of_a_long_log_are_found_without_walking_it(
    store: PostgresEventStore, database_url: str
) -> None:
    others = [party_stream(PartyCode(f"other-{number}")) for number in range(2_000)]
    store.append([event(other) for other in others], dict.fromkeys(others, 0))
    store.append([event(A)], {A: 0})
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("ANALYZE stored_events")
        plan = connection.execute(
            "EXPLAIN SELECT * FROM stored_events WHERE originator_id = ANY(%s::text[])"
            " AND notification_id > 0 ORDER BY notification_id + 0 LIMIT 100",
            [[str(A), str(B)]],
        ).fetchall()
    told = "\n".join(line for (line,) in plan)
    assert "stored_events_pkey" in told
    assert "Seq Scan" not in told


async def test_a_database_that_cannot_be_reached_is_said_to_be_so_to_the_web(
    database_url: str,
) -> None:
    async with AsyncConnectionPool(database_url, min_size=1, open=False) as pool:
        await pool.wait()
        log = AsyncEventLog(pool)
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        with pytest.raises(StoreUnavailable):
            await log.last_position()
        assert await log.last_position() == 0
