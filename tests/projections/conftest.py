"""What the view tests share: the log of a test's database, and runners that are closed again."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from logistics.postgres_event_store import PostgresEventStore
from projections.runner import Runner
from projections.view import View

MakeRunner = Callable[..., Runner]


@pytest.fixture
def store(database_url: str) -> Iterator[PostgresEventStore]:
    with closing(PostgresEventStore(database_url)) as store:
        yield store


@pytest.fixture
def make_runner(database_url: str, store: PostgresEventStore) -> Iterator[MakeRunner]:
    """Makes runners on the test's database: `make_runner(views…, batch_size=…)`."""
    with ExitStack() as stack:

        def make(*views: View[Any], batch_size: int = 1000) -> Runner:
            runner = Runner(database_url, store, views, batch_size=batch_size)
            return stack.enter_context(closing(runner))

        yield make
