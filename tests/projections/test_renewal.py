"""What other code made is made anew: by the log when tables changed, by its own rows when only a basis did."""

from dataclasses import replace

import psycopg
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSON

from logistics.postgres_event_store import PostgresEventStore
from projections.renewal import recompute, renew
from projections.runner import connect
from projections.view import View
from tests.projections.conftest import MakeRunner
from tests.projections.test_runner import dossiers
from tests.support.projecting import (
    Counted,
    append,
    catch_up,
    counted,
    counting,
    position,
)

WIDER = Table(
    "counted",
    MetaData(schema="views"),
    Column("key", Text, primary_key=True),
    Column("document", JSON, nullable=False),
    Column("note", Integer),
)


def doubled(basis: str) -> View[Counted]:
    """A view whose rows are finished by a basis: each position is noted so many times."""

    def finish(row: Counted) -> Counted:
        return {"seen": sorted(set(row["seen"])) * int(basis)}

    return replace(counting(), finish=finish, basis=basis)


def test_a_view_of_another_shape_is_not_fed_until_it_is_made_anew(
    database_url: str, store: PostgresEventStore, make_runner: MakeRunner
) -> None:
    append(store, dossiers(1))
    catch_up(make_runner(counting()))
    before, stood = counted(database_url), position(database_url)

    changed = replace(counting(), table=WIDER)
    runner = make_runner(changed)
    last = append(store, dossiers(2))
    catch_up(runner)
    assert (counted(database_url), position(database_url)) == (before, stood)

    assert renew(database_url, [changed]) == ["counted"]
    assert position(database_url) == last
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(note) FROM views.counted").fetchone() == (0,)
    append(store, dossiers(3))
    catch_up(runner)
    assert counted(database_url).keys() == {"D-1", "D-2", "D-3"}
    assert renew(database_url, [changed]) == []


@pytest.mark.parametrize("batch_size", [1, 100])
def test_another_basis_computes_the_rows_anew_and_once(
    database_url: str, store: PostgresEventStore, make_runner: MakeRunner, batch_size: int
) -> None:
    append(store, dossiers(1, 2, 3))
    catch_up(make_runner(doubled("1")))
    before = counted(database_url)
    assert renew(database_url, [doubled("2")], batch_size=batch_size) == ["counted"]
    assert counted(database_url) == {key: seen * 2 for key, seen in before.items()}
    assert renew(database_url, [doubled("2")]) == []


def test_what_was_stopped_halfway_is_finished_by_the_next_start(
    database_url: str, store: PostgresEventStore, make_runner: MakeRunner
) -> None:
    append(store, dossiers(1, 2, 3))
    catch_up(make_runner(doubled("1")))
    before = counted(database_url)

    class Stopped(Exception):  # noqa: N818  # Named as it reads.
        pass

    def stop(_view: str, rows: int) -> None:
        if rows == 2:
            raise Stopped

    with connect(database_url) as connection, pytest.raises(Stopped):
        recompute(connection, doubled("3"), batch_size=1, progress=stop)
    assert renew(database_url, [doubled("3")], batch_size=1) == ["counted"]
    assert counted(database_url) == {key: seen * 3 for key, seen in before.items()}
