"""Looks for what is wrong, or will be, and says what to do about it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import psycopg
from alembic.script import ScriptDirectory

from deploy.database import migration_config, open_database
from deploy.settings import Settings

Connection = psycopg.Connection[Any]


class Verdict(StrEnum):
    """How a finding is meant."""

    FINE = "fine"
    LOOK = "look"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    verdict: Verdict
    what: str
    advice: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything there is to look at; stops early when the database cannot be reached."""
    try:
        database = open_database(settings)
    except (psycopg.Error, OSError, RuntimeError, ValueError) as error:
        yield Finding(
            Verdict.WRONG,
            f"The database cannot be opened: {type(error).__name__}.",
            "Check DATABASE_URL, or that the data folder can be written to.",
        )
        return
    with database, psycopg.connect(database.url, autocommit=True) as connection:
        yield Finding(
            Verdict.FINE, f"PostgreSQL {connection.info.server_version // 10_000} answers."
        )
        for check in CHECKS:
            yield from check(connection)


def _schema(connection: Connection) -> Iterator[Finding]:
    newest = ScriptDirectory.from_config(migration_config()).get_current_head()
    row = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
    if row is None or row[0] is None:
        yield Finding(Verdict.LOOK, "The schema is not there yet.", "Start the service once.")
        return
    found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if found is not None and found[0] == newest:
        yield Finding(Verdict.FINE, f"The schema is at its newest revision, {newest}.")
    else:
        yield Finding(Verdict.LOOK, "The schema is of another version.", "Restart the service.")


def _durability(connection: Connection) -> Iterator[Finding]:
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        row = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()
        if row == ("off",):
            yield Finding(
                Verdict.WRONG,
                f"PostgreSQL runs with {setting} off: an acknowledged fact may be lost.",
                f"Set {setting} = on and restart PostgreSQL.",
            )
        else:
            yield Finding(Verdict.FINE, f"{setting} is on.")


def _counted(
    question: str, fine: str, found: str, advice: str
) -> Callable[[Connection], Iterator[Finding]]:
    """A check that counts rows which should not be there."""

    def check(connection: Connection) -> Iterator[Finding]:
        try:
            row = connection.execute(question).fetchone()
        except psycopg.errors.UndefinedTable:
            return  # The schema's own finding says so.
        count = 0 if row is None else int(row[0])
        if count:
            yield Finding(Verdict.LOOK, found.format(count=count), advice)
        else:
            yield Finding(Verdict.FINE, fine)

    return check


CHECKS: Final[tuple[Callable[[Connection], Iterator[Finding]], ...]] = (
    _durability,
    _schema,
    _counted(
        "SELECT count(DISTINCT (view, key)) FROM view_parked",
        "No view has parked anything.",
        "{count} keys are parked in views: an event could not be folded.",
        "`luanchuyen parked` shows them; after the fix, `luanchuyen parked --retry`.",
    ),
    _counted(
        "SELECT count(*) FROM quarantine WHERE resolved_at IS NULL",
        "No receipt is in quarantine.",
        "{count} items of receipts are in quarantine.",
        "GET /v1/quarantine says why; POST /v1/quarantine/{id}/replay tries again.",
    ),
    _counted(
        "SELECT (SELECT coalesce(max(notification_id), 0) FROM stored_events)"
        " - coalesce(min(position), 0) FROM view_position",
        "Every view has seen the whole log.",
        "The slowest view is {count} positions behind the log.",
        "Is a worker running?",
    ),
    _counted(
        "SELECT count(*) FROM subscription"
        " WHERE deleted_at IS NULL AND (state <> 'active' OR failures >= 10)",
        "Every subscriber's endpoint answers.",
        "{count} subscribers' endpoints fail, are paused or disabled.",
        "GET /v1/subscriptions shows them; POST /v1/subscriptions/{id}/resumption goes on at once.",
    ),
    _counted(
        "SELECT CASE WHEN EXISTS (SELECT FROM webhook_secret WHERE retired_at IS NULL)"
        " THEN 0 ELSE 1 END",
        "A carrier is connected.",
        "No carrier is connected, so none can report.",
        "`luanchuyen carriers connect CARRIER --operator PARTY`",
    ),
)
