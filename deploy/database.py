"""The one database: an address from the environment, or the embedded PostgreSQL; and its schema."""

import atexit
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import create_engine, pool

from deploy.embedded_postgres import EmbeddedPostgres
from deploy.settings import Settings
from logistics.postgres_event_store import PostgresEventStore

DATABASE_NAME = "luanchuyen"
OLDEST_SERVER_VERSION = 150_000
MIGRATION_LOCK = 0x6C75616E  # "luan": one number for all who migrate, used for nothing else.
_MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database that is up, and the embedded server behind it, if there is one."""

    url: str
    server: EmbeddedPostgres | None = field(default=None, repr=False)

    @property
    def sqlalchemy_url(self) -> str:
        """The same address for SQLAlchemy, which names its driver (psycopg 3, sync and async)."""
        return self.url.replace("postgresql://", "postgresql+psycopg://", 1)

    def close(self) -> None:
        """Leave the database; the last process to leave the embedded server stops it."""
        if self.server is not None:
            self.server.leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_database(settings: Settings) -> Database:
    """Reach the database of `DATABASE_URL`, or start or join the embedded one of the data folder."""
    if settings.database_url is not None:
        url = libpq_url(settings.database_url.get_secret_value())
        _refuse_old_server(url)
        return Database(url=url)
    server = EmbeddedPostgres(settings.data_dir)
    server.join()
    # Leaving twice is harmless; leaving never would keep the server up after the last process.
    atexit.register(server.leave)
    create_database(server.url("postgres"), DATABASE_NAME)
    return Database(url=server.url(DATABASE_NAME), server=server)


def libpq_url(url: str) -> str:
    """The address as libpq wants it, whichever library's spelling it came in."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise ValueError("DATABASE_URL has to begin with postgresql://")
    return f"postgresql://{rest}"


def create_database(maintenance_url: str, name: str, template: str | None = None) -> None:
    """Create a database unless it is there, as a copy of `template` when one is given."""
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    with psycopg.connect(maintenance_url, autocommit=True) as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        if found.fetchone() is None:
            # Another process may be a moment faster.
            with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                connection.execute(statement)


def migrate(url: str) -> None:
    """Bring the schema to its newest revision; processes that start together take turns."""
    with psycopg.connect(url, autocommit=True) as turn:
        turn.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        _create_log(url)
        engine = create_engine(
            "postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=pool.NullPool
        )
        with engine.begin() as connection:
            config = migration_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _create_log(url: str) -> None:
    """Create the tables of the event log, which are the library's and come before ours."""
    store = PostgresEventStore(url)
    try:
        store.create_table()
    finally:
        store.close()


def migration_config() -> Config:
    """Alembic's configuration, found from this file and not from the current folder."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def _refuse_old_server(url: str) -> None:
    with psycopg.connect(url) as connection:
        version = connection.info.server_version
    if version < OLDEST_SERVER_VERSION:
        raise RuntimeError(f"PostgreSQL 15 or newer is needed; this server is {version // 10_000}.")
