"""Folding the log into each view; the clocks, which also compute, have a measure of their own.

Cost of a batch of 1,000 events for a view: one query for the rows they touch, one upsert, its position
in the same transaction. The baseline is reading the same log without folding it.
"""

from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import Any

from benchmarks.figures import Figure
from benchmarks.intake import take_in, written
from benchmarks.service import Bench, bench_on, numbers_of, scans
from deploy.embedded_postgres import EmbeddedPostgres
from projections.runner import Runner
from projections.view import View
from projections.views import PLAIN

SCANS = 30_000
_BATCH = 1000


def measure(server: EmbeddedPostgres, scale: float) -> list[Figure]:
    with bench_on(server, "views") as bench:
        told = scans(int(SCANS * scale))
        bench.book(numbers_of(told))
        take_in(bench, written(told))
        events = bench.count("SELECT count(*) FROM stored_events")
        reading = events / _timed(lambda: _read_all(bench))
        figures = []
        for view in PLAIN:
            rate = events / _timed(partial(feed, [view], bench))
            figures.append(
                Figure(
                    name=f"view {view.name}", value=rate, unit="events/s", required=20_000,
                    against=f"reading alone {reading:,.0f}/s",
                )
            )  # fmt: skip
    return figures


def feed(views: Sequence[View[Any]], bench: Bench) -> None:
    """Feed views to the end of the log."""
    runner = Runner(bench.url, bench.parts.store, views, batch_size=_BATCH)
    while runner.run_batch():
        pass
    runner.close()


def _read_all(bench: Bench) -> None:
    position = 0
    while batch := bench.parts.store.read(position, _BATCH):
        position = batch[-1].position


def _timed(work: Callable[[], None]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started
