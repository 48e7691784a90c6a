"""Work that gives way: what is less urgent waits while pushes wait to be taken in, a moment at most.

Where a dossier is has to be known at once, and whether it is late within seconds; on a machine that is
busy with a burst of pushes the second must not slow down the first.
"""

import time
from collections.abc import Callable
from typing import Any, Final

import psycopg

REST_SECONDS: Final = 1.0
"""For so long, at most, is work put off."""

_LOOK_SECONDS: Final = 0.1
_MANY: Final = 300

_WAITING: Final = """
SELECT (SELECT coalesce(max(position), 0) FROM receipt) - coalesce(
    (SELECT notification_id FROM notification_tracking WHERE application_name = 'inbox'), 0)"""


class GivingWay:
    """A step that gives way to the inbox."""

    def __init__(self, url: str, step: Callable[[], int]) -> None:
        self._url = url
        self._step = step
        self._connection: psycopg.Connection[Any] | None = None
        self._worked_at = 0.0

    def __call__(self) -> int:
        """Do the step, unless it was done within a second and many pushes wait."""
        if time.monotonic() < self._worked_at + REST_SECONDS and self._waiting() > _MANY:
            time.sleep(_LOOK_SECONDS)
            return 0
        done = self._step()
        self._worked_at = time.monotonic()
        return done

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _waiting(self) -> int:
        if self._connection is None or self._connection.closed or self._connection.broken:
            self._connection = psycopg.connect(self._url, autocommit=True)
        row = self._connection.execute(_WAITING).fetchone()
        return int(row[0]) if row else 0
