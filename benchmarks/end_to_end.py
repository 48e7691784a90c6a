"""From a carrier's push to every view: web and worker as two processes, as in production.

Cost of a scan: receiving, intake and every view, each in its batches. A push is visible when every
view has passed the position of its event.
"""

import threading
import time
from bisect import bisect_left

import psycopg

from benchmarks.figures import Figure, percentile
from benchmarks.load import closed_loop, open_loop
from benchmarks.receiving import all_well
from benchmarks.service import Bench, bench_on, numbers_of, pushes, scans
from deploy.embedded_postgres import EmbeddedPostgres
from projections.views import VIEWS
from tests.support.processes import serving, start

SCANS = 25_000
STEADY_PER_SECOND = 500.0
STEADY_SECONDS = 12.0
GIVE_UP_SECONDS = 90.0
_LOOK_SECONDS = 0.004

_SLOWEST = "SELECT min(position), count(*) FROM view_position"
_POSITION_OF_RECEIPT = """
SELECT (convert_from(state, 'UTF8')::jsonb -> 'metadata' -> 'source' ->> 'id')::bigint, notification_id
FROM stored_events WHERE topic = 'waybill.reported'"""


def measure(server: EmbeddedPostgres, scale: float) -> list[Figure]:
    with bench_on(server, "end_to_end") as bench:
        many, steady = int(SCANS * scale), int(STEADY_PER_SECOND * STEADY_SECONDS)
        told = scans(many + steady)
        bench.book(numbers_of(told))
        requests = pushes(bench, told)
        worker = start("worker", bench.url)
        try:
            with serving(bench.url, "web") as web:
                wait_until_seen(bench)
                began = time.perf_counter()
                received = all_well(closed_loop(web.port, requests[:many]))
                wait_until_seen(bench)
                sustained = many / (time.perf_counter() - began)
                watch = Watch(bench.url)
                answers = all_well(open_loop(web.port, requests[many:], STEADY_PER_SECOND))
                wait_until_seen(bench)
                watch.stop()
        finally:
            worker.stop()
        visible = visibility(bench, watch, answers.sent_at, many)
    return [
        Figure(
            name="push to every view, sustained", value=sustained, unit="scans/s", required=2500,
            against=f"acknowledged at {received.per_second:,.0f}/s",
        ),
        Figure(
            name="push to every view, p99 at 500/s", value=percentile(visible, 0.99), unit="s",
            required=1.0, better="less", against=f"median {percentile(visible, 0.5):.3f} s",
        ),
    ]  # fmt: skip


def wait_until_seen(bench: Bench, give_up_seconds: float = GIVE_UP_SECONDS) -> None:
    """Until every receipt is in the log, and every view has seen the whole log."""
    give_up = time.monotonic() + give_up_seconds
    while time.monotonic() < give_up:
        waiting = bench.count(
            "SELECT count(*) FROM receipt WHERE position > coalesce((SELECT notification_id"
            " FROM notification_tracking WHERE application_name = 'inbox'), 0)"
        )
        views = bench.count("SELECT count(*) FROM view_position")
        behind = bench.count(
            "SELECT (SELECT coalesce(max(notification_id), 0) FROM stored_events)"
            " - coalesce(min(position), 0) FROM view_position"
        )
        if not waiting and not behind and views == len(VIEWS):
            return
        time.sleep(0.02)
    raise TimeoutError("The views did not catch up.")


class Watch:
    """Looks every few milliseconds how far the slowest view is."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stop = threading.Event()
        self.times: list[float] = []
        self.positions: list[int] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def seen_at(self, position: int) -> float:
        """When every view had first passed a position, as far as was looked."""
        return self.times[bisect_left(self.positions, position)]

    def _run(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._stop.wait(_LOOK_SECONDS):
                row = connection.execute(_SLOWEST).fetchone()
                if row is not None:
                    self.times.append(time.time())
                    self.positions.append(row[0])


def visibility(bench: Bench, watch: Watch, sent_at: list[float], skipped: int) -> list[float]:
    """Seconds from each push's due time until every view showed it."""
    with psycopg.connect(bench.url) as connection:
        positions: dict[int, int] = dict(connection.execute(_POSITION_OF_RECEIPT).fetchall())
    # Receipts are numbered as they came in, so the last ones are those of the steady load.
    receipts = sorted(positions)[skipped:]
    return sorted(
        max(0.0, watch.seen_at(positions[receipt]) - at)
        for receipt, at in zip(receipts, sorted(sent_at), strict=True)
    )
