"""Signed and durable acknowledgement of pushes.

Cost of a push: one look-up of its secret among those at hand, one SHA-256, one AES-GCM of the body, a
place in the next batch; of a batch: one round trip, one insert, one flush of the disk.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from statistics import median

from benchmarks.figures import Figure, percentile
from benchmarks.load import Answers, closed_loop, open_loop
from benchmarks.service import Bench, bench_on, pushes, scans
from deploy.database import create_database
from deploy.embedded_postgres import EmbeddedPostgres
from deploy.working import make_intake
from tests.support.processes import Running, free_port, serving, wait_until_up

PUSHES = 40_000
ROUNDS = 5
SAVES = 3_000
HALF_LOAD_SECONDS = 8.0

_TOLD = """
SELECT count(DISTINCT (originator_id,
    convert_from(state, 'UTF8')::jsonb -> 'data' -> 'report' ->> 'repeat_key'))
FROM stored_events WHERE topic = 'waybill.reported'"""


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
    """In turn, not one after the other, so that all are measured on the machine as it is then."""
    create_database(server.url("postgres"), "aggregates")
    with (
        bench_on(server, "receiving") as bench,
        bare() as plain,
        bare(server.url("aggregates")) as saving,
        serving(bench.url, "web") as ours,
    ):
        part, few = int(PUSHES * scale) // (ROUNDS + 1), int(SAVES * scale) // ROUNDS
        told = iter(pushes(bench, scans((ROUNDS + 1) * part + int(part * HALF_LOAD_SECONDS))))
        sent = list(islice(told, part))
        all_well(closed_loop(ours.port, sent))  # To warm up.
        hmac_only, saved, durable = [], [], []
        for _ in range(ROUNDS):
            batch = list(islice(told, part))
            sent += batch
            hmac_only.append(closed_loop(plain, batch).per_second)
            durable.append(all_well(closed_loop(ours.port, batch)).per_second)
            saved.append(all_well(closed_loop(saving, batch[:few])).per_second)
        half = median(durable) / 2
        rest = list(islice(told, int(half * HALF_LOAD_SECONDS)))
        waited = all_well(open_loop(ours.port, rest, half)).latencies
        verify(bench, len(sent) + len(rest))
    return [
        Figure(
            name="durable acknowledgement / bare HMAC handler", value=_ratio(durable, hmac_only),
            unit="×", required=0.40,
            against=f"{median(durable):,.0f}/s of {median(hmac_only):,.0f}/s",
        ),
        Figure(
            name="durable acknowledgement / one aggregate saved a request",
            value=_ratio(durable, saved), unit="×", required=8,
            against=f"{median(durable):,.0f}/s to {median(saved):,.0f}/s",
        ),
        Figure(
            name="acknowledgement p99 at half the saturation rate",
            value=percentile(waited, 0.99) * 1000, unit="ms", required=25, better="less",
            against=f"{half:,.0f}/s for {len(rest) / half:.0f} s",
        ),
    ]  # fmt: skip


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the rounds' ratios."""
    return median(a / b for a, b in zip(ours, theirs, strict=True))


def verify(bench: Bench, acknowledged: int) -> None:
    """Every push that was acknowledged is in the inbox once, and in the log after intake."""
    kept = bench.count("SELECT count(*) FROM receipt")
    intake = make_intake(bench.parts)
    while intake.run_batch():
        pass
    intake.close()
    # Told apart, so that a lost one and a doubled one do not make up for each other.
    told = bench.count(_TOLD)
    aside = bench.count("SELECT count(*) FROM quarantine")
    if not acknowledged == kept == told + aside:
        raise RuntimeError(f"{acknowledged} acknowledged, {kept} kept, {told} told, {aside} aside.")
