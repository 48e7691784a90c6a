"""What receiving is compared with: two handlers somebody else might write. `baselines.py bare 8081`.

`bare` computes an HMAC over the body and answers: it keeps nothing, so nobody can be faster with
the same server. `aggregates` saves one aggregate of the `eventsourcing` library for each request,
in PostgreSQL, as its documentation shows.
"""

import asyncio
import hashlib
import hmac
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import uvloop
from aiohttp import web
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

SECRET: Final = b"a secret of thirty-two bytes ..."
THREADS: Final = 8


async def bare(request: web.Request) -> web.Response:
    """Check, and forget."""
    signature = hmac.new(SECRET, await request.read(), hashlib.sha256).hexdigest()
    hmac.compare_digest(signature, request.headers.get("X-Signature", ""))
    return web.Response()


class PushReceived(Aggregate):
    """A push, as an aggregate."""

    @event("Received")
    def __init__(self, path: str, body: str) -> None:
        self.path = path
        self.body = body


class Pushes(Application[Any]):
    """Keeps pushes."""


class Aggregates:
    """Saves an aggregate for each push."""

    def __init__(self, application: Pushes) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(THREADS)

    async def receive(self, request: web.Request) -> web.Response:
        body = (await request.read()).decode()
        push = (request.raw_path, body)
        await asyncio.get_running_loop().run_in_executor(self._threads, self._save, push)
        return web.Response()

    def _save(self, push: tuple[str, str]) -> None:
        self._application.save(PushReceived(*push))


async def _serve(kind: str, port: int) -> None:
    app = web.Application()
    handler = bare if kind == "bare" else Aggregates(Pushes()).receive
    app.add_routes([web.post("/{path:.*}", handler)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_serve(sys.argv[1], int(sys.argv[2])))
