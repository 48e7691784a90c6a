"""The work behind the web: intake, views, housekeeping; each a task that any process may run."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import psycopg

from deploy.parts import Parts
from deploy.worker import Task, Worker, every
from logistics.web import idempotency
from projections import lookup
from projections.runner import Runner
from projections.views import VIEWS
from webhooks.intake import Intake

KEEP_ANSWERS: Final = timedelta(days=30)  # Longer than anybody sends the same request again.
HOUSEKEEPING_SECONDS: Final = 3600.0


class TaskName(StrEnum):
    """What a worker can do."""

    INTAKE = "intake"
    VIEWS = "views"
    HOUSEKEEPING = "housekeeping"


ALL_TASKS: Final = tuple(TaskName)


def make_worker(parts: Parts, names: Sequence[TaskName]) -> Worker:
    """A worker for these tasks; without any, one that has nothing to do."""
    make = {
        TaskName.INTAKE: _intake,
        TaskName.VIEWS: _views,
        TaskName.HOUSEKEEPING: _housekeeping,
    }
    return Worker(
        parts.database.url,
        [make[name](parts) for name in names],
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
    runner = Runner(
        parts.database.url, parts.store, VIEWS, batch_size=parts.settings.projection_batch_size
    )
    return Task(name=TaskName.VIEWS, step=runner.run_batch, wait=runner.wait)


def _housekeeping(parts: Parts) -> Task:
    step = every(HOUSEKEEPING_SECONDS, lambda: _tidy(parts.database.url))
    return Task(name=TaskName.HOUSEKEEPING, step=step, wait=time.sleep)


def _tidy(url: str) -> None:
    """Forget what nobody will ask for again."""
    with psycopg.connect(url) as connection:
        now = datetime.now(UTC)
        idempotency.forget(connection.cursor(), now - KEEP_ANSWERS)
        lookup.forget_failures(connection.cursor(), now)
