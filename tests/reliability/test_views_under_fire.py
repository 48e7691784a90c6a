"""Lines 13 and 14: a poisoned event parks its dossier, and a rebuild goes on beside the readers."""

import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from logistics.identifiers import PROVINCE
from logistics.recorded import Recorded
from logistics.subscription.events import SubscriptionPaused
from projections.parking import list_parked, retry_parked
from projections.rebuild import rebuild
from projections.runner import Runner
from projections.transfers import TRANSFERS
from projections.view import View
from projections.views import VIEWS
from tests.logistics.test_procedures import terms
from tests.support.marked_story import CODE, new_dossier, tell
from tests.support.projecting import append
from tests.support.service import RunningService, running_service

OTHER_CODE = "H20-260810-0100"


def rows_of(database_url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every view, as it is stored."""
    found = {}
    with psycopg.connect(database_url) as connection:
        for view in VIEWS:
            for table in view.tables:
                question = f"SELECT t::text FROM views.{table.name} AS t ORDER BY 1"
                found[table.name] = connection.execute(question.encode()).fetchall()
    return found


async def told(service: RunningService) -> None:
    await tell(service)
    await service.province.writes("/v1/procedures", terms(agency="AGENCY-1"))
    paused = SubscriptionPaused(
        subscription="S-1", party=PROVINCE, position=1, failure="timed-out", failures_in_a_row=10,
        occurred_at=datetime.now(UTC),
    )  # fmt: skip
    append(service.parts.store, [paused])
    desk = service.acting("DESK-1", "desk")  # type: ignore[arg-type]  # As the role is written.
    await desk.writes("/v1/dossiers", new_dossier(OTHER_CODE))
    await service.settle()


def broken(view: View[Any]) -> View[Any]:
    """The view, with a fold that cannot bear one dossier's decision."""

    def project(row: Any, recorded: Recorded, key: str) -> Any:
        if recorded.name == "dossier.decided":
            raise ZeroDivisionError(CODE)
        return view.project(row, recorded, key)

    return replace(view, project=project)


async def test_13_a_poisoned_event_parks_its_dossier_and_a_fix_heals_it(database_url: str) -> None:
    async with running_service(database_url) as service:
        await told(service)
        whole = rows_of(database_url)
        rebuild(database_url, [broken(TRANSFERS)])

        (parked,) = list_parked(database_url)
        assert (parked.view, parked.key) == ("transfers", CODE)
        assert "ZeroDivisionError" in parked.error
        assert CODE not in parked.error
        other = await service.province.reads(f"/v1/dossiers/{OTHER_CODE}")
        assert other["step"] == "received"
        # What comes later waits behind it, and nothing stops.
        await service.province.writes(f"/v1/dossiers/{OTHER_CODE}/steps", {"step": "withdrawn"})
        assert (await service.province.reads(f"/v1/dossiers/{OTHER_CODE}"))["step"] == "withdrawn"

        assert retry_parked(database_url, [broken(TRANSFERS)]) == 0
        assert retry_parked(database_url, VIEWS) == 1
        assert list_parked(database_url) == []
        healed = rows_of(database_url)["transfers"]
        assert [row for row in healed if CODE in row[0]] == [
            row for row in whole["transfers"] if CODE in row[0]
        ]


async def test_14_a_rebuilt_view_equals_the_live_one_byte_for_byte(database_url: str) -> None:
    async with running_service(database_url) as service:
        await told(service)
        live = rows_of(database_url)
        assert all(live[view.table.name] for view in VIEWS)
        rebuild(database_url, VIEWS, batch_size=7)
        assert rows_of(database_url) == live


@pytest.mark.parametrize("batch_size", [1, 1000])
async def test_14_readers_see_the_old_view_until_the_new_one_has_caught_up(
    database_url: str, batch_size: int
) -> None:
    async with running_service(database_url) as service:
        await told(service)
        missing: list[int] = []
        done = threading.Event()

        def read() -> None:
            question = "SELECT count(*) FROM views.transfers"
            with psycopg.connect(database_url, autocommit=True) as connection:
                while not done.is_set():
                    row = connection.execute(question).fetchone()
                    missing.append(2 - (row[0] if row else 0))

        reader = threading.Thread(target=read)
        reader.start()
        seen: list[tuple[str, int, int]] = []
        rebuild(
            database_url, VIEWS, batch_size=batch_size, progress=lambda *told: seen.append(told)
        )
        done.set()
        reader.join()
        assert set(missing) == {0}
        assert seen[-1][1] == seen[-1][2] > 0


async def test_14_a_rebuild_that_was_killed_leaves_the_live_view_and_can_be_done_again(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        await told(service)
        live = rows_of(database_url)

        def killed(view: str, done: int, total: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            rebuild(database_url, VIEWS, batch_size=5, progress=killed)
        assert rows_of(database_url) == live
        rebuild(database_url, VIEWS)
        assert rows_of(database_url) == live


async def test_14_the_runner_goes_on_where_the_rebuilt_view_stands(database_url: str) -> None:
    async with running_service(database_url) as service:
        await told(service)
        rebuild(database_url, VIEWS)
        await service.province.writes(f"/v1/dossiers/{OTHER_CODE}/steps", {"step": "withdrawn"})
        assert (await service.province.reads(f"/v1/dossiers/{OTHER_CODE}"))["step"] == "withdrawn"
        second = Runner(database_url, service.parts.store, VIEWS)
        assert second.run_batch() == 0
        second.close()
