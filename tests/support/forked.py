"""Real processes of the service that start at once: forked off one that has imported everything.

Killing one a hundred times is about what it was doing, not about how long Python takes to start.
"""

import multiprocessing
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess

from tests.support.processes import environment, free_port

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["deploy.cli", "tests.support.forked"])

Before = Callable[[], None]


def _run(arguments: list[str], told: dict[str, str], before: Before | None) -> None:
    from deploy import cli  # noqa: PLC0415  # In the child only: importing it is its business.

    os.environ.clear()
    os.environ.update(told)
    if before is not None:
        before()
    cli.app(arguments)


@dataclass(slots=True)
class Forked:
    """One process of the service; `before` runs in it before anything else."""

    command: str
    database_url: str
    port: int = field(default_factory=free_port)
    _process: ForkServerProcess | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, before: Before | None = None) -> None:
        arguments = [self.command]
        if self.command != "worker":
            arguments += ["--port", str(self.port)]
        self._process = _FORKS.Process(
            target=_run, args=(arguments, environment(self.database_url), before), daemon=True
        )
        self._process.start()

    def kill(self) -> None:
        """As hard as can be."""
        if self._process is not None:
            self._process.kill()
            self._process.join()

    def stop(self) -> int | None:
        """As an operator does; answers the exit status."""
        if self._process is None:
            return None
        self._process.terminate()
        self._process.join(30)
        return self._process.exitcode

    def wait(self) -> int | None:
        """Until it has ended by itself."""
        if self._process is None:
            return None
        self._process.join(30)
        return self._process.exitcode
