"""One contract for both event stores, and what only a database can show."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import psycopg
import pytest
from psycopg import Cursor

from logistics.errors import ConcurrentChange, StoreUnavailable
from logistics.event_store import EventStore, NewEvent, SourcePosition
from logistics.evidence import Source, SourceKind
from logistics.identifiers import PROVINCE, PartyCode, StreamId, party_stream
from logistics.in_memory_event_store import InMemoryEventStore
from logistics.party.events import PartySuspended
from logistics.postgres_event_store import PostgresEventStore
from logistics.recorded import Metadata

MONDAY = datetime(2026, 7, 20, 1, 0, tzinfo=UTC)
METADATA = Metadata(
    recorded_at=MONDAY + timedelta(hours=1),
    actor=PROVINCE,
    source=Source(kind=SourceKind.SYSTEM),
    correlation_id="c-1",
)
PATIENCE_SECONDS = 30  # How long a test waits for what has to come; it never takes that long.


def stream(name: str) -> StreamId:
    return party_stream(PartyCode(name))


A, B, C = stream("a"), stream("b"), stream("c")


def event(on: StreamId) -> NewEvent:
    said = PartySuspended(party=PartyCode(on.key), occurred_at=MONDAY)
    return NewEvent(stream=on, event=said, metadata=METADATA)


def inbox(position: int) -> SourcePosition:
    return SourcePosition(source="inbox", position=position)


@pytest.fixture
def postgres_store(database_url: str) -> Iterator[PostgresEventStore]:
    with closing(PostgresEventStore(database_url)) as store:
        yield store


@pytest.fixture(params=["in memory", "PostgreSQL"])
def store(request: pytest.FixtureRequest) -> EventStore:
    if request.param == "in memory":
        return InMemoryEventStore()
    store: PostgresEventStore = request.getfixturevalue("postgres_store")
    return store


# ------------------------------------------------------------------------------------ the contract


def test_an_empty_log_is_empty(store: EventStore) -> None:
    assert store.last_position() == 0
    assert store.read(0, 10) == []
    assert store.load([A]) == {A: []}
    assert store.load([]) == {}
    assert store.source_position("inbox") == 0


def test_many_streams_are_written_in_one_transaction_in_the_order_given(store: EventStore) -> None:
    positions = store.append([event(A), event(B), event(A)], {A: 0, B: 0})
    read = store.read(0, 10)
    assert [each.position for each in read] == positions == sorted(positions)
    assert [(each.stream, each.stream_version) for each in read] == [(A, 1), (B, 1), (A, 2)]
    assert store.last_position() == positions[-1]


def test_an_event_comes_out_as_it_went_in(store: EventStore) -> None:
    new = event(A)
    store.append([new], {A: 0})
    [recorded] = store.read(0, 1)
    assert recorded.event == new.event
    assert recorded.metadata == new.metadata
    assert recorded.name == "party.suspended"


def test_many_streams_are_loaded_at_once_each_in_its_own_order(store: EventStore) -> None:
    store.append([event(B), event(A), event(B)], {A: 0, B: 0})
    store.append([event(A)], {A: 1})
    loaded = store.load([A, B, C])
    assert [each.stream_version for each in loaded[A]] == [1, 2]
    assert [each.stream_version for each in loaded[B]] == [1, 2]
    assert loaded[C] == []


def test_a_stream_that_has_moved_on_refuses_the_decision_and_nothing_is_written(
    store: EventStore,
) -> None:
    store.append([event(A)], {A: 0})
    with pytest.raises(ConcurrentChange):
        store.append([event(B), event(A)], {A: 0, B: 0}, position=inbox(1))
    assert len(store.read(0, 10)) == 1
    assert store.load([B]) == {B: []}
    assert store.source_position("inbox") == 0


def test_a_stream_that_was_only_looked_at_must_not_have_moved_on_either(store: EventStore) -> None:
    store.append([event(A)], {A: 0})
    with pytest.raises(ConcurrentChange):
        store.append([event(B)], {A: 0, B: 0})
    store.append([event(B)], {A: 1, B: 0})


def test_a_version_is_never_left_out(store: EventStore) -> None:
    store.append([event(A)], {A: 0})
    with pytest.raises(ConcurrentChange):
        store.append([event(A)], {A: 2})
    assert len(store.load([A])[A]) == 1


def test_a_stream_without_an_expected_version_is_a_mistake(store: EventStore) -> None:
    with pytest.raises(KeyError):
        store.append([event(A)], {})


def test_the_log_is_followed_page_by_page(store: EventStore) -> None:
    positions = store.append([event(A) for _ in range(5)], {A: 0})
    followed: list[int] = []
    while page := store.read(followed[-1] if followed else 0, 2):
        followed += [each.position for each in page]
    assert followed == positions


def test_an_undone_append_leaves_nothing_for_a_follower(store: EventStore) -> None:
    store.append([event(A)], {A: 0})
    with pytest.raises(ConcurrentChange):
        store.append([event(A)], {A: 0})
    store.append([event(A)], {A: 1})
    assert [each.stream_version for each in store.read(0, 10)] == [1, 2]


def test_the_position_of_a_source_is_kept_with_the_events(store: EventStore) -> None:
    store.append([event(A)], {A: 0}, position=inbox(500))
    assert store.source_position("inbox") == 500
    assert store.source_position("outbox") == 0


def test_a_batch_is_never_recorded_twice(store: EventStore) -> None:
    store.append([event(A)], {A: 0}, position=inbox(500))
    for position in (500, 499):
        with pytest.raises(ConcurrentChange):
            store.append([event(A)], {A: 1}, position=inbox(position))
    assert store.source_position("inbox") == 500
    assert len(store.read(0, 10)) == 1


def test_a_batch_that_led_to_nothing_still_moves_the_position(store: EventStore) -> None:
    assert store.append([], {A: 0}, position=inbox(500)) == []
    assert store.source_position("inbox") == 500
    assert store.last_position() == 0


def test_who_waits_is_woken_by_the_next_event(store: EventStore) -> None:
    store.append([event(A)], {A: 0})
    with ThreadPoolExecutor(3) as threads:
        after = store.last_position()
        waiting = [threads.submit(store.wait, after, PATIENCE_SECONDS) for _ in range(3)]
        store.append([event(A)], {A: 1})
        assert all(each.result() for each in waiting)


def test_who_waits_for_what_is_there_does_not_wait(store: EventStore) -> None:
    store.append([event(A)], {A: 0})
    assert store.wait(0, PATIENCE_SECONDS)


def test_who_waits_in_vain_is_told_so(store: EventStore) -> None:
    assert not store.wait(store.last_position(), 0.01)


# ---------------------------------------------------------------------- what only a database shows


def keep(*keys: str) -> Callable[[Cursor[Any], Any], None]:
    """Write alongside the events into a table of the test's own."""

    def write(cursor: Cursor[Any], positions: Any) -> None:
        for key in keys:
            cursor.execute("INSERT INTO kept VALUES (%s, %s)", [key, list(positions)])

    return write


@pytest.fixture
def kept(database_url: str) -> Iterator[Callable[[], list[tuple[str, list[int]]]]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (key text PRIMARY KEY, positions bigint[])")
        yield lambda: connection.execute("SELECT key, positions FROM kept").fetchall()


def test_what_is_written_alongside_is_kept_with_the_events(
    postgres_store: PostgresEventStore, kept: Callable[[], Any]
) -> None:
    positions = postgres_store.append([event(A), event(B)], {A: 0, B: 0}, alongside=keep("one"))
    assert kept() == [("one", positions)]


def test_nothing_decided_is_still_written_alongside(
    postgres_store: PostgresEventStore, kept: Callable[[], Any]
) -> None:
    postgres_store.append([], {}, alongside=keep("one"))
    assert kept() == [("one", [])]


def test_what_fails_alongside_undoes_the_events_and_comes_out_as_it_is(
    postgres_store: PostgresEventStore, kept: Callable[[], Any]
) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation) as failure:
        postgres_store.append(
            [event(A)], {A: 0}, position=inbox(1), alongside=keep("twice", "twice")
        )
    assert failure.value.diag.table_name == "kept"
    assert kept() == []
    assert postgres_store.read(0, 10) == []
    assert postgres_store.source_position("inbox") == 0


def test_a_refused_append_writes_nothing_alongside(
    postgres_store: PostgresEventStore, kept: Callable[[], Any]
) -> None:
    postgres_store.append([event(A)], {A: 0}, position=inbox(1))
    with pytest.raises(ConcurrentChange):
        postgres_store.append([event(A)], {A: 0}, alongside=keep("one"))
    with pytest.raises(ConcurrentChange):
        postgres_store.append([], {}, position=inbox(1), alongside=keep("one"))
    assert kept() == []


def test_the_store_in_memory_refuses_what_it_cannot_keep() -> None:
    store = InMemoryEventStore()
    with pytest.raises(NotImplementedError):
        store.append([event(A)], {A: 0}, alongside=keep("one"))
    assert store.last_position() == 0


def test_every_writer_takes_its_turn_whatever_the_environment_says(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", "yes")
    with (
        closing(PostgresEventStore(database_url)) as store,
        psycopg.connect(database_url, autocommit=True) as other,
        ThreadPoolExecutor(1) as threads,
    ):
        with other.transaction():
            other.execute("LOCK TABLE stored_events IN EXCLUSIVE MODE")
            writing = threads.submit(store.append, [event(A)], {A: 0})
            wait_until(other, "SELECT FROM pg_locks WHERE NOT granted AND mode = 'ExclusiveLock'")
            assert not writing.done()
        assert len(writing.result()) == 1


def wait_until(connection: psycopg.Connection[Any], query: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while connection.execute(query.encode()).fetchone() is None:
        assert time.monotonic() < deadline


def test_the_function_that_inserts_without_the_lock_is_not_even_there(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        found = connection.execute("SELECT FROM pg_proc WHERE proname LIKE 'es_insert_events%'")
        assert found.fetchone() is None


# ---------------------------------------------------------------- RELIABILITY 11: nobody is skipped


def test_a_reader_following_the_log_under_8_concurrent_writers_skips_nothing_and_sees_nothing_twice(
    database_url: str,
) -> None:
    done = threading.Event()
    with closing(PostgresEventStore(database_url)) as store, ThreadPoolExecutor(9) as threads:
        following = threads.submit(follow, store, done)
        writing = [threads.submit(write_batches, store, stream(f"w-{n}")) for n in range(8)]
        written = [position for each in writing for position in each.result()]
        done.set()
        followed = following.result()
    assert len(written) == 8 * 12 * (1 + 1 + 200)
    assert followed == sorted(written)


def write_batches(store: EventStore, on: StreamId) -> list[int]:
    positions: list[int] = []
    for size in [1, 1, 200] * 12:
        positions += store.append([event(on) for _ in range(size)], {on: len(positions)})
    return positions


def follow(store: EventStore, done: threading.Event) -> list[int]:
    followed: list[int] = []
    while True:
        last_look = done.is_set()
        page = store.read(followed[-1] if followed else 0, 100)
        followed += [each.position for each in page]
        if last_look and not page:
            return followed


# ------------------------------------------------------- RELIABILITY 15: the database goes and comes


def lose_connections(url: str) -> None:
    """What a restart of the server does to every connection."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_lost_connections_are_replaced_without_anybody_noticing(database_url: str) -> None:
    with closing(PostgresEventStore(database_url, min_connections=4)) as store:
        store.append([event(A)], {A: 0})
        lose_connections(database_url)
        store.append([event(A)], {A: 1})
        lose_connections(database_url)
        assert len(store.read(0, 10)) == 2


def test_a_connection_lost_before_the_commit_is_tried_again(
    postgres_store: PostgresEventStore, kept: Callable[[], Any]
) -> None:
    tries = count(1)

    def lose_the_first(cursor: Cursor[Any], positions: Any) -> None:
        if next(tries) == 1:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        keep("one")(cursor, positions)

    positions = postgres_store.append([event(A)], {A: 0}, alongside=lose_the_first)
    assert kept() == [("one", positions)]
    assert [each.position for each in postgres_store.read(0, 10)] == positions


def test_a_connection_lost_in_the_commit_is_not_tried_again(
    postgres_store: PostgresEventStore, kept: Callable[[], Any], database_url: str
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("""
            CREATE FUNCTION go() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
            CREATE CONSTRAINT TRIGGER go AFTER INSERT ON kept
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION go()
        """)
    with pytest.raises(StoreUnavailable, match="outcome is unknown"):
        postgres_store.append([event(A)], {A: 0}, alongside=keep("one"))
    assert postgres_store.read(0, 10) == []


def test_a_database_that_cannot_be_reached_is_said_to_be_so() -> None:
    nowhere = "postgresql://nobody@/nothing?host=/nonexistent"
    with closing(PostgresEventStore(nowhere, timeout_seconds=0.1)) as store:
        with pytest.raises(StoreUnavailable):
            store.append([event(A)], {A: 0})
        with pytest.raises(StoreUnavailable):
            store.read(0, 1)
        assert not store.wait(0, 0.01)


def test_who_waits_hears_of_other_processes_even_after_a_lost_connection(
    database_url: str,
) -> None:
    with (
        closing(PostgresEventStore(database_url)) as here,
        closing(PostgresEventStore(database_url)) as elsewhere,
    ):
        first = elsewhere.append([event(A)], {A: 0})
        assert here.wait(0, PATIENCE_SECONDS)
        lose_connections(database_url)
        elsewhere.append([event(A)], {A: 1})
        assert here.wait(first[-1], PATIENCE_SECONDS)
