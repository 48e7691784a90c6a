"""Fixtures that every test may ask for, and the rule that in CI no test is skipped."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.database import TestServer, new_folder, remove_folder

SERVER_FOLDER = pytest.StashKey[Path]()
NOT_RUN = ("skipped", "xfailed", "xpassed")


def pytest_configure(config: pytest.Config) -> None:
    worker = getattr(config, "workerinput", None)
    config.stash[SERVER_FOLDER] = Path(worker["server_folder"]) if worker else new_folder()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["server_folder"] = str(node.config.stash[SERVER_FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and SERVER_FOLDER in config.stash:
        remove_folder(config.stash[SERVER_FOLDER])


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None:
        count = sum(len(reporter.stats.get(outcome, [])) for outcome in NOT_RUN)
        if count:
            reporter.write_line(f"\nIn CI every test runs, and {count} did not.", red=True)
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[TestServer]:
    """The session's PostgreSQL server; most tests want `database_url`."""
    server = TestServer(pytestconfig.stash[SERVER_FOLDER])
    server.start()
    yield server
    server.stop()


@pytest.fixture
def database_url(postgres: TestServer) -> Iterator[str]:
    """The address of a fresh database with the whole schema."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def empty_database_url(postgres: TestServer) -> Iterator[str]:
    """The address of a fresh database with nothing in it."""
    with postgres.database(migrated=False) as url:
        yield url


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder for a service with an embedded server of its own."""
    folder = new_folder()
    yield folder
    remove_folder(folder)
