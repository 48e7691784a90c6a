"""Sums over obligations, kept as they change: how many kept the law, by whom and by what.

A question about a year must not read a million obligations. So each obligation is counted once for
every way to ask (`by`), for the province and for its own party (`scope`), by the day and by the month
it started in; a question takes whole months where it can, and days at its ends. How long the duties
took is counted by classes of duration, each 5 % wider than the one before, which is how exact a median
is.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from math import ceil, exp, log
from typing import Any, Final

from psycopg import Cursor
from sqlalchemy import BigInteger, Column, Date, Integer, Table, Text

from logistics.clocks.office_hours import VIETNAM
from projections.owed import Owed
from projections.view import METADATA, Aside, Change


class By(StrEnum):
    """What obligations are counted by."""

    PARTY = "party"
    OPERATOR = "operator"
    AGENCY = "agency"
    PROCEDURE = "procedure"
    FIELD = "field"
    KIND = "kind"
    MONTH = "month"


EVERYBODY: Final = ""
"""The scope of the province; any other is a party, over what it owes itself."""

NOT_MET: Final = -1
"""The class of what has taken no time yet."""

_OF_OPERATORS: Final = frozenset({"postal-send", "postal-return", "invitation", "complaint"})
_WIDTH: Final = log(1.05)
_EXACT: Final = 20

SUMS: Final = Table(
    "compliance",
    METADATA,
    Column("scope", Text, primary_key=True),
    Column("by", Text, primary_key=True),
    Column("grain", Text, primary_key=True),  # "day" or "month"
    Column("period", Date, primary_key=True),  # The day, or the first of the month.
    Column("member", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("duration", Integer, primary_key=True),
    Column("count", BigInteger, nullable=False),
    postgresql_with={"fillfactor": 70},  # Counts are rewritten often, and no index has them.
)

_ADD: Final = """
WITH added AS (
    INSERT INTO {table} AS known (scope, by, grain, period, member, state, duration, count)
    SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::date[], %b::text[], %b::text[],
        %b::int[], %b::bigint[])
    ON CONFLICT (scope, by, grain, period, member, state, duration)
    DO UPDATE SET count = known.count + excluded.count
    RETURNING *
)
SELECT scope, by, grain, period, member, state, duration FROM added WHERE count = 0"""
_REMOVE: Final = """
DELETE FROM {table} AS known USING unnest(%b::text[], %b::text[], %b::text[], %b::date[],
    %b::text[], %b::text[], %b::int[])
    AS empty (scope, by, grain, period, member, state, duration)
WHERE (known.scope, known.by, known.grain, known.period, known.member, known.state, known.duration)
    = (empty.scope, empty.by, empty.grain, empty.period, empty.member, empty.state, empty.duration)"""


def duration_class(minutes: int | None) -> int:
    """The class of a duration: exact up to 20 minutes, 5 % wide above."""
    if minutes is None:
        return NOT_MET
    return minutes if minutes <= _EXACT else _EXACT + ceil(log(minutes / _EXACT) / _WIDTH)


def minutes_of(duration: int) -> int:
    """The longest duration of a class, in minutes."""
    return duration if duration <= _EXACT else int(_EXACT * exp((duration - _EXACT) * _WIDTH))


def started_on(each: Owed) -> date:
    """The day of Vietnam's calendar on which an obligation started."""
    return datetime.fromisoformat(each["started_at"]).astimezone(VIETNAM).date()


def members(row: Mapping[str, Any], each: Owed) -> Iterator[tuple[By, str]]:
    """Under which names an obligation of a dossier counts."""
    yield By.KIND, each["kind"]
    yield By.PARTY, each["obligor"]
    yield By.AGENCY, row["agency"]
    yield By.PROCEDURE, row["procedure"]
    yield By.FIELD, row["field"] or ""
    if each["kind"] in _OF_OPERATORS:
        yield By.OPERATOR, each["obligor"]


def _write(cursor: Cursor[Any], table: str, changes: Sequence[Change[dict[str, Any]]]) -> None:
    """Take out what a row counted for, and put in what it counts for now."""
    counts: Counter[tuple[Any, ...]] = Counter()
    for change in changes:
        before, after = _counted(change.before), _counted(change.after)
        counts.update(after - before)
        counts.subtract(before - after)
    sums = _summed(counts)
    if not sums:
        return
    # In one order, so that no two transactions wait for each other's rows.
    cursor.execute(_ADD.format(table=table), _columns(sorted(sums)))
    empty = cursor.fetchall()
    if empty:
        # A sum of nothing is nowhere, so that a rebuilt table is the same.
        cursor.execute(_REMOVE.format(table=table), _columns(empty))


def _counted(row: Mapping[str, Any] | None) -> Counter[tuple[Any, ...]]:
    """What a row's obligations count for, before it is spread over every way to ask."""
    return Counter(
        (
            started_on(each),
            tuple(members(row, each)),
            each["obligor"],
            each["state"],
            duration_class(each["minutes"]),
        )
        for each in (row["owed"] if row else ())
        if row
    )


def _summed(counts: Counter[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    sums: Counter[tuple[Any, ...]] = Counter()
    for (day, names, obligor, state, duration), count in counts.items():
        month = day.replace(day=1)
        for by, member in names:
            for scope in (EVERYBODY, obligor):
                sums[scope, by, "day", day, member, state, duration] += count
                sums[scope, by, "month", month, member, state, duration] += count
    return [(*key, count) for key, count in sums.items() if count]


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


SUMS_ASIDE: Final[Aside[dict[str, Any]]] = Aside(table=SUMS, write=_write)
