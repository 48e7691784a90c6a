"""An event as it is told to others; feed, audit and notices tell it alike."""

from datetime import datetime
from typing import Any, Final

from pydantic import Field

from logistics.event_types import EVENT_TYPES
from logistics.evidence import Authentication, SourceKind
from logistics.identifiers import StreamKind
from logistics.recorded import Recorded
from logistics.web.fields import Answer

_VERSIONS: Final = {each.name: each.version for each in EVENT_TYPES}


class Stream(Answer):
    """What an event is about."""

    kind: StreamKind
    key: str


class Origin(Answer):
    """Where a fact came in: the receipt or request behind it, and how its sender was known."""

    kind: SourceKind
    id: str | None
    authentication: Authentication | None


class EventAnswer(Answer):
    """One event of the log. Whatever is personal in it is a reference to what is kept sealed."""

    position: int
    name: str
    version: int = Field(description="The version of `data`, whichever it was stored with.")
    stream: Stream
    stream_version: int
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    source: Origin
    correlation_id: str
    data: dict[str, Any]


def event_answer(recorded: Recorded) -> EventAnswer:
    """Tell an event."""
    source = recorded.metadata.source
    return EventAnswer(
        position=recorded.position,
        name=recorded.name,
        version=_VERSIONS[recorded.name],
        stream=Stream(kind=recorded.stream.kind, key=recorded.stream.key),
        stream_version=recorded.stream_version,
        occurred_at=recorded.occurred_at,
        recorded_at=recorded.recorded_at,
        actor=recorded.metadata.actor,
        source=Origin(kind=source.kind, id=source.id, authentication=source.authentication),
        correlation_id=recorded.metadata.correlation_id,
        data=dict(recorded.data),
    )
