"""Baselines for receiving: the least a signed endpoint does, and one aggregate saved a request."""

import asyncio
import hashlib
import hmac
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import UUID, uuid4

import uvloop
from aiohttp import web
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from psycopg.conninfo import conninfo_to_dict

KEY = b"a secret between two"
THREADS = 8


class Received(Aggregate):
    """What a framework's first page suggests: one aggregate for each push."""

    @event("Received")
    def __init__(self, body: str) -> None:
        self.body = body


async def only_hmac(request: web.Request) -> web.Response:
    """Compute an HMAC over the body, and nothing else."""
    body = await request.read()
    hmac.compare_digest(hmac.new(KEY, body, hashlib.sha256).digest(), bytes(32))
    return web.Response()


def saving(url: str) -> web.Application:
    """An application that saves one aggregate a request, on threads."""
    told = conninfo_to_dict(url)
    environment = {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(told["dbname"]),
        "POSTGRES_HOST": str(told["host"]),
        "POSTGRES_PORT": "5432",
        "POSTGRES_USER": str(told["user"]),
        "POSTGRES_PASSWORD": "none",
    }
    application: Application[UUID] = Application(env={**os.environ, **environment})
    threads = ThreadPoolExecutor(THREADS)

    async def save(request: web.Request) -> web.Response:
        body = (await request.read()).decode()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(threads, partial(_save, application, body))
        return web.Response()

    app = web.Application()

    app.router.add_post("/{rest:.*}", save)
    return app


def _save(application: "Application[UUID]", body: str) -> None:
    application.save(Received(body=f"{uuid4()}{body}"))


def main() -> None:
    port, url = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None
    if url is None:
        app = web.Application()
        app.router.add_post("/{rest:.*}", only_hmac)
    else:
        app = saving(url)
    uvloop.install()
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


if __name__ == "__main__":
    main()
