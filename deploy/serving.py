"""Runs the web and the workers of one process until it is told to stop, and then finishes in order.

First nothing new is let in, then what is in hand is finished: requests and the inbox's batch by
the web, one batch by each worker. A signal that comes twice changes nothing.
"""

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

import structlog
import uvloop
from aiohttp import web as aiohttp_web

from deploy.parts import Parts
from deploy.web import make_app
from deploy.working import ALL_TASKS, TaskName, make_worker

__all__ = ["ALL_TASKS", "TaskName", "serve"]

OnceUp = Callable[[str], Awaitable[None]]
"""Done when the service answers, at the address it is given; stopped when the service stops."""

BACKLOG: Final = 1024
COLLECT_AFTER_ALLOCATIONS: Final = 20_000

_log = structlog.get_logger()


def serve(
    parts: Parts, *, web: bool, tasks: Sequence[TaskName], once_up: OnceUp | None = None
) -> None:
    """Run until SIGINT or SIGTERM."""
    spare_the_collector()
    worker = make_worker(parts, tasks)
    worker.start()
    try:
        uvloop.run(_run(parts, web, once_up))
    finally:
        _log.info("stopping", timeout_seconds=parts.settings.drain_timeout_seconds)
        if not worker.stop(parts.settings.drain_timeout_seconds):
            _log.error("stopped-with-a-batch-in-hand")
        _log.info("stopped")


def spare_the_collector() -> None:
    """Leave what was imported out of every later collection, and collect less often.

    Requests and batches leave few cycles behind, and looking for them among all that never goes
    away costs a tenth of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER_ALLOCATIONS, 20, 20)


async def _run(parts: Parts, web: bool, once_up: OnceUp | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if not web:
        _log.info("worker-started")
        await stop.wait()
        return
    runner = aiohttp_web.AppRunner(
        make_app(parts),
        access_log=None,
        handle_signals=False,
        shutdown_timeout=parts.settings.drain_timeout_seconds,
    )
    await runner.setup()
    try:
        address = await _listen(runner, parts)
        first = asyncio.ensure_future(once_up(address)) if once_up else None
        await stop.wait()
        if first is not None:
            first.cancel()
            with suppress(asyncio.CancelledError):
                await first
    finally:
        await runner.cleanup()


async def _listen(runner: aiohttp_web.AppRunner, parts: Parts) -> str:
    site = aiohttp_web.TCPSite(runner, parts.settings.host, parts.settings.port, backlog=BACKLOG)
    await site.start()
    host, port = runner.addresses[0][:2]
    address = f"http://{_reachable(host)}:{port}"
    _log.info("listening", host=host, port=port)
    print(f"Luân Chuyển: {address}", file=sys.stderr, flush=True)
    return address


def _reachable(host: str) -> str:
    """The host as somebody on this machine types it."""
    if host in {"127.0.0.1", "0.0.0.0", "::"}:
        return "localhost"
    return f"[{host}]" if ":" in host else host
