"""Brings views up to the code that runs: other tables, another law, a corrected calendar.

A view whose tables are made otherwise is rebuilt from the log. One that only computes by something
else is computed anew from its own rows, batch by batch between those of its runner: a corrected
calendar reaches a hundred thousand dossiers without reading their events again.
"""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, Final

import structlog
from psycopg import Connection

from projections.folding import recompute_rows
from projections.rebuild import rebuild
from projections.runner import connect
from projections.tables import CHANNEL, ensure_tables, shape_of
from projections.view import View

_MADE: Final = "SELECT shape, basis FROM view_position WHERE name = %s"
_LOCK: Final = "SELECT FROM view_position WHERE name = %s FOR UPDATE"
_DONE: Final = "UPDATE view_position SET basis = %s WHERE name = %s"

Progress = Callable[[str, int], None]
"""Told the view, and how many of its rows have been looked at."""

_log = structlog.get_logger()


def renew(url: str, views: Sequence[View[Any]], *, batch_size: int = 1000) -> list[str]:
    """Renew what was made by something else; says which views.

    Raises `AlreadyRebuilding` when another process rebuilds one of them.
    """
    renewed = []
    with connect(url) as connection:
        ensure_tables(connection, views)
        for view in views:
            made = connection.execute(_MADE, [view.name]).fetchone()
            if made == (shape_of(view), view.basis):
                continue
            started = perf_counter()
            if made is None or made[0] != shape_of(view):
                rebuild(url, [view])
            else:
                recompute(connection, view, batch_size=batch_size)
            seconds = round(perf_counter() - started, 2)
            _log.info("view-renewed", view=view.name, basis=view.basis, seconds=seconds)
            renewed.append(view.name)
    return renewed


def recompute(
    connection: Connection[Any],
    view: View[Any],
    *,
    batch_size: int = 1000,
    progress: Progress = lambda _view, _rows: None,
) -> None:
    """Compute every row anew. Stopped halfway, it begins again and finds the first rows done."""
    seen, last = 0, ""
    while True:
        with connection.transaction(), connection.cursor(binary=True) as cursor:
            cursor.execute(_LOCK, [view.name])  # The runner waits for one batch.
            keys = recompute_rows(cursor, view, last, batch_size)
            if not keys:
                cursor.execute(_DONE, [view.basis, view.name])
            cursor.execute(f"NOTIFY {CHANNEL}")
        if not keys:
            return
        seen, last = seen + len(keys), keys[-1]
        progress(view.name, seen)
