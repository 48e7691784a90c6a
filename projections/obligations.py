"""Obligations one by one, and sums over them: what is due, what is overdue, who keeps the law?"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import ceil, exp, log
from typing import Any, Final, TypedDict

from psycopg import Cursor
from sqlalchemy import BigInteger, Column, Date, DateTime, Index, Integer, Table, Text, text

from logistics.clocks.calendar import WorkCalendar
from logistics.clocks.obligation import Obligation, State
from logistics.clocks.office_hours import VIETNAM
from logistics.clocks.working_time import Office
from logistics.dossier_facts import DossierFacts
from projections.view import METADATA, Aside, Change

OBLIGATION: Final = Table(
    "obligation",
    METADATA,
    Column("dossier", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("obligor", Text, nullable=False),
    Column("operator", Text),
    Column("agency", Text, nullable=False),
    Column("procedure", Text, nullable=False),
    Column("field", Text),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    Column("runs_out_at", DateTime(timezone=True)),
    Column("met_at", DateTime(timezone=True)),
    Column("state", Text, nullable=False),
    Index("obligation_due", "due_at", postgresql_where=text("met_at IS NULL")),
    Index("obligation_of_obligor", "obligor", "due_at", postgresql_where=text("met_at IS NULL")),
)

TALLY: Final = Table(
    "compliance",
    METADATA,
    Column("day", Date, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("obligor", Text, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("procedure", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("bucket", Integer, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

NOT_MET: Final = -1
_BUCKET_WIDTH: Final = log(1.05)  # Each bucket of minutes ends 5 % above the one before.

_DELETE: Final = "DELETE FROM {table} WHERE dossier = ANY(%b::text[])"
_INSERT: Final = """
INSERT INTO {table} (dossier, id, kind, obligor, operator, agency, procedure, field, started_at,
    due_at, runs_out_at, met_at, state)
SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[],
    %b::text[], %b::text[], %b::timestamptz[], %b::timestamptz[], %b::timestamptz[],
    %b::timestamptz[], %b::text[])"""
_ADD: Final = """
INSERT INTO {table} AS tally (day, kind, obligor, agency, procedure, field, state, bucket, count)
SELECT * FROM unnest(%b::date[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[],
    %b::text[], %b::int[], %b::bigint[])
ON CONFLICT (day, kind, obligor, agency, procedure, field, state, bucket)
DO UPDATE SET count = tally.count + excluded.count"""
_SWEEP: Final = "DELETE FROM {table} WHERE count = 0 AND day = ANY(%b::date[])"


class Owed(TypedDict):
    """One obligation as a view keeps it; `minutes` are office minutes from its start to its end."""

    id: str
    kind: str
    obligor: str
    operator: str | None
    started_at: str
    due_at: str | None
    runs_out_at: str | None
    met_at: str | None
    state: str
    minutes: int | None


def owed(each: Obligation, facts: DossierFacts, calendar: WorkCalendar) -> Owed:
    """What is kept of an obligation. Its state is by what has been written down, not by a clock."""
    minutes = None
    if each.met is not None:
        office = Office(calendar, each.hours)
        seconds = office.seconds_before(each.met.at) - office.seconds_before(each.started.at)
        minutes = max(0, seconds // 60)
    return {
        "id": each.id,
        "kind": each.kind,
        "obligor": each.obligor,
        "operator": _operator(each, facts),
        "started_at": _text(each.started.at),
        "due_at": _text(each.due_at) if each.due_at else None,
        "runs_out_at": _text(each.runs_out_at) if each.runs_out_at else None,
        "met_at": _text(each.met.at) if each.met else None,
        "state": _state(each, facts),
        "minutes": minutes,
    }


def bucket_of(minutes: int) -> int:
    """The bucket of a duration: exact up to 20 minutes, 5 % wide above."""
    return minutes if minutes <= 20 else 20 + ceil(log(minutes / 20) / _BUCKET_WIDTH)


def minutes_of(bucket: int) -> int:
    """The longest duration of a bucket."""
    return bucket if bucket <= 20 else int(20 * exp((bucket - 20) * _BUCKET_WIDTH))


def _state(each: Obligation, facts: DossierFacts) -> str:
    if each.waived is not None:
        return State.WAIVED
    if each.id in facts["verdicts"]["breached"] or (each.met and each.late(each.met.at)):
        return State.BREACHED
    if each.met is not None:
        return State.MET
    return State.PAUSED if each.due_at is None else State.RUNNING


def _operator(each: Obligation, facts: DossierFacts) -> str | None:
    waybill = facts["waybills"].get(each.id.partition(":")[2])
    return waybill["operator"] if waybill else None


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


# --- the tables beside the view ---


def _write_obligations(
    cursor: Cursor[Any], table: str, changes: Sequence[Change[dict[str, Any]]]
) -> None:
    cursor.execute(_DELETE.format(table=table), [[change.key for change in changes]])
    rows = [row for change in changes for row in _rows(change.after)]
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        cursor.execute(_INSERT.format(table=table), columns)


def _rows(row: Mapping[str, Any] | None) -> Iterator[tuple[Any, ...]]:
    if row is None:
        return
    for each in row["owed"]:
        yield (
            row["dossier"],
            each["id"],
            each["kind"],
            each["obligor"],
            each["operator"],
            row["agency"],
            row["procedure"],
            row["field"],
            _time(each["started_at"]),
            _time(each["due_at"]),
            _time(each["runs_out_at"]),
            _time(each["met_at"]),
            each["state"],
        )


def _write_tally(
    cursor: Cursor[Any], table: str, changes: Sequence[Change[dict[str, Any]]]
) -> None:
    """Take out what a row counted for, and put in what it counts for now."""
    counts: Counter[tuple[Any, ...]] = Counter()
    for change in changes:
        counts.update(_counted(change.after))
        counts.subtract(_counted(change.before))
    rows = sorted((*key, count) for key, count in counts.items() if count)
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        cursor.execute(_ADD.format(table=table), columns)
        # A sum that is nothing is nowhere, so that a rebuilt table is the same.
        cursor.execute(_SWEEP.format(table=table), [sorted({row[0] for row in rows})])


def _counted(row: Mapping[str, Any] | None) -> list[tuple[Any, ...]]:
    if row is None:
        return []
    return [
        (
            datetime.fromisoformat(each["started_at"]).astimezone(VIETNAM).date(),
            each["kind"],
            each["obligor"],
            row["agency"],
            row["procedure"],
            row["field"] or "",
            each["state"],
            NOT_MET if each["minutes"] is None else bucket_of(each["minutes"]),
        )
        for each in row["owed"]
    ]


def _time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


OBLIGATION_ASIDE: Final[Aside[dict[str, Any]]] = Aside(table=OBLIGATION, write=_write_obligations)
TALLY_ASIDE: Final[Aside[dict[str, Any]]] = Aside(table=TALLY, write=_write_tally)
