"""Signed and durable acknowledgement of pushes.

Cost of a push: one look-up of its secret among those at hand, one SHA-256, one AES-GCM of the body, a
place in the next batch; of a batch: one round trip, one insert, one flush of the disk.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.figures import Figure, percentile
from benchmarks.load import Answers, closed_loop, open_loop
from benchmarks.service import Bench, bench_on, pushes, scans
from deploy.database import create_database
from deploy.embedded_postgres import EmbeddedPostgres
from deploy.working import make_intake
from tests.support.processes import Running, free_port, serving, wait_until_up

PUSHES = 30_000
SAVES = 3_000
HALF_LOAD_SECONDS = 8.0


@contextmanager
def bare(*arguments: str) -> Iterator[int]:
    """A baseline's process; gives its port."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.bare", str(port), *arguments]
    process = subprocess.Popen(command)
    try:
        wait_until_up(Running(process, port), "/", any_status=True)
        yield port
    finally:
        process.terminate()
        process.wait()


def all_well(answers: Answers) -> Answers:
    if set(answers.statuses) != {200}:
        raise RuntimeError(f"Not every request was answered well: {answers.statuses}.")
    return answers


def measure(server: EmbeddedPostgres, scale: float) -> list[Figure]:
    with bench_on(server, "receiving") as bench:
        count = int(PUSHES * scale)
        told = pushes(bench, scans(2 * count + int(count * HALF_LOAD_SECONDS)))
        with bare() as port:
            hmac_only = max(closed_loop(port, told[:count]).per_second for _ in range(2))
        create_database(server.url("postgres"), "aggregates")
        with bare(server.url("aggregates")) as port:
            saved = all_well(closed_loop(port, told[: int(SAVES * scale)])).per_second
        with serving(bench.url, "web") as running:
            third = (
                count // 3
            )  # The first is to warm up; of the others, as of the baseline, the best.
            durable = max(
                all_well(closed_loop(running.port, part)).per_second
                for part in (told[:third], told[third : 2 * third], told[2 * third : count])
            )
            half = durable / 2
            rest = told[count : count + int(half * HALF_LOAD_SECONDS)]
            waited = all_well(open_loop(running.port, rest, half)).latencies
        verify(bench, count + len(rest))
    return [
        Figure(
            name="durable acknowledgement / bare HMAC handler", value=durable / hmac_only,
            unit="×", required=0.40, against=f"{durable:,.0f}/s of {hmac_only:,.0f}/s",
        ),
        Figure(
            name="durable acknowledgement / one aggregate saved a request", value=durable / saved,
            unit="×", required=8, against=f"{durable:,.0f}/s to {saved:,.0f}/s",
        ),
        Figure(
            name="acknowledgement p99 at half the saturation rate", value=percentile(waited, 0.99) * 1000,
            unit="ms", required=25, better="less", against=f"{half:,.0f}/s for {HALF_LOAD_SECONDS:g} s",
        ),
    ]  # fmt: skip


def verify(bench: Bench, acknowledged: int) -> None:
    """Every push that was acknowledged is in the inbox once, and in the log after intake."""
    kept = bench.count("SELECT count(*) FROM receipt")
    intake = make_intake(bench.parts)
    while intake.run_batch():
        pass
    intake.close()
    told = bench.count("SELECT count(*) FROM stored_events WHERE topic = 'waybill.reported'")
    aside = bench.count("SELECT count(*) FROM quarantine")
    if not acknowledged == kept == told + aside:
        raise RuntimeError(f"{acknowledged} acknowledged, {kept} kept, {told} told, {aside} aside.")
