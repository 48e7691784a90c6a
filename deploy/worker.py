"""Loops that work off what has come in: each takes a batch, and waits for a notice when there is none.

A loop may run in any number of processes over one database. One of them leads, by an advisory lock;
the others stand by and take over when its connection is gone. That spares double work and nothing
else: what makes a batch happen once is its position, in the batch's own transaction.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from zlib import crc32

import psycopg
import structlog

from logistics.errors import Unavailable

STAND_BY_SECONDS: Final = 0.5
ASK_SECONDS: Final = 1.0
PAUSE_SECONDS: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # After one failure in a row, two, three …
_LOCK_CLASS: Final = 0x6C63  # "lc": the first half of every lock of ours.

_log = structlog.get_logger()


def _nothing() -> None:
    """Most tasks have nothing to begin with, and nothing to close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing to do over and over.

    `step` works off one batch and says how much it was, 0 when there was nothing; `wait` returns
    when there may be more, or after as many seconds. `begin` is called whenever this process takes the
    lead, since another may have worked meanwhile, and `close` once, at the end.
    """

    name: str
    step: Callable[[], int]
    wait: Callable[[float], object]
    begin: Callable[[], object] = _nothing
    close: Callable[[], object] = _nothing


class Worker:
    """Runs each task on a thread of its own, until it is told to stop."""

    def __init__(self, url: str, tasks: Sequence[Task], *, poll_interval_seconds: float) -> None:
        self._url = url
        self._poll_interval_seconds = poll_interval_seconds
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=[task], name=task.name) for task in tasks
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_seconds: float) -> bool:
        """Let every task finish the batch in hand; False when one did not in time."""
        self._stopping.set()
        give_up = time.monotonic() + timeout_seconds
        for thread in self._threads:
            thread.join(max(0.0, give_up - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self, task: Task) -> None:
        try:
            self._lead_and_work(task)
        finally:
            task.close()

    def _lead_and_work(self, task: Task) -> None:
        """Lead, work, and start over after whatever went wrong."""
        failures = 0
        while not self._stopping.is_set():
            try:
                with self._leading(task.name) as leads:
                    task.begin()
                    while leads() and not self._stopping.is_set():
                        self._work(task)
                        failures = 0
            except (Unavailable, psycopg.OperationalError, psycopg.InterfaceError) as error:
                _log.warning("worker-interrupted", worker=task.name, error_type=_name(error))
            except Exception:  # noqa: BLE001  # A task that failed starts over; the others go on.
                _log.exception("worker-failed", worker=task.name)
            failures += 1
            self._stopping.wait(PAUSE_SECONDS[min(failures, len(PAUSE_SECONDS)) - 1])

    def _work(self, task: Task) -> None:
        if not task.step() and not self._stopping.is_set():
            task.wait(self._poll_interval_seconds)

    @contextmanager
    def _leading(self, name: str) -> Iterator[Callable[[], bool]]:
        """Stand by until this process leads; then answers whether it still does."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._stopping.is_set() and not _take_lead(connection, name):
                self._stopping.wait(STAND_BY_SECONDS)
            _log.info("worker-leads", worker=name)
            yield _Lead(connection)


class _Lead:
    """Whether the connection that holds the lock is still there; asked of PostgreSQL once a second.

    A task's own connections are replaced when PostgreSQL restarts, so it might never notice.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._asked_at = time.monotonic()

    def __call__(self) -> bool:
        if time.monotonic() >= self._asked_at + ASK_SECONDS:
            self._connection.execute("SELECT")
            self._asked_at = time.monotonic()
        return True


def every(seconds: float, work: Callable[[], object]) -> Callable[[], int]:
    """A step that does `work` when it is due, and nothing in between."""
    due = 0.0

    def step() -> int:
        nonlocal due
        if time.monotonic() >= due:
            work()
            due = time.monotonic() + seconds
        return 0

    return step


def _take_lead(connection: psycopg.Connection[Any], name: str) -> bool:
    lock = [_LOCK_CLASS, crc32(name.encode()) & 0x7FFF_FFFF]
    row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", lock).fetchone()
    return row is not None and bool(row[0])


def _name(error: Exception) -> str:
    return type(error).__name__
