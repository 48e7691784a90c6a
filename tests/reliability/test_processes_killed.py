"""Lines 4, 12 and 15: whatever is killed at whatever moment, nothing acknowledged is lost or doubled."""

import os
import signal
from pathlib import Path
from random import Random

import aiohttp
import psycopg
import pytest

from deploy.database import DATABASE_NAME, create_database, migrate
from deploy.embedded_postgres import EmbeddedPostgres
from deploy.postgres_programs import Programs
from deploy.working import make_intake
from logistics.web import app as kit
from projections.rebuild import rebuild
from projections.runner import Runner
from projections.views import VIEWS
from tests.reliability.test_views_under_fire import rows_of
from tests.support.forked import Forked
from tests.support.processes import Running, wait_until_up
from tests.support.service import parts_of
from tests.support.steady_load import Load, _dossier, steady_load, told_once
from webhooks import inbox

KILLS = 100


def settled(database_url: str) -> None:
    """What the last workers left is worked off, and every view equals one made anew."""
    with parts_of(database_url) as parts:
        intake = make_intake(parts)
        while intake.run_batch():
            pass
        intake.close()
        runner = Runner(database_url, parts.store, VIEWS)
        while runner.run_batch():
            pass
        runner.close()
    live = rows_of(database_url)
    rebuild(database_url, VIEWS)
    assert rows_of(database_url) == live


async def test_12_killing_any_process_a_hundred_times_loses_and_doubles_nothing(
    database_url: str,
) -> None:
    dice = Random(12)
    web, worker = Forked("web", database_url), Forked("worker", database_url)
    for process in (web, worker):
        process.start()
    async with steady_load(database_url, web.url) as load:
        for _ in range(KILLS):
            await load.after(dice.randrange(1, 25))
            killed = dice.choice([web, worker])
            killed.kill()
            killed.start()
        await load.after(25)
    worker.stop()  # It may be starting still, and is ended by the signal then.
    assert web.stop() == 0
    settled(database_url)
    told_once(database_url, load)
    assert load.acknowledged > KILLS


def kill_before_the_push_is_answered() -> None:
    """The process kills itself when a batch is stored and nobody has been told."""

    def settle(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    inbox._settle = settle  # type: ignore[assignment]  # It settles nothing, ever.


def kill_before_the_write_is_answered() -> None:
    """The process kills itself when a write is recorded and nobody has been told."""

    def respond(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    kit._kept_response = respond  # type: ignore[assignment]  # It answers nothing, ever.


async def test_4_a_push_whose_process_died_between_commit_and_answer_is_a_repeat(
    database_url: str,
) -> None:
    web = Forked("web", database_url)
    async with steady_load(database_url, web.url, partners=0) as load:
        web.start(kill_before_the_push_is_answered)
        wait_until_up(_as_running(web))
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientError):
                await _once(session, load)
            assert web.wait() == -signal.SIGKILL
            with psycopg.connect(database_url) as connection:
                assert connection.execute("SELECT count(*) FROM receipt").fetchone() == (1,)
            web.start()
            wait_until_up(_as_running(web))
            assert await _once(session, load) == 200
        web.stop()
    settled(database_url)
    with psycopg.connect(database_url) as connection:
        counted = connection.execute(
            "SELECT (SELECT count(*) FROM receipt), count(*) FROM stored_events"
            " WHERE topic = 'waybill.reported'"
        ).fetchone()
    assert counted == (1, 1)


async def test_4_a_write_whose_process_died_between_commit_and_answer_is_answered_again(
    database_url: str,
) -> None:
    web = Forked("web", database_url)
    async with steady_load(database_url, web.url, partners=0) as load:
        headers = {"Authorization": f"Bearer {load.key}", "Idempotency-Key": "one"}
        web.start(kill_before_the_write_is_answered)
        wait_until_up(_as_running(web))
        async with aiohttp.ClientSession(headers=headers) as session:
            with pytest.raises(aiohttp.ClientError):
                await session.post(f"{web.url}/v1/dossiers", json=_dossier("D-1"))
            assert web.wait() == -signal.SIGKILL
            web.start()
            wait_until_up(_as_running(web))
            async with session.post(f"{web.url}/v1/dossiers", json=_dossier("D-1")) as answer:
                assert answer.status == 201
                assert answer.headers["Idempotency-Replayed"] == "true"
        web.stop()
        load.received.append("D-1")
    told_once(database_url, load)


async def test_15_a_restart_of_postgresql_under_load_loses_nothing(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir)
    server.join()
    create_database(server.url("postgres"), DATABASE_NAME)
    url = server.url(DATABASE_NAME)
    migrate(url)
    web, worker = Forked("web", url), Forked("worker", url)
    web.start()
    worker.start()
    try:
        async with steady_load(url, web.url) as load:
            for how in ("fast", "immediate", "fast"):
                await load.after(60)
                _restart(server, how)
            await load.after(60)
        assert [web.stop(), worker.stop()] == [0, 0]
        settled(url)
        told_once(url, load)
    finally:
        web.kill()
        worker.kill()
        server.leave()


def _restart(server: EmbeddedPostgres, how: str) -> None:
    Programs(server.folder).run(
        "pg_ctl", "restart", "-w", "-m", how, "-D", server.pgdata, "-l", server.pgdata / "server.log"
    )  # fmt: skip


async def _once(session: aiohttp.ClientSession, load: Load) -> int:
    """The same push, word for word."""
    body = (
        b'{"DATA":{"ORDER_NUMBER":"1","ORDER_STATUS":200,"ORDER_STATUSDATE":"01/08/2026 09:00:00"}}'
    )
    headers = {"Content-Type": "application/json"}
    async with session.post(load.url + load.hook, data=body, headers=headers) as answer:
        return answer.status


def _as_running(web: Forked) -> Running:
    return Running(_Alive(), web.port)  # type: ignore[arg-type]  # All that is asked of it.


class _Alive:
    """Stands for a process that is looked after elsewhere."""

    returncode = None

    def poll(self) -> None:
        return None
