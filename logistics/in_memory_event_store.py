"""The event log in memory, for tests of rules and of what is built on them."""

import threading
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from eventsourcing.persistence import IntegrityError, Notification, StoredEvent, Tracking
from eventsourcing.popo import POPOProcessRecorder

from logistics.errors import ConcurrentChange
from logistics.event_store import Alongside, NewEvent, SourcePosition, new_rows
from logistics.event_types import recorded_from
from logistics.identifiers import StreamId
from logistics.recorded import Recorded


class InMemoryEventStore:
    """An `EventStore` that forgets everything with the process. It stores the same bytes."""

    def __init__(self) -> None:
        self._recorder = POPOProcessRecorder()
        self._streams: defaultdict[StreamId, list[Recorded]] = defaultdict(list)
        self._grown = threading.Condition()

    def append(
        self,
        events: Sequence[NewEvent],
        expected: Mapping[StreamId, int],
        *,
        position: SourcePosition | None = None,
        alongside: Alongside | None = None,
    ) -> list[int]:
        """Record events; `alongside` is refused, since there is no table whose writes it could share."""
        if alongside is not None:
            raise NotImplementedError("No other tables are here to be written alongside.")
        rows = [StoredEvent(*row) for row in new_rows(events, expected)]
        tracking = Tracking(position.source, position.position) if position else None
        with self._grown:
            if any(self._version(stream) != version for stream, version in expected.items()):
                raise ConcurrentChange
            try:
                positions = self._recorder._insert_events(rows, tracking=tracking) or ()  # noqa: SLF001  # The public one does not answer positions.
            except IntegrityError as error:
                raise ConcurrentChange from error
            for new, recorded in zip(events, self._read(positions), strict=True):
                self._streams[new.stream].append(recorded)
            self._grown.notify_all()
        return list(positions)

    def load(self, streams: Collection[StreamId]) -> dict[StreamId, list[Recorded]]:
        with self._grown:
            return {stream: list(self._streams[stream]) for stream in streams}

    def read(self, after: int, limit: int) -> list[Recorded]:
        if limit < 1:
            return []
        found = self._recorder.select_notifications(after, limit, inclusive_of_start=False)
        return [_recorded(each) for each in found]

    def last_position(self) -> int:
        return self._recorder.max_notification_id() or 0

    def source_position(self, source: str) -> int:
        return self._recorder.max_tracking_id(source) or 0

    def wait(self, after: int, timeout_seconds: float) -> bool:
        with self._grown:
            return self._grown.wait_for(lambda: self.last_position() > after, timeout_seconds)

    def _version(self, stream: StreamId) -> int:
        return len(self._streams[stream])

    def _read(self, positions: Sequence[int]) -> list[Recorded]:
        return self.read(positions[0] - 1, len(positions)) if positions else []


def _recorded(stored: Notification) -> Recorded:
    return recorded_from(
        stored.id,
        str(stored.originator_id),
        stored.originator_version,
        stored.topic,
        stored.state,
    )
