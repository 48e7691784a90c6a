"""The event store's connections: pooled, replaced when lost, and tried again where that is safe."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, TypeVar, cast

import psycopg
from eventsourcing.postgres import ConnectionPool, PostgresDatastore
from psycopg import Connection
from psycopg.errors import (
    DeadlockDetected,
    IdleInTransactionSessionTimeout,
    SerializationFailure,
)
from psycopg.rows import DictRow, dict_row, tuple_row

from logistics.errors import ConcurrentChange, StoreUnavailable

MAX_ATTEMPTS = 3
# A writer that was stopped while it held the log's lock is put off after the first, before others
# have waited for the second.
IDLE_IN_TRANSACTION_SECONDS = 10
LOCK_TIMEOUT_SECONDS = 15
GIVE_UP_RECONNECTING_SECONDS = 2.0  # Later requests try afresh; waits of minutes would add up.
SERVER_GOING_DOWN = frozenset({"57P01", "57P02", "57P03"})

T = TypeVar("T")


class Connections(PostgresDatastore):
    """The library's datastore, for every address that libpq understands, with errors of our own.

    `POSTGRES_ENABLE_DB_FUNCTIONS` is not looked at: it would insert without the table lock, and
    followers of the log would skip events.
    """

    def __init__(
        self, url: str, *, min_connections: int, max_connections: int, timeout_seconds: float
    ) -> None:
        super().__init__(
            dbname="",
            host="",
            port="",
            user="",
            password="",
            idle_in_transaction_session_timeout=IDLE_IN_TRANSACTION_SECONDS,
            lock_timeout=LOCK_TIMEOUT_SECONDS,
            originator_id_type="text",
            enable_db_functions=False,
        )
        self.pool = ConnectionPool(
            url,
            connection_class=cast("type[Connection[DictRow]]", Connection),
            kwargs={"row_factory": dict_row},
            min_size=min_connections,
            max_size=max_connections,
            open=False,
            configure=self.after_connect_func(),
            timeout=timeout_seconds,
            reconnect_timeout=GIVE_UP_RECONNECTING_SECONDS,
        )

    def register_type_adapters(self) -> None:
        """Fetch no composite types: rows are inserted as arrays, one a column."""

    def transact(self, work: Callable[[Connection[Any]], T]) -> T:
        """Do `work` in a transaction of its own; again, if its connection was lost on the way.

        A connection that is lost in the commit is another matter: whether the server committed is
        unknown then, so that is a `StoreUnavailable` at once.
        """
        for attempt in count(1):
            committing = False
            try:
                with self._connection() as connection, connection.transaction():
                    result = work(connection)
                    committing = True
            except (psycopg.OperationalError, IdleInTransactionSessionTimeout) as error:
                if committing:
                    raise StoreUnavailable(
                        detail="The database was lost in a commit whose outcome is unknown;"
                        " send the same request again."
                    ) from error
                self._recover(error, attempt)
            else:
                return result
        raise AssertionError  # pragma: no cover  # `count` does not end.

    def query(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Answer a query's rows; ask again, if the connection turns out to be lost."""
        for attempt in count(1):
            try:
                with (
                    self._connection() as connection,
                    connection.cursor(binary=True, row_factory=tuple_row) as cursor,
                ):
                    return cursor.execute(statement, parameters).fetchall()
            except psycopg.OperationalError as error:
                self._recover(error, attempt)
        raise AssertionError  # pragma: no cover  # `count` does not end.

    @contextmanager
    def _connection(self) -> Iterator[Connection[DictRow]]:
        self.pool.open()
        with self.pool.connection() as connection:
            yield connection

    def _recover(self, error: psycopg.Error, attempt: int) -> None:
        """Let the caller try again after a lost connection; raise for everything else."""
        if isinstance(error, DeadlockDetected | SerializationFailure):
            raise ConcurrentChange from error
        if attempt == MAX_ATTEMPTS or not _is_lost(error):
            raise StoreUnavailable from error
        self.pool.check()  # One restart of the server loses every pooled connection.


def _is_lost(error: psycopg.Error) -> bool:
    if isinstance(error, IdleInTransactionSessionTimeout):
        return True
    # Errors of the pool (no connection in time, closed) have no state either, and are final.
    of_driver = type(error) is psycopg.OperationalError and error.sqlstate is None
    return of_driver or error.sqlstate in SERVER_GOING_DOWN
