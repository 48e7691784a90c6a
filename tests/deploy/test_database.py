"""The database is there when asked for, is shared, and outlives a killed process."""

import psycopg
import pytest

from deploy.database import libpq_url, migrate


def schemas(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {row[0] for row in connection.execute("SELECT nspname FROM pg_namespace")}


def test_a_fresh_database_is_migrated(database_url: str) -> None:
    assert {"views", "rebuild"} <= schemas(database_url)


def test_migrating_twice_changes_nothing(empty_database_url: str) -> None:
    migrate(empty_database_url)
    migrate(empty_database_url)
    assert {"views", "rebuild"} <= schemas(empty_database_url)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_spelling_of_the_address_is_understood(scheme: str) -> None:
    assert libpq_url(f"{scheme}://u@h/d") == "postgresql://u@h/d"


def test_the_address_of_another_database_is_refused() -> None:
    with pytest.raises(ValueError, match="postgresql://"):
        libpq_url("sqlite:///x")
