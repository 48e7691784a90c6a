"""Views are fed from the log: every event once, rows and position together, whoever dies when."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logistics.identifiers import DossierCode, PaperId
from logistics.postgres_event_store import PostgresEventStore
from logistics.recorded import Event
from projections.rebuild import rebuild
from projections.views import VIEWS
from tests.logistics.test_invariants import COMMANDS, told
from tests.projections.conftest import MakeRunner
from tests.support.projecting import (
    append,
    catch_up,
    count,
    counted,
    counting,
    forget_everything,
    position,
    table,
)
from tests.support.stories import a_dossier, a_story

ON_ONE_DATABASE = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def dossiers(*numbers: int) -> list[Event]:
    """Dossiers of one paper each: two events each."""
    return a_story(
        *(a_dossier(PaperId(f"P-{n}"), code=DossierCode(f"D-{n}")) for n in numbers)
    ).events


def every_event(seen: dict[str, list[int]]) -> list[int]:
    return sorted(position for positions in seen.values() for position in positions)


def dossier_events(store: PostgresEventStore) -> list[int]:
    topics = counting().topics
    return [each.position for each in store.read(0, 10_000) if each.name in topics]


def test_every_event_is_folded_once_however_small_the_batches(
    database_url: str, store: PostgresEventStore, make_runner: MakeRunner
) -> None:
    last = append(store, dossiers(*range(20)))
    catch_up(make_runner(counting(), batch_size=3))
    assert every_event(counted(database_url)) == dossier_events(store)
    assert position(database_url) == last


@given(COMMANDS, st.integers(1, 7))
@ON_ONE_DATABASE
def test_where_a_batch_ends_does_not_matter(
    database_url: str,
    store: PostgresEventStore,
    make_runner: MakeRunner,
    commands: list[object],
    batch_size: int,
) -> None:
    forget_everything(database_url)
    append(store, told(commands).events)
    catch_up(make_runner(*VIEWS, batch_size=batch_size))
    in_small_batches = {view.name: table(database_url, view) for view in VIEWS}
    events = [each.event for each in store.read(0, 10_000)]

    forget_everything(database_url)
    append(store, events)
    catch_up(make_runner(*VIEWS))
    assert {view.name: table(database_url, view) for view in VIEWS} == in_small_batches


@given(COMMANDS, st.integers(1, 7))
@ON_ONE_DATABASE
def test_a_rebuilt_view_equals_the_live_one_whatever_happened(
    database_url: str,
    store: PostgresEventStore,
    make_runner: MakeRunner,
    commands: list[object],
    batch_size: int,
) -> None:
    forget_everything(database_url)
    append(store, told(commands).events)
    catch_up(make_runner(*VIEWS))
    live = {view.name: table(database_url, view) for view in VIEWS}
    rebuild(database_url, VIEWS, batch_size=batch_size)
    assert {view.name: table(database_url, view) for view in VIEWS} == live


def test_two_runners_at_once_fold_every_event_once(
    database_url: str, store: PostgresEventStore, make_runner: MakeRunner
) -> None:
    append(store, dossiers(*range(100)))
    runners = [make_runner(counting(), batch_size=10) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        for running in [threads.submit(catch_up, runner) for runner in runners]:
            running.result()
    assert every_event(counted(database_url)) == dossier_events(store)


def test_a_runner_that_loses_its_connection_within_a_batch_folds_nothing_twice(
    database_url: str, store: PostgresEventStore, make_runner: MakeRunner
) -> None:
    append(store, dossiers(1, 2, 3))
    dying = True

    def encode(row: Any) -> bytes:
        nonlocal dying
        if dying:
            dying = False
            cut_off(database_url)
        return counting().encode(row)

    runner = make_runner(counting(encode=encode))
    with pytest.raises(psycopg.OperationalError):
        runner.run_batch()
    assert (counted(database_url), position(database_url)) == ({}, 0)

    catch_up(runner)
    assert every_event(counted(database_url)) == dossier_events(store)


def cut_off(url: str) -> None:
    """Do to everybody else's open transactions what a crash does."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ="
            " current_database() AND pid <> pg_backend_pid() AND state = 'idle in transaction'"
        )


def test_a_new_view_that_has_to_catch_up_does_not_hold_up_the_others(
    database_url: str, store: PostgresEventStore, make_runner: MakeRunner
) -> None:
    append(store, dossiers(*range(20)))
    catch_up(make_runner(*VIEWS))
    last = append(store, dossiers(100))

    make_runner(*VIEWS, counting(), batch_size=10).run_batch()
    assert {position(database_url, view.name) for view in VIEWS} == {last}
    assert 0 < position(database_url) < last


def test_a_runner_waits_for_the_log_to_grow(
    database_url: str, store: PostgresEventStore, make_runner: MakeRunner
) -> None:
    append(store, dossiers(1))
    runner = make_runner(counting())
    catch_up(runner)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(runner.wait, 30)
        append(store, dossiers(2))
        waiting.result(timeout=10)
    assert runner.run_batch() > 0
    assert every_event(counted(database_url)) == dossier_events(store)


def test_an_event_that_names_a_dossier_twice_is_folded_once(
    database_url: str, store: PostgresEventStore, make_runner: MakeRunner
) -> None:
    append(store, dossiers(1))
    catch_up(make_runner(counting(project=count, keys=lambda _: ("D-1", "D-1"))))
    assert every_event(counted(database_url)) == dossier_events(store)
