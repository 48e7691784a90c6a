"""Turning receipts into events.

Cost of a batch of 500: one query for the receipts, one or two for the streams they touch, one insert
with the position of the inbox in it. Cost of a receipt: opening and reading the push, folding its
waybill, deciding. The baseline is reading alone, which no design can leave out.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from time import perf_counter

from benchmarks.figures import Figure
from benchmarks.service import CARRIERS, Bench, Scan, bench_on, numbers_of, scans
from deploy.embedded_postgres import EmbeddedPostgres
from deploy.working import make_intake
from logistics.carriers import Push
from logistics.evidence import Authentication
from webhooks.inbox import Inbox, Receipt
from webhooks.secrets import Matched

RECEIPTS = 24_000


def measure(server: EmbeddedPostgres, scale: float) -> list[Figure]:
    with bench_on(server, "intake") as bench:
        told = scans(int(RECEIPTS * scale))
        bench.book(numbers_of(told))
        receipts = written(told)
        started = perf_counter()
        for receipt in receipts:
            bench.parts.carriers[receipt.push.carrier].read(receipt.push)
        reading = len(receipts) / (perf_counter() - started)
        rate = len(receipts) / take_in(bench, receipts)
        found = bench.count("SELECT count(*) FROM stored_events WHERE topic = 'waybill.reported'")
        if found != len(receipts):
            raise RuntimeError(f"{len(receipts)} receipts, {found} reports in the log.")
    return [
        Figure(
            name="intake, every waybill booked", value=rate, unit="receipts/s", required=8000,
            against=f"reading alone {reading:,.0f}/s",
        )
    ]  # fmt: skip


def written(told: Sequence[Scan]) -> list[Receipt]:
    """The scans as receipts, in their carriers' formats."""
    receipts = []
    for index, (carrier, number, code, at) in enumerate(told):
        composed = CARRIERS[carrier][0](number, code, at, transaction=f"t{index}")
        push = Push(
            carrier=carrier,
            method="POST",
            query="",
            headers={name.lower(): value for name, value in composed.headers.items()},
            body=composed.body,
            received_at=datetime.now(UTC),
        )
        matched = Matched((carrier.upper(),), "s", Authentication.URL_SECRET)
        receipts.append(Receipt(push, matched))
    return receipts


def take_in(bench: Bench, receipts: Sequence[Receipt]) -> float:
    """Store receipts as the web does, and take them in; answers the seconds of taking in."""
    asyncio.run(_store(bench, receipts))
    started = perf_counter()
    intake = make_intake(bench.parts)
    while intake.run_batch():
        pass
    intake.close()
    return perf_counter() - started


async def _store(bench: Bench, receipts: Sequence[Receipt]) -> None:
    inbox = Inbox(bench.url, bench.parts.vault, batch_size=500, queue_limit=len(receipts) + 1)
    await inbox.start()
    await asyncio.gather(*(inbox.store(each) for each in receipts))
    await inbox.close()
