"""A real PostgreSQL for the tests: one server a session, a fresh migrated database a test."""

import fcntl
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from deploy.database import create_database, migrate
from deploy.embedded_postgres import DURABLE, EmbeddedPostgres

TEMPLATE = "migrated"

# Tests prove what is kept across a crash of ours with servers of their own, made as in production;
# this one is thrown away, so it may forget everything in a power cut.
_FORGETFUL = {
    **DURABLE,
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "max_connections": "200",
}

_numbers = itertools.count(1)


def new_folder() -> Path:
    """Make a folder with a path short enough for a socket, which pytest's own folders have not."""
    return Path(tempfile.mkdtemp(prefix="luanchuyen-test-"))


def remove_folder(folder: Path) -> None:
    """Stop the server a killed test may have left in a folder, and remove both."""
    server = EmbeddedPostgres(folder)
    if (server.pgdata / "postmaster.pid").exists():
        server.join()
        server.leave()
    shutil.rmtree(folder, ignore_errors=True)


class TestServer:
    """The session's PostgreSQL; every worker of pytest-xdist joins the same one."""

    __test__ = False  # The name is for people; pytest must not collect it.

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = EmbeddedPostgres(folder, _FORGETFUL)

    def start(self) -> None:
        """Join the server, and make the migrated template unless another worker did."""
        self._server.join()
        with (self._folder / "template.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            made = self._folder / "template.made"
            if not made.exists():
                create_database(self._server.url("postgres"), TEMPLATE)
                migrate(self._server.url(TEMPLATE))
                made.touch()

    def stop(self) -> None:
        """Leave the server."""
        self._server.leave()

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[str]:
        """Give the address of a new database, which is dropped afterwards."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        create_database(self._server.url("postgres"), name, TEMPLATE if migrated else None)
        try:
            yield self._server.url(name)
        finally:
            statement = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            with psycopg.connect(self._server.url("postgres"), autocommit=True) as connection:
                connection.execute(statement)
