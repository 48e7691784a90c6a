"""The service that is measured: real processes on a real PostgreSQL, in a folder that goes away.

PostgreSQL is the embedded one with its production settings, so every commit is flushed to the disk.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg

from deploy.administration import connect_carrier
from deploy.logging import configure_logging
from deploy.parts import CARRIERS, Parts, open_parts
from deploy.settings import load_settings
from logistics.identifiers import PartyCode

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 30.0
QUICK: Final = os.environ.get("QUICK", "") not in {"", "0"}
ROOT: Final = Path(__file__).parents[1]
OPERATORS: Final = {name: PartyCode(f"OP-{name}") for name in CARRIERS}


def scaled(count: int, quick: int | None = None) -> int:
    """So many; fewer when `QUICK=1` asks for a glance rather than a measurement."""
    return (quick or count // 10) if QUICK else count


class Service:
    """The parts of the service in this process, and others started beside it."""

    def __init__(self, parts: Parts, folder: Path) -> None:
        self.parts = parts
        self.folder = folder
        self._numbers = iter(range(1_000))

    @property
    def url(self) -> str:
        return self.parts.database.url

    def rows(self, query: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        """What the database holds."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def tidy(self, *tables: str) -> None:
        """Let PostgreSQL do now what it would do in the midst of the next measurement."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for each in tables or ("",):
                connection.execute(f"VACUUM (ANALYZE) {each}".encode())
            connection.execute("CHECKPOINT")

    def connect_carriers(self) -> dict[str, str]:
        """Give each carrier a secret; answers the paths to push to."""
        return {
            name: connect_carrier(self.parts, name, operator, None)
            for name, operator in OPERATORS.items()
        }

    @contextmanager
    def web(self) -> Iterator[int]:
        """`luanchuyen web`; answers its port."""
        port = free_port()
        with self.process("web", "--port", str(port)) as process:
            wait_until_up(process, port)
            yield port

    @contextmanager
    def process(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """A command of ours; stopped as an operator does."""
        command = [sys.executable, "-m", "deploy.cli", "--data-dir", str(self.folder), *arguments]
        with started(command, self.folder / f"{arguments[0]}-{next(self._numbers)}.log") as process:
            yield process


@contextmanager
def a_service() -> Iterator[Service]:
    """A service on an empty store."""
    folder = Path(tempfile.mkdtemp(prefix="luanchuyen-bench-"))
    configure_logging("console", "warning")
    try:
        with open_parts(load_settings(data_dir=folder)) as parts:
            yield Service(parts, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def started(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that writes to a log, and ends when it is not needed any more."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out)  # noqa: S603  # Ours.
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_up(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until somebody listens."""
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise RuntimeError(f"The process ended with status {process.returncode}.")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("The process did not come up.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
