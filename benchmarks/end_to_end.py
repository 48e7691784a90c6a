"""From a carrier's push to every view: web and worker as two processes, as in production.

Cost of a scan: receiving, intake and every view, each in its batches. A push is visible when every
view has passed the position of its event. The clocks, which compute what is owed and find what fell
due all the while, follow by themselves and are measured by themselves.
"""

import threading
import time
from bisect import bisect_left
from collections.abc import Sequence

import psycopg

from benchmarks.figures import Figure, percentile
from benchmarks.load import closed_loop, open_loop
from benchmarks.receiving import all_well
from benchmarks.service import Bench, bench_on, numbers_of, pushes, scans
from deploy.embedded_postgres import EmbeddedPostgres
from projections.clocks import CLOCKS
from projections.views import NAMES
from tests.support.processes import serving, start

SCANS = 25_000
STEADY_PER_SECOND = 500.0
STEADY_SECONDS = 12.0
CLOCKS_PER_SECOND = 300.0
GIVE_UP_SECONDS = 90.0
_LOOK_SECONDS = 0.004

_PLAIN = [name for name in NAMES if name != CLOCKS]
_SLOWEST = "SELECT min(position) FROM view_position WHERE name = ANY(%s)"
_BEHIND = """
SELECT (SELECT count(*) FROM receipt WHERE position > coalesce((SELECT notification_id
        FROM notification_tracking WHERE application_name = 'inbox'), 0)),
    (SELECT coalesce(max(notification_id), 0) FROM stored_events) - coalesce(min(position), 0)
FROM view_position WHERE name = ANY(%s)"""
_POSITION_OF_RECEIPT = """
SELECT (convert_from(state, 'UTF8')::jsonb -> 'metadata' -> 'source' ->> 'id')::bigint, notification_id
FROM stored_events WHERE topic = 'waybill.reported'"""


def measure(server: EmbeddedPostgres, scale: float) -> list[Figure]:
    with bench_on(server, "end_to_end") as bench:
        many = int(SCANS * scale)
        steady, timed = (
            int(STEADY_PER_SECOND * STEADY_SECONDS),
            int(CLOCKS_PER_SECOND * STEADY_SECONDS),
        )
        told = scans(many + steady + timed)
        bench.book(numbers_of(told))
        requests = pushes(bench, told)
        worker = start("worker", bench.url)
        try:
            with serving(bench.url, "web") as web:
                wait_until_seen(bench)
                began = time.perf_counter()
                received = all_well(closed_loop(web.port, requests[:many]))
                wait_until_seen(bench, _PLAIN)
                sustained = many / (time.perf_counter() - began)
                plain = _visibility(
                    bench, web.port, requests[many : many + steady], STEADY_PER_SECOND, _PLAIN
                )
                clocks = _visibility(
                    bench, web.port, requests[many + steady :], CLOCKS_PER_SECOND, [CLOCKS]
                )
        finally:
            worker.stop()
    return [
        Figure(
            name="push to every view, sustained", value=sustained, unit="scans/s", required=2500,
            against=f"acknowledged at {received.per_second:,.0f}/s",
        ),
        Figure(
            name="push to every view, p99 at 500/s", value=percentile(plain, 0.99), unit="s",
            required=1.0, better="less", against=f"median {percentile(plain, 0.5):.3f} s",
        ),
        Figure(
            name="push to the clocks, p99 at 300/s", value=percentile(clocks, 0.99), unit="s",
            required=1.5, better="less", against=f"median {percentile(clocks, 0.5):.3f} s",
        ),
    ]  # fmt: skip


def wait_until_seen(
    bench: Bench, views: Sequence[str] = NAMES, give_up_seconds: float = GIVE_UP_SECONDS
) -> None:
    """Until every receipt is in the log, and these views have seen the whole log."""
    give_up = time.monotonic() + give_up_seconds
    with psycopg.connect(bench.url, autocommit=True) as connection:
        while time.monotonic() < give_up:
            waiting, behind = connection.execute(_BEHIND, [list(views)]).fetchone() or (1, 1)
            if not waiting and not behind:
                return
            time.sleep(0.02)
    raise TimeoutError("The views did not catch up.")


def _visibility(
    bench: Bench, port: int, requests: Sequence[bytes], per_second: float, views: Sequence[str]
) -> list[float]:
    """Seconds from each push's due time until these views showed it, at a steady rate."""
    wait_until_seen(bench)
    already = bench.count("SELECT count(*) FROM receipt")
    watch = Watch(bench.url, views)
    answers = all_well(open_loop(port, requests, per_second))
    wait_until_seen(bench)
    watch.stop()
    return visibility(bench, watch, answers.sent_at, already)


class Watch:
    """Looks every few milliseconds how far the slowest of some views is."""

    def __init__(self, url: str, views: Sequence[str]) -> None:
        self._url = url
        self._views = list(views)
        self._stop = threading.Event()
        self.times: list[float] = []
        self.positions: list[int] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def seen_at(self, position: int) -> float:
        """When all of them had first passed a position, as far as was looked."""
        return self.times[bisect_left(self.positions, position)]

    def _run(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._stop.wait(_LOOK_SECONDS):
                row = connection.execute(_SLOWEST, [self._views]).fetchone()
                if row is not None:
                    self.times.append(time.time())
                    self.positions.append(row[0])


def visibility(bench: Bench, watch: Watch, sent_at: list[float], skipped: int) -> list[float]:
    """Seconds from each push's due time until it was seen, for pushes behind the first ones."""
    with psycopg.connect(bench.url) as connection:
        positions: dict[int, int] = dict(connection.execute(_POSITION_OF_RECEIPT).fetchall())
    # Receipts are numbered as they came in, so the last ones are those of the steady load.
    receipts = sorted(positions)[skipped : skipped + len(sent_at)]
    return sorted(
        max(0.0, watch.seen_at(positions[receipt]) - at)
        for receipt, at in zip(receipts, sorted(sent_at), strict=True)
    )
