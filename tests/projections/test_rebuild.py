"""A view is rebuilt beside the live one while the log grows, and by one process at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from logistics.postgres_event_store import PostgresEventStore
from projections.rebuild import AlreadyRebuilding, rebuild
from tests.projections.conftest import MakeRunner
from tests.projections.test_runner import dossier_events, dossiers, every_event
from tests.support.projecting import append, catch_up, counted, counting, position

GENERATION = "SELECT generation FROM view_position WHERE name = 'counted'"


def generation(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(GENERATION).fetchone()
    assert row is not None
    return int(row[0])


def test_a_rebuild_while_events_come_in_and_a_runner_runs_folds_every_event_once(
    database_url: str, store: PostgresEventStore, make_runner: MakeRunner
) -> None:
    append(store, dossiers(*range(50)))
    runner = make_runner(counting(), batch_size=20)
    catch_up(runner)
    enough = threading.Event()

    def write() -> None:
        for number in range(100, 220):
            append(store, dossiers(number))
        enough.set()

    def run() -> None:
        while not enough.is_set():
            runner.run_batch()

    with ThreadPoolExecutor(2) as threads:
        working = [threads.submit(write), threads.submit(run)]
        rebuilt = 0
        while not enough.is_set():
            rebuild(database_url, [counting()], batch_size=20)
            rebuilt += 1
        for each in working:
            each.result()
    catch_up(runner)
    assert every_event(counted(database_url)) == dossier_events(store)
    assert generation(database_url) == rebuilt + 1 > 1


def test_a_view_that_is_being_rebuilt_is_not_rebuilt_twice(
    database_url: str, store: PostgresEventStore, make_runner: MakeRunner
) -> None:
    last = append(store, dossiers(1))
    catch_up(make_runner(counting()))
    refused: list[str] = []

    def meanwhile(_view: str, _done: int, _total: int) -> None:
        with pytest.raises(AlreadyRebuilding) as caught:
            rebuild(database_url, [counting()])
        refused.append(str(caught.value))

    rebuild(database_url, [counting()], progress=meanwhile)
    assert set(refused) == {"The view counted is being rebuilt already."}
    assert (generation(database_url), position(database_url)) == (2, last)


def test_what_is_no_longer_folded_the_same_way_is_gone_after_a_rebuild(
    database_url: str, store: PostgresEventStore, make_runner: MakeRunner
) -> None:
    append(store, dossiers(1, 2))
    catch_up(make_runner(counting()))
    rebuild(database_url, [counting(lambda row, _, key: row if key == "D-1" else {"seen": []})])
    assert counted(database_url) == {"D-2": []}


def test_an_empty_log_gives_an_empty_view(database_url: str) -> None:
    rebuild(database_url, [counting()])
    assert (counted(database_url), position(database_url)) == ({}, 0)
