"""What is less urgent waits while pushes wait to be taken in, and never for longer than a moment."""

from contextlib import closing

import psycopg

from deploy import giving_way
from deploy.giving_way import GivingWay
from tests.support.service import parts_of


def pushes_wait(database_url: str, count: int) -> None:
    """So many receipts lie in the inbox."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO receipt (carrier, operators, secret_id, authentication, received_at, method,"
            " query, headers, body, digest)"
            " SELECT 'ghn', '{GHN}', 's', 'url-secret', now(), 'POST', '', '{}', '', n::text::bytea"
            " FROM generate_series(1, %s) AS n",
            [count],
        )


def test_a_step_gives_way_to_many_pushes_and_goes_on_after_a_moment(database_url: str) -> None:
    with parts_of(database_url):
        done: list[int] = []

        def step() -> int:
            done.append(1)
            return 1

        with closing(GivingWay(database_url, step)) as task:
            assert task() + task() == 2  # Nothing waits.
            pushes_wait(database_url, 1000)
            assert task() == 0
            for _ in range(100):
                if task():
                    break
            assert len(done) == 3
            assert giving_way.REST_SECONDS <= 1
