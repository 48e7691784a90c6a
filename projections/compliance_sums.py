"""Sums over obligations, kept as they change: how many kept the law, by whom and by what.

A question about a year must not read a million obligations. So each obligation is counted once for
every way to ask (`by`), for the province and for its own party (`scope`), by the day and by the month
it started in; a question takes whole months where it can, and days at its ends. How long the duties
took is counted beside that, by classes of duration each 20 % wider than the one before, and told by
the middle of a class.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from math import ceil, exp, log
from typing import Any, Final

from psycopg import Cursor
from sqlalchemy import Column, Date, Integer, Table, Text

from logistics.clocks.obligation import State
from projections.owed import Owed
from projections.view import METADATA, Aside, Change

Clocks = Mapping[str, Any]
"""A row of the view `clocks`."""


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

_OF_OPERATORS: Final = frozenset({"postal-send", "postal-return", "invitation", "complaint"})
_WIDTH: Final = log(1.2)
_EXACT: Final = 5
_TALLIES: Final = {
    State.MET: "met",
    State.BREACHED: "breached",
    State.RUNNING: "running",
    State.PAUSED: "running",
    State.WAIVED: "waived",
}


def _counted_by() -> list[Column[Any]]:
    """What both tables count by."""
    return [
        Column("scope", Text, primary_key=True),
        Column("by", Text, primary_key=True),
        Column("grain", Text, primary_key=True),  # "day" or "month"
        Column("period", Date, primary_key=True),  # The day, or the first of the month.
        Column("member", Text, primary_key=True),
    ]


_ROOM: Final = {"fillfactor": 70}  # Counts are rewritten often, and no index has them.

SUMS: Final = Table(
    "compliance",
    METADATA,
    *_counted_by(),
    *(Column(each, Integer, nullable=False) for each in ("met", "breached", "running", "waived")),
    postgresql_with=_ROOM,
)
DURATIONS: Final = Table(
    "compliance_duration",
    METADATA,
    *_counted_by(),
    Column("duration", Integer, primary_key=True),
    Column("count", Integer, nullable=False),
    postgresql_with=_ROOM,
)

_ADD: Final = """
WITH added AS (
    INSERT INTO {table} AS known (scope, by, grain, period, member, met, breached, running, waived)
    SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::date[], %b::text[],
        %b::int[], %b::int[], %b::int[], %b::int[])
    ON CONFLICT (scope, by, grain, period, member) DO UPDATE SET
        met = known.met + excluded.met, breached = known.breached + excluded.breached,
        running = known.running + excluded.running, waived = known.waived + excluded.waived
    RETURNING *
)
SELECT scope, by, grain, period, member FROM added
WHERE met = 0 AND breached = 0 AND running = 0 AND waived = 0"""
_REMOVE: Final = """
DELETE FROM {table} AS known USING unnest(%b::text[], %b::text[], %b::text[], %b::date[],
    %b::text[]) AS empty (scope, by, grain, period, member)
WHERE (known.scope, known.by, known.grain, known.period, known.member)
    = (empty.scope, empty.by, empty.grain, empty.period, empty.member)"""
_ADD_DURATIONS: Final = """
WITH added AS (
    INSERT INTO {table} AS known (scope, by, grain, period, member, duration, count)
    SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::date[], %b::text[], %b::int[],
        %b::int[])
    ON CONFLICT (scope, by, grain, period, member, duration)
    DO UPDATE SET count = known.count + excluded.count
    RETURNING *
)
SELECT scope, by, grain, period, member, duration FROM added WHERE count = 0"""
_REMOVE_DURATIONS: Final = """
DELETE FROM {table} AS known USING unnest(%b::text[], %b::text[], %b::text[], %b::date[],
    %b::text[], %b::int[]) AS empty (scope, by, grain, period, member, duration)
WHERE (known.scope, known.by, known.grain, known.period, known.member, known.duration)
    = (empty.scope, empty.by, empty.grain, empty.period, empty.member, empty.duration)"""


def tally_of(state: str) -> str:
    """Among which of the four an obligation of a state counts."""
    return _TALLIES[State(state)]


def duration_class(minutes: int) -> int:
    """The class of a duration: exact up to 5 minutes, 20 % wide above."""
    return minutes if minutes <= _EXACT else _EXACT + ceil(log(minutes / _EXACT) / _WIDTH)


def minutes_of(duration: int) -> int:
    """The middle of a class, in minutes: at most 10 % from what was counted in it."""
    return (
        duration if duration <= _EXACT else round(_EXACT * exp((duration - _EXACT - 0.5) * _WIDTH))
    )


def members(row: Mapping[str, Any], kind: str, obligor: str) -> Iterator[tuple[By, str]]:
    """Under which names an obligation of a dossier counts."""
    yield By.KIND, kind
    yield By.PARTY, obligor
    yield By.AGENCY, row["agency"]
    yield By.PROCEDURE, row["procedure"]
    yield By.FIELD, row["field"] or ""
    if kind in _OF_OPERATORS:
        yield By.OPERATOR, obligor


Cell = tuple[str, str, str, str, str]
"""Scope, by, grain, period, member."""


def _write_sums(cursor: Cursor[Any], table: str, changes: Sequence[Change[Clocks]]) -> None:
    """Take out what a row counted for, and put in what it counts for now."""
    cells: dict[Cell, list[int]] = {}
    for (cell, tally), count in _spread(changes, _tallied).items():
        cells.setdefault(cell, [0, 0, 0, 0])[_ORDER.index(tally)] += count
    _add(cursor, table, _ADD, _REMOVE, [(*cell, *counts) for cell, counts in cells.items()])


def _write_durations(cursor: Cursor[Any], table: str, changes: Sequence[Change[Clocks]]) -> None:
    """The same for how long duties took that are done."""
    counts = _spread(changes, _timed)
    rows = [(*cell, duration, count) for (cell, duration), count in counts.items()]
    _add(cursor, table, _ADD_DURATIONS, _REMOVE_DURATIONS, rows)


def _tallied(each: Owed) -> str:
    return tally_of(each["state"])


def _timed(each: Owed) -> int | None:
    return None if each["minutes"] is None else duration_class(each["minutes"])


def _spread(
    changes: Sequence[Change[Clocks]], counted_as: Callable[[Owed], Any]
) -> dict[tuple[Cell, Any], int]:
    """How much each cell changes by; what stays as it was costs nothing."""
    spread: Counter[tuple[Cell, Any]] = Counter()
    for change in changes:
        before, after = _counted(change.before, counted_as), _counted(change.after, counted_as)
        if before == after:
            continue
        row = change.after or change.before or {}  # What a dossier is about never changes.
        counts = Counter(after)
        counts.subtract(before)
        for (day, kind, obligor, what), count in counts.items():
            month = f"{day[:8]}01"
            for by, member in members(row, kind, obligor) if count else ():
                for scope in (EVERYBODY, obligor):
                    spread[(scope, by, "day", day, member), what] += count
                    spread[(scope, by, "month", month, member), what] += count
    return {key: count for key, count in spread.items() if count}


def _counted(row: Clocks | None, counted_as: Callable[[Owed], Any]) -> list[tuple[Any, ...]]:
    """What the obligations of a dossier count for, before that is spread."""
    return [
        (each["day"], each["kind"], each["obligor"], what)
        for each in (row["owed"] if row else ())
        if (what := counted_as(each)) is not None
    ]


def _add(
    cursor: Cursor[Any], table: str, add: str, remove: str, rows: list[tuple[Any, ...]]
) -> None:
    if not rows:
        return
    rows.sort()  # In one order, so that no two transactions wait for each other's rows.
    cursor.execute(add.format(table=table), _columns(rows))
    empty = cursor.fetchall()
    if empty:
        # A sum of nothing is nowhere, so that a rebuilt table is the same.
        cursor.execute(remove.format(table=table), _columns(empty))


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


_ORDER: Final = ("met", "breached", "running", "waived")

SUMS_ASIDES: Final[tuple[Aside[Clocks], ...]] = (
    Aside(table=SUMS, write=_write_sums),
    Aside(table=DURATIONS, write=_write_durations),
)
