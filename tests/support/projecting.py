"""The grammar of the view tests: events as the log would hold them, and what a view makes of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypedDict

import psycopg

from logistics.event_store import NewEvent
from logistics.event_types import encode, recorded_from
from logistics.evidence import Authentication, Source, SourceKind
from logistics.identifiers import PROVINCE, StreamId
from logistics.postgres_event_store import PostgresEventStore
from logistics.recorded import Event, Metadata, Recorded
from logistics.streams import stream_of
from projections.audit import AUDIT
from projections.runner import Runner
from projections.view import View, view_table


class Counted(TypedDict):
    """The positions of a dossier's events, as they were folded."""

    seen: list[int]


COUNTED = view_table("counted")
LATE = timedelta(minutes=5)
"""How long after the fact the events of these tests are recorded."""


def metadata(event: Event, recorded_at: datetime | None = None) -> Metadata:
    """How these tests came to know of an event: from a push, a little after the fact unless told."""
    return Metadata(
        recorded_at=recorded_at or event.occurred_at + LATE,
        actor=PROVINCE,
        source=Source(kind=SourceKind.WEBHOOK, id="R-1", authentication=Authentication.BODY_TOKEN),
        correlation_id="c-1",
    )


def as_recorded(events: Iterable[Event]) -> list[Recorded]:
    """The events as a follower of the log reads them."""
    recorded: list[Recorded] = []
    versions: dict[StreamId, int] = {}
    for position, event in enumerate(events, start=1):
        stream = stream_of(event)
        versions[stream] = versions.get(stream, 0) + 1
        name, stored = encode(event, metadata(event))
        recorded.append(recorded_from(position, str(stream), versions[stream], name, stored))
    return recorded


def folded(view: View[Any], events: Iterable[Event]) -> dict[str, Any]:
    """The rows of a view after these events, without any database."""
    rows: dict[str, Any] = {}
    for recorded in as_recorded(events):
        if recorded.name in view.topics:
            for key in view.keys(recorded):
                row = view.project(rows.get(key), recorded, key)
                rows[key] = None if row is None else view.decode(view.encode(row).decode())
    return {key: row for key, row in rows.items() if row is not None}


def append(
    store: PostgresEventStore, events: Sequence[Event], recorded_at: datetime | None = None
) -> int:
    """Record the events, and answer the position of the last."""
    new = [
        NewEvent(stream=stream_of(each), event=each, metadata=metadata(each, recorded_at))
        for each in events
    ]
    streams = list({each.stream for each in new})
    expected = {stream: len(found) for stream, found in store.load(streams).items()}
    return store.append(new, expected)[-1]


def table(url: str, view: View[Any], schema: str = "views") -> list[tuple[Any, ...]]:
    """All of a view's tables, every column of them, as PostgreSQL writes it down."""
    with psycopg.connect(url) as connection:
        return [
            row
            for each in view.tables
            for row in connection.execute(
                f"SELECT stored::text FROM {schema}.{each.name} AS stored ORDER BY 1".encode()
            )
        ]


def catch_up(runner: Runner) -> None:
    """Feed every view to the end of the log."""
    while runner.run_batch():
        pass


def counting(
    project: Callable[[Counted | None, Recorded, str], Counted | None] | None = None,
    **changes: Any,
) -> View[Counted]:
    """A view that notes the position of every event of a dossier, and so forgives no repetition."""
    fold = project or count
    view = View(
        name="counted",
        table=COUNTED,
        topics=AUDIT.topics,
        keys=AUDIT.keys,
        project=fold,
    )
    return replace(view, **changes)


def count(row: Counted | None, recorded: Recorded, key: str) -> Counted | None:
    """Note one event."""
    del key
    return {"seen": [*(row["seen"] if row else []), recorded.position]}


def counted(url: str) -> dict[str, list[int]]:
    """What the counting view has noted, by dossier."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT key, document FROM views.counted").fetchall()
    return {key: document["seen"] for key, document in rows}


def position(url: str, name: str = "counted") -> int:
    """How far a view has come."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT position FROM view_position WHERE name = %s", [name]
        ).fetchone()
    assert row is not None
    return int(row[0])


def forget_everything(url: str) -> None:
    """Begin a new log, and the views with it."""
    with psycopg.connect(url) as connection:
        connection.execute("TRUNCATE stored_events RESTART IDENTITY")
        connection.execute("TRUNCATE view_position, view_parked")
        connection.execute("DROP SCHEMA views CASCADE")
        connection.execute("CREATE SCHEMA views")
