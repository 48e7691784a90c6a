"""Notices to one endpoint, from the log to the receiver's answer on record, in order per dossier.

Cost of a notice: its share of a batch's four statements, one pydantic answer, one HMAC, one request.
The receiver is a process of its own that checks the order; `bare` posts to it as fast as the same
client can, with nothing before and nothing after.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from ipaddress import ip_network
from statistics import median
from time import perf_counter
from typing import Any
from urllib.request import urlopen

import aiohttp
import orjson
import psycopg
import uvloop
from aiohttp import web

from benchmarks.figures import Figure
from benchmarks.service import Bench, bench_on
from deploy.embedded_postgres import EmbeddedPostgres
from deploy.parts import by_command_line
from logistics.clocks.events import AlarmClosed
from logistics.event_store import NewEvent
from logistics.identifiers import PROVINCE, DossierCode, clocks_stream
from tests.support.processes import Running, free_port, wait_until_up
from webhooks import subscriptions
from webhooks.delivery import CONCURRENCY, Deliverer
from webhooks.notices import Planner
from webhooks.signing import new_secret
from webhooks.subscriptions import NewSubscription

NOTICES = 12_000
DOSSIERS = 1_500
ROUNDS = 3
_BATCH = 500
LOOPBACK = [ip_network("127.0.0.1/32")]


def measure(server: EmbeddedPostgres, scale: float) -> list[Figure]:
    count = int(NOTICES * scale) // ROUNDS
    with bench_on(server, "outbound") as bench, receiving() as port:
        url = f"http://127.0.0.1:{port}/"
        subscribe(bench, url)
        ours, theirs = [], []
        for number in range(ROUNDS):
            append(bench, count)
            ours.append(count / asyncio_run(deliver(bench)))
            theirs.append(count / asyncio_run(post(url, count)))
            verify(bench, port, (number + 1) * count)
    rate = median(ours)
    return [
        Figure(
            name="notices to one endpoint, in order per dossier", value=rate, unit="/s",
            required=500, against=f"{median(theirs):,.0f}/s of the bare client",
        ),
        Figure(
            name="notices / bare client posting to the same receiver", unit="×", required=0.15,
            value=median(a / b for a, b in zip(ours, theirs, strict=True)),
        ),
    ]  # fmt: skip


def asyncio_run(work: Any) -> float:
    """Run it on the loop that the service runs on."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        return float(loop.run(work))


async def deliver(bench: Bench) -> float:
    """Plan and deliver what is in the log; answers the seconds it took, planning included."""
    planner = Planner(bench.url, bench.parts.store)
    deliverer = Deliverer(
        bench.url, bench.parts.vault, bench.parts.handling, allowed_networks=LOOPBACK
    )
    began = perf_counter()
    while planner.run_batch():
        pass
    while await deliverer.turn():
        pass
    seconds = perf_counter() - began
    await deliverer.close()
    planner.close()
    return seconds


async def post(url: str, count: int) -> float:
    """The same client, with as many requests at a time and bodies as long, and nothing else."""
    body = orjson.dumps({"type": "bare", "data": {"padding": "x" * 600}})
    left = iter(range(count))
    began = perf_counter()
    async with aiohttp.ClientSession() as session:

        async def work() -> None:
            for _ in left:
                async with session.post(url, data=body) as answer:
                    await answer.read()

        await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
    return perf_counter() - began


def subscribe(bench: Bench, url: str) -> None:
    new = NewSubscription(
        id="sub_bench",
        party=PROVINCE,
        sees_everything=True,
        events=("sla.*",),
        url=url,
        description=None,
        secret=new_secret(),
        created_at=datetime.now(UTC),
    )
    with psycopg.connect(bench.url) as connection:
        subscriptions.insert(connection.cursor(), bench.parts.vault, new)


def append(bench: Bench, count: int) -> None:
    """So many events, of all dossiers in turn."""
    streams = [clocks_stream(DossierCode(f"D-{number}")) for number in range(DOSSIERS)]
    expected = {stream: len(found) for stream, found in bench.parts.store.load(streams).items()}
    for start in range(0, count, _BATCH):
        numbers = range(start, min(start + _BATCH, count))
        events = [event(streams[number % DOSSIERS].key) for number in numbers]
        touched = {each.stream: expected[each.stream] for each in events}
        bench.parts.store.append(events, touched)
        for each in events:
            expected[each.stream] += 1


def event(dossier: str) -> NewEvent:
    happened = AlarmClosed(
        dossier=DossierCode(dossier),
        alarm="no-movement:1",
        kind="no-movement",
        cause_position=None,
        occurred_at=datetime(2026, 8, 3, 1, tzinfo=UTC),
    )
    return NewEvent(
        stream=clocks_stream(happened.dossier), event=happened, metadata=by_command_line("bench")
    )


def verify(bench: Bench, port: int, count: int) -> None:
    """Every notice came once and in order, and is on record."""
    with urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:  # Ours.
        told = orjson.loads(answer.read())
    recorded = bench.count("SELECT count(*) FROM notice_attempt WHERE outcome = 'delivered'")
    waiting = bench.count("SELECT count(*) FROM notice")
    if (told["came"], told["disordered"], recorded, waiting) != (count, 0, count, 0):
        raise RuntimeError(f"Of {count}: {told}, {recorded} on record, {waiting} waiting.")


@contextmanager
def receiving() -> Iterator[int]:
    """The receiver's process; gives its port."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.outbound", str(port)])
    try:
        wait_until_up(Running(process, port), "/")
        yield port
    finally:
        process.terminate()
        process.wait()


def receiver() -> web.Application:
    """Counts notices, and those that came before an earlier one of their dossier."""
    last: dict[str, int] = {}
    counted = {"came": 0, "disordered": 0}

    async def receive(request: web.Request) -> web.Response:
        told = orjson.loads(await request.read())
        if told["type"] != "bare":
            position, dossier = told["data"]["position"], told["data"]["data"]["dossier"]
            counted["came"] += 1
            counted["disordered"] += position <= last.get(dossier, 0)
            last[dossier] = position
        return web.Response()

    async def tell(_: web.Request) -> web.Response:
        return web.json_response(counted)

    app = web.Application()
    app.router.add_post("/", receive)
    app.router.add_get("/", tell)
    return app


def main(arguments: Sequence[str]) -> None:
    uvloop.install()
    web.run_app(receiver(), host="127.0.0.1", port=int(arguments[0]), print=None, access_log=None)


if __name__ == "__main__":
    main(sys.argv[1:])
