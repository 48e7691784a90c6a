"""Citizens' look-ups, with a short log and with a long one; and the memory of projecting the long one.

Cost of a look-up: one query by a unique index, one ciphertext opened, whatever the length of the log.
"""

import threading
from random import Random

import psutil

from benchmarks.end_to_end import wait_until_seen
from benchmarks.figures import Figure, percentile
from benchmarks.load import closed_loop, open_loop
from benchmarks.receiving import all_well
from benchmarks.service import PHONE, Bench, bench_on, request
from deploy.embedded_postgres import EmbeddedPostgres
from tests.support.processes import serving, start

SHORT_LOG, LONG_LOG = 10_000, 1_000_000
EVENTS_A_DOSSIER = 4
LOOK_UPS = 12_000
CONNECTIONS = 16
STEADY_PER_SECOND, STEADY_SECONDS = 200.0, 8.0
PROJECTING_SECONDS = 900.0


def measure(server: EmbeddedPostgres, scale: float) -> list[Figure]:
    with bench_on(server, "tracking") as bench:
        grow(bench, SHORT_LOG)
        project(bench)
        short = look_up(bench, int(LOOK_UPS * scale))
        grow(bench, int(LONG_LOG * scale))
        memory = project(bench)
        long = look_up(bench, int(LOOK_UPS * scale))
        steady = _steady(bench)
        events = bench.count("SELECT count(*) FROM stored_events")
    thirds = len(memory) // 3
    growth = max(memory[2 * thirds :]) / max(memory[thirds : 2 * thirds])
    return [
        Figure(
            name=f"look-ups, {events:,} events in the log", value=long, unit="/s", required=1500,
            against=f"{short:,.0f}/s with {SHORT_LOG:,}",
        ),
        Figure(
            name="look-ups, time with the long log / with the short one", value=short / long,
            unit="×", required=1.3, better="less",
        ),
        Figure(
            name="look-ups, p99 at 200/s", value=percentile(steady, 0.99) * 1000, unit="ms",
            required=15, better="less",
        ),
        Figure(
            name=f"memory of a worker projecting {events:,} events: last third / second third",
            value=growth, unit="×", required=1.1, better="less",
            against=f"at most {max(memory) / 2**20:,.0f} MiB",
        ),
    ]  # fmt: skip


def grow(bench: Bench, events: int) -> None:
    """Book dossiers until the log is this long."""
    missing = events - bench.count("SELECT count(*) FROM stored_events")
    known = len(bench.lookup_codes)
    count = missing // EVENTS_A_DOSSIER
    bench.book([("ghn", f"{known + number:09}") for number in range(count)])


def project(bench: Bench) -> list[int]:
    """Let a worker's process feed every view, and look at its memory meanwhile."""
    worker = start("worker", bench.url)
    samples: list[int] = []
    stop = threading.Event()

    def look() -> None:
        process = psutil.Process(worker.process.pid)
        while not stop.wait(0.5):
            samples.append(process.memory_info().rss)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        wait_until_seen(bench, give_up_seconds=PROJECTING_SECONDS)
    finally:
        stop.set()
        thread.join()
        worker.stop()
    return samples


def look_up(bench: Bench, count: int) -> float:
    """Right look-ups of dossiers at random, as fast as they are answered; how many a second."""
    with serving(bench.url, "web") as web:
        requests = _requests(bench, count)
        all_well(closed_loop(web.port, requests[: count // 10], CONNECTIONS))
        return all_well(closed_loop(web.port, requests[count // 10 :], CONNECTIONS)).per_second


def _steady(bench: Bench) -> list[float]:
    with serving(bench.url, "web") as web:
        requests = _requests(bench, int(STEADY_PER_SECOND * STEADY_SECONDS))
        all_well(closed_loop(web.port, requests[:100], 8))
        return all_well(open_loop(web.port, requests, STEADY_PER_SECOND, 32)).latencies


def _requests(bench: Bench, count: int) -> list[bytes]:
    dice = Random(count)  # noqa: S311  # It picks dossiers to look up.
    codes = dice.choices(bench.lookup_codes, k=count)
    return [request("GET", f"/v1/tracking/{code}?phone={PHONE[-4:]}") for code in codes]
