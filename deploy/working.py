"""The work behind the web, each a task that any process may run: intake, views, clocks, notices."""

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import psycopg
import uvloop

from deploy.giving_way import GivingWay
from deploy.parts import Parts
from deploy.settings import Settings
from deploy.worker import Task, Worker, every
from logistics.web import idempotency
from partners.provincial import Connection, Pusher
from projections import lookup
from projections.clocks import CLOCKS
from projections.renewal import renew
from projections.runner import Runner
from projections.sweeper import Sweeper
from projections.view import View
from webhooks.delivery import Deliverer
from webhooks.intake import Intake
from webhooks.notices import Planner, forget_attempts

KEEP_ANSWERS: Final = timedelta(days=30)  # Longer than anybody sends the same request again.
KEEP_ATTEMPTS: Final = timedelta(days=90)
HOUSEKEEPING_SECONDS: Final = 3600.0


class TaskName(StrEnum):
    """What a worker can do; `provincial` only where the portal's address is set."""

    INTAKE = "intake"
    VIEWS = "views"
    CLOCKS = "clocks"
    SWEEPING = "sweeping"
    RENEWAL = "renewal"
    NOTICES = "notices"
    DELIVERY = "delivery"
    PROVINCIAL = "provincial"
    HOUSEKEEPING = "housekeeping"


ALL_TASKS: Final = tuple(TaskName)


def make_worker(parts: Parts, names: Sequence[TaskName]) -> Worker:
    """A worker for these tasks; without any, one that has nothing to do."""
    make = {
        TaskName.INTAKE: _intake,
        TaskName.VIEWS: _views,
        TaskName.CLOCKS: _clocks,
        TaskName.SWEEPING: _sweeping,
        TaskName.RENEWAL: _renewal,
        TaskName.NOTICES: _notices,
        TaskName.DELIVERY: _delivery,
        TaskName.PROVINCIAL: _provincial,
        TaskName.HOUSEKEEPING: _housekeeping,
    }
    return Worker(
        parts.database.url,
        [
            make[name](parts)
            for name in names
            if name is not TaskName.PROVINCIAL or parts.settings.provincial_url is not None
        ],
        poll_interval_seconds=parts.settings.poll_interval_seconds,
    )


def make_intake(parts: Parts) -> Intake:
    return Intake(
        parts.database.url,
        parts.store,
        parts.handling,
        parts.carriers,
        parts.vault,
        batch_size=parts.settings.intake_batch_size,
    )


def _intake(parts: Parts) -> Task:
    intake = make_intake(parts)
    return Task(name=TaskName.INTAKE, step=intake.run_batch, wait=intake.wait)


def _views(parts: Parts) -> Task:
    return _feeding(parts, TaskName.VIEWS, [view for view in parts.views if view.name != CLOCKS])


def _clocks(parts: Parts) -> Task:
    """Computing due times takes longer than folding, and nobody's tracking is to wait for it."""
    views = [view for view in parts.views if view.name == CLOCKS]
    return _giving_way(parts, _feeding(parts, TaskName.CLOCKS, views))


def _giving_way(parts: Parts, task: Task) -> Task:
    step = GivingWay(parts.database.url, task.step)
    return replace(task, step=step, close=step.close)


def _feeding(parts: Parts, name: TaskName, views: Sequence[View[Any]]) -> Task:
    size = parts.settings.projection_batch_size
    runner = Runner(parts.database.url, parts.store, views, batch_size=size)
    return Task(name=name, step=runner.run_batch, wait=runner.wait)


def _sweeping(parts: Parts) -> Task:
    sweeper = Sweeper(parts.database.url, parts.store, parts.basis)
    task = Task(name=TaskName.SWEEPING, step=sweeper.run_batch, wait=sweeper.wait)
    return _giving_way(parts, task)


def _renewal(parts: Parts) -> Task:
    """Once, by whoever leads: what was made by other code or another calendar is made anew."""
    step = every(math.inf, lambda: renew(parts.database.url, parts.views))
    return Task(name=TaskName.RENEWAL, step=step, wait=time.sleep)


def _notices(parts: Parts) -> Task:
    planner = Planner(parts.database.url, parts.store)
    return Task(
        name=TaskName.NOTICES, step=planner.run_batch, wait=planner.wait, close=planner.close
    )


def make_deliverer(parts: Parts) -> Deliverer:
    return Deliverer(
        parts.database.url,
        parts.vault,
        parts.handling,
        allowed_networks=parts.settings.allowed_networks(),
    )


def _delivery(parts: Parts) -> Task:
    """An event loop of its own, which stands still between two turns, for no longer than that."""
    deliverer = make_deliverer(parts)
    loop = asyncio.Runner(loop_factory=uvloop.new_event_loop)

    def close() -> None:
        loop.run(deliverer.close())
        loop.close()

    return Task(
        name=TaskName.DELIVERY,
        step=lambda: loop.run(deliverer.turn()),
        wait=lambda seconds: loop.run(deliverer.idle(seconds)),
        begin=deliverer.start_over,
        close=close,
    )


def make_pusher(parts: Parts) -> Pusher:
    return Pusher(
        parts.database.url,
        parts.store,
        parts.vault,
        parts.basis,
        _portal(parts.settings),
        allowed_networks=parts.settings.allowed_networks(),
    )


def _portal(settings: Settings) -> Connection:
    """Where the portal is; the settings are checked to be whole."""
    password = settings.provincial_password
    return Connection(
        url=settings.provincial_url or "",
        login_url=settings.provincial_login_url or "",
        user=settings.provincial_user or "",
        password="" if password is None else password.get_secret_value(),
        unit=settings.provincial_unit,
    )


def _provincial(parts: Parts) -> Task:
    """On an event loop of its own, as delivery is."""
    pusher = make_pusher(parts)
    loop = asyncio.Runner(loop_factory=uvloop.new_event_loop)

    def close() -> None:
        loop.run(pusher.close())
        loop.close()

    return Task(
        name=TaskName.PROVINCIAL,
        step=lambda: loop.run(pusher.turn()),
        wait=lambda seconds: loop.run(pusher.idle(seconds)),
        begin=pusher.start_over,
        close=close,
    )


def _housekeeping(parts: Parts) -> Task:
    step = every(HOUSEKEEPING_SECONDS, lambda: _tidy(parts.database.url))
    return Task(name=TaskName.HOUSEKEEPING, step=step, wait=time.sleep)


def _tidy(url: str) -> None:
    """Forget what nobody will ask for again."""
    with psycopg.connect(url) as connection:
        now = datetime.now(UTC)
        idempotency.forget(connection.cursor(), now - KEEP_ANSWERS)
        lookup.forget_failures(connection.cursor(), now)
        forget_attempts(connection.cursor(), now - KEEP_ATTEMPTS)
