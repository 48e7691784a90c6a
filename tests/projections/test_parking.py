"""An event that cannot be folded parks its key in that view; all others go on."""

from collections.abc import Iterable
from typing import Any, NoReturn

import psycopg
import pytest

from logistics.postgres_event_store import PostgresEventStore
from logistics.recorded import Event, Recorded
from projections.audit import AUDIT
from projections.parking import list_parked, retry_parked
from projections.rebuild import rebuild
from projections.runner import Runner
from tests.projections.conftest import MakeRunner
from tests.projections.test_runner import dossiers
from tests.support.projecting import (
    Counted,
    append,
    catch_up,
    count,
    counted,
    counting,
    position,
)
from tests.support.stories import DOSSIER, PAPERS, a_dossier, a_story, accept, offer

TYPED_BY_SOMEBODY = "Nguyễn Văn A"
BROKEN = "handover.offered"


def refusing(row: Counted | None, recorded: Recorded, key: str) -> Counted | None:
    """A fold that cannot bear an offer, and quotes what it should not."""
    if recorded.name == BROKEN:
        raise ValueError(TYPED_BY_SOMEBODY)
    return count(row, recorded, key)


def a_dossier_handed_over_and_another() -> list[Event]:
    return [*a_story(a_dossier(), offer(), accept(*PAPERS)).events, *dossiers(1)]


def positions_of(store: PostgresEventStore, dossier: str) -> list[tuple[int, str]]:
    """Where in the log a dossier's events are, and what they are."""
    return [
        (each.position, each.name)
        for each in store.read(0, 1000)
        if each.name in AUDIT.topics and dossier in AUDIT.keys(each)
    ]


def parked_positions(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT position FROM view_parked ORDER BY position").fetchall()
    return [row[0] for row in rows]


@pytest.mark.parametrize("batch_size", [1, 2, 1000])
def test_what_comes_behind_a_parked_event_waits_with_it_and_others_go_on(
    database_url: str, store: PostgresEventStore, make_runner: MakeRunner, batch_size: int
) -> None:
    last = append(store, a_dossier_handed_over_and_another())
    catch_up(make_runner(counting(refusing), batch_size=batch_size))

    events = positions_of(store, DOSSIER)
    broken = next(position for position, name in events if name == BROKEN)
    before = [position for position, _ in events if position < broken]
    behind = [position for position, _ in events if position >= broken]
    assert counted(database_url)[DOSSIER] == before
    assert parked_positions(database_url) == behind
    assert len(counted(database_url)["D-1"]) == len(positions_of(store, "D-1"))
    assert position(database_url) == last
    (parked,) = list_parked(database_url)
    assert (parked.key, parked.position, parked.events) == (DOSSIER, broken, len(behind))


def test_what_is_parked_says_what_broke_where_and_nothing_that_was_typed(
    database_url: str, store: PostgresEventStore, make_runner: MakeRunner
) -> None:
    append(store, a_dossier_handed_over_and_another())
    catch_up(make_runner(counting(refusing)))
    (parked,) = list_parked(database_url)
    assert parked.error.startswith("ValueError at refusing:")
    assert BROKEN in parked.error
    assert TYPED_BY_SOMEBODY not in parked.error


@pytest.mark.parametrize("mend", ["retry", "rebuild"])
def test_once_it_is_mended_everything_is_folded_in_order(
    database_url: str, store: PostgresEventStore, make_runner: MakeRunner, mend: str
) -> None:
    append(store, a_dossier_handed_over_and_another())
    catch_up(make_runner(counting(refusing)))
    assert retry_parked(database_url, [counting(refusing)]) == 0
    assert len(list_parked(database_url)) == 1

    if mend == "retry":
        assert retry_parked(database_url, [counting()]) == 1
    else:
        rebuild(database_url, [counting()])
    assert list_parked(database_url) == []
    assert counted(database_url) == {
        key: [position for position, _ in positions_of(store, key)] for key in (DOSSIER, "D-1")
    }


def test_an_event_whose_dossiers_cannot_be_told_parks_its_own_stream(
    database_url: str, store: PostgresEventStore, make_runner: MakeRunner
) -> None:
    def keys(recorded: Recorded) -> Iterable[str]:
        if recorded.name == BROKEN:
            raise KeyError(TYPED_BY_SOMEBODY)
        return AUDIT.keys(recorded)

    append(store, a_dossier_handed_over_and_another())
    catch_up(make_runner(counting(keys=keys)))
    (parked,) = list_parked(database_url)
    assert (parked.key, parked.events) == (f"handover:{offer().handover}", 1)

    assert retry_parked(database_url, [counting()]) == 1
    assert sorted(counted(database_url)[DOSSIER]) == [
        position for position, _ in positions_of(store, DOSSIER)
    ]


def test_a_row_that_postgresql_would_refuse_parks_and_takes_no_other_with_it(
    database_url: str, store: PostgresEventStore, make_runner: MakeRunner
) -> None:
    def zero(row: Any, recorded: Recorded, key: str) -> Any:
        if recorded.name == BROKEN or "text" in (row or {}):
            return {"seen": [], "text": "\x00"}
        return count(row, recorded, key)

    append(store, a_dossier_handed_over_and_another())
    catch_up(make_runner(counting(zero)))
    assert [each.key for each in list_parked(database_url)] == [DOSSIER]
    assert set(counted(database_url)) == {DOSSIER, "D-1"}


def test_a_text_that_merely_looks_like_one_that_is_refused_is_kept(
    database_url: str, store: PostgresEventStore, make_runner: MakeRunner
) -> None:
    def written_out(row: Any, recorded: Recorded, key: str) -> Any:
        return {**(count(row, recorded, key) or {}), "text": r"\u0000"}

    append(store, dossiers(1))
    catch_up(make_runner(counting(written_out)))
    assert list_parked(database_url) == []
    assert "D-1" in counted(database_url)


def test_what_stops_the_process_parks_nothing(
    database_url: str, store: PostgresEventStore, make_runner: MakeRunner
) -> None:
    def stopped(row: Any, recorded: Recorded, key: str) -> NoReturn:
        raise KeyboardInterrupt

    append(store, dossiers(1))
    runner: Runner = make_runner(counting(stopped))
    with pytest.raises(KeyboardInterrupt):
        runner.run_batch()
    assert (position(database_url), list_parked(database_url)) == (0, [])
