"""Real processes of the service, to be killed and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from tests.support.service import MASTER_KEY

START_SECONDS = 40.0
STOP_SECONDS = 30.0
ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class Running:
    """One process: `web`, `worker`, or both as `serve`."""

    process: subprocess.Popen[bytes]
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """As hard as can be."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """As an operator does; answers the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)


def environment(database_url: str) -> dict[str, str]:
    """What a process of ours is told."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LUANCHUYEN")}
    return {
        **kept,
        "DATABASE_URL": database_url,
        "LUANCHUYEN_MASTER_KEY": MASTER_KEY,
        "LUANCHUYEN_LOG_LEVEL": "warning",
        "LUANCHUYEN_OUTBOUND_ALLOWED_NETWORKS": "127.0.0.1/32",
        "PYTHONPATH": str(ROOT),
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(command: str, database_url: str, port: int = 0) -> Running:
    """Start a process; returns before it is up."""
    arguments = [sys.executable, "-m", "deploy.cli", command]
    if port:
        arguments += ["--port", str(port)]
    process = subprocess.Popen(arguments, cwd=ROOT, env=environment(database_url))
    return Running(process, port)


def wait_until_up(running: Running, path: str = "/healthz", *, any_status: bool = False) -> None:
    """Ask until it answers; a process that has died is told at once."""
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        if running.process.poll() is not None:
            raise RuntimeError(f"The process ended with status {running.process.returncode}.")
        try:
            with urlopen(running.url + path, timeout=2):  # noqa: S310  # Ours, on loopback.
                return
        except HTTPError:
            if any_status:
                return
            _breathe()
        except OSError:
            _breathe()
    raise TimeoutError("The process did not come up.")


@contextmanager
def serving(database_url: str, command: str = "serve") -> Iterator[Running]:
    """A process that answers, stopped at the end."""
    running = start(command, database_url, free_port())
    try:
        wait_until_up(running)
        yield running
    finally:
        if running.process.poll() is None:
            running.kill()


def command(database_url: str, *arguments: str) -> str:
    """Run a command to its end, and answer what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "deploy.cli", *arguments],
        cwd=ROOT,
        env=environment(database_url),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _breathe() -> None:
    """Let another process have the processor before it is asked again."""
    time.sleep(0.05)
