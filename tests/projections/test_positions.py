"""Reads wait for what their callers have been told, and all of them on one connection."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from logistics.errors import NotYet
from logistics.postgres_event_store import PostgresEventStore
from projections.positions import LivePositions
from tests.projections.conftest import MakeRunner
from tests.projections.test_runner import dossiers
from tests.support.projecting import append, catch_up, counting

VIEW = ("counted",)
LOG = ()


@pytest.fixture
async def positions(database_url: str, store: PostgresEventStore) -> AsyncIterator[LivePositions]:
    positions = LivePositions(database_url, log_channel=store.channel, timeout_seconds=10)
    await positions.start()
    yield positions
    await positions.close()


async def test_whoever_asks_for_nothing_does_not_wait(positions: LivePositions) -> None:
    assert await positions.wait_until(VIEW, 0) == 0


async def test_a_read_waits_until_its_view_is_there(
    store: PostgresEventStore, make_runner: MakeRunner, positions: LivePositions
) -> None:
    last = append(store, dossiers(1))
    waiting = [asyncio.create_task(positions.wait_until(VIEW, last)) for _ in range(20)]
    assert await positions.wait_until(LOG, last) == last
    assert not any(each.done() for each in waiting)
    await asyncio.to_thread(catch_up, make_runner(counting()))
    assert await asyncio.gather(*waiting) == [last] * 20


async def test_of_several_views_the_last_one_counts(
    store: PostgresEventStore, make_runner: MakeRunner, positions: LivePositions
) -> None:
    last = append(store, dossiers(1))
    await asyncio.to_thread(catch_up, make_runner(counting()))
    assert await positions.wait_until(VIEW, last) == last
    assert await positions.wait_until(("counted", "unheard-of"), 0) == 0


async def test_what_does_not_come_in_time_is_said(
    database_url: str, store: PostgresEventStore
) -> None:
    positions = LivePositions(database_url, log_channel=store.channel, timeout_seconds=0.05)
    await positions.start()
    with pytest.raises(NotYet):
        await positions.wait_until(LOG, 4711)
    await positions.close()


async def test_a_lost_connection_is_replaced(
    database_url: str, store: PostgresEventStore, positions: LivePositions
) -> None:
    first = append(store, dossiers(1))
    await positions.wait_until(LOG, first)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query ~ 'view_position'"
            " AND pid <> pg_backend_pid()"
        )
    second = append(store, dossiers(2))
    assert await positions.wait_until(LOG, second) == second
