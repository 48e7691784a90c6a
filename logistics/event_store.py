"""The port to the event log: append to many streams at once, load many streams at once, follow the log.

Two implementations keep one contract test: `PostgresEventStore` and `InMemoryEventStore`, both on
the recorders of the `eventsourcing` library. Every hop writes its output and its input position in
one transaction (DESIGN §2), so `append` takes the position of the source it read from, and whatever
else must be kept or lost together with the events.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from psycopg import Cursor

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
"""Writes that share the events' transaction; it gets the cursor and the events' log positions."""


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

        `expected` holds, per stream written, the version its decision was based on (0: a new
        stream). Events of one stream are numbered on from there in the order given. An empty
        `events` still records `position` and runs `alongside`.

        Raises `ConcurrentChange` when a stream has moved on, or when `position` is not beyond the
        one already recorded for its source; nothing is written then.
        """

    def load(self, streams: Collection[StreamId]) -> dict[StreamId, list[Recorded]]:
        """Load whole streams, in one query; a stream without events is an empty list."""

    def read(self, after: int, limit: int) -> list[Recorded]:
        """Follow the log: up to `limit` events behind position `after`, in log order, without gaps."""

    def last_position(self) -> int:
        """The position of the last event in the log; 0 when it is empty."""

    def source_position(self, source: str) -> int:
        """How far `source` has been worked off; 0 when nothing was."""

    def wait(self, after: int, timeout_seconds: float) -> bool:
        """Wait until the log is longer than `after`; False when the time is up first."""
