"""The grammar of the view tests: events as the log would hold them, and what a view makes of them."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import psycopg

from logistics.event_store import NewEvent
from logistics.event_types import encode, recorded_from
from logistics.evidence import Authentication, Source, SourceKind
from logistics.identifiers import PROVINCE, StreamId
from logistics.postgres_event_store import PostgresEventStore
from logistics.recorded import Event, Metadata, Recorded
from logistics.streams import stream_of
from projections.view import View

LATE = timedelta(minutes=5)
"""How long after the fact the events of these tests are recorded."""


def metadata(event: Event) -> Metadata:
    """How these tests came to know of an event: from a request, a little after the fact."""
    return Metadata(
        recorded_at=event.occurred_at + LATE,
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


def append(store: PostgresEventStore, events: Sequence[Event]) -> int:
    """Record the events, and answer the position of the last."""
    new = [NewEvent(stream=stream_of(each), event=each, metadata=metadata(each)) for each in events]
    streams = list({each.stream for each in new})
    expected = {stream: len(found) for stream, found in store.load(streams).items()}
    return store.append(new, expected)[-1]


def table(url: str, view: View[Any], schema: str = "views") -> list[tuple[Any, ...]]:
    """All of a view's table, every column of it, as PostgreSQL writes it down."""
    statement = f"SELECT stored::text FROM {schema}.{view.table.name} AS stored ORDER BY key"  # noqa: S608  # Our own names.
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode()).fetchall()
