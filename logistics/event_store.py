"""The port to the event log: append to many streams at once, load many streams at once, follow the log.

Two implementations keep one contract test: `PostgresEventStore` and `InMemoryEventStore`, both on
the recorders of the `eventsourcing` library. Every hop writes its output and its input position in
one transaction, so `append` takes the position of the source it read from, and whatever else must be
kept or lost together with the events.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from psycopg import Cursor

from logistics.event_types import encode
from logistics.identifiers import StreamId
from logistics.recorded import Event, Metadata, Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event that was decided and is not recorded yet."""

    stream: StreamId
    event: Event
    metadata: Metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePosition:
    """How far a source (the inbox, a topic-partition) has been worked off."""

    source: str
    position: int


Alongside = Callable[[Cursor[Any], Sequence[int]], None]
"""Writes that share the events' transaction; it gets the cursor and the events' log positions.

The cursor gives tuples. What it raises undoes the events too, and comes out of `append` as it is. It
runs again when a connection is lost before the commit, so it writes to this cursor and nowhere else.
"""


class NewRow(NamedTuple):
    """A new event as it will be stored."""

    stream: str
    stream_version: int
    name: str
    stored: bytes


def new_rows(events: Sequence[NewEvent], expected: Mapping[StreamId, int]) -> list[NewRow]:
    """Number and encode new events; a stream that `expected` does not name is a mistake."""
    versions = dict(expected)
    rows = []
    for new in events:
        versions[new.stream] += 1
        rows.append(NewRow(str(new.stream), versions[new.stream], *encode(new.event, new.metadata)))
    return rows


class EventStore(Protocol):
    """The event log."""

    def append(
        self,
        events: Sequence[NewEvent],
        expected: Mapping[StreamId, int],
        *,
        position: SourcePosition | None = None,
        alongside: Alongside | None = None,
    ) -> list[int]:
        """Record the events of many streams in one transaction, and answer their log positions.

        `expected` holds the version of every stream that the decision looked at (0: a new stream).
        Events of one stream are numbered on from there in the order given; a stream in `expected`
        that gets no events is checked to stand where it stood, so that a decision never outlives
        what it was based on. An empty `events` still records `position` and runs `alongside`.

        Raises `ConcurrentChange` when a stream has moved on, or when `position` is not beyond the
        one already recorded for its source; nothing is written then. Raises `StoreUnavailable` when
        the database cannot be reached or was lost in the commit, whose outcome is then unknown: the
        caller looks again (at its position, its idempotency key) before it decides again.
        """

    def load(self, streams: Collection[StreamId]) -> dict[StreamId, list[Recorded]]:
        """Load whole streams, in one query; a stream without events is an empty list."""

    def read(self, after: int, limit: int) -> list[Recorded]:
        """Follow the log: up to `limit` events behind position `after`, in log order.

        No event ever appears before a position that was read already, so a follower skips none. The
        numbers themselves may have holes, where a transaction was undone.
        """

    def last_position(self) -> int:
        """The position of the last event in the log; 0 when it is empty."""

    def source_position(self, source: str) -> int:
        """How far `source` has been worked off; 0 when nothing was."""

    def wait(self, after: int, timeout_seconds: float) -> bool:
        """Wait until the log is longer than `after`; False when the time is up first."""
