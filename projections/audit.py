"""What happened to a dossier, and who knew it when?

The view holds only which streams have to do with a dossier, and since when that is known; the events
themselves are read from the log. So what came in before anybody knew whose it was, as reports on a
waybill that was not booked yet, is told as well, once it is known.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Final

import orjson
from pydantic import Field

from logistics.credentials import Role
from logistics.errors import NotFound
from logistics.event_types import EVENT_TYPES
from logistics.identifiers import StreamId
from logistics.recorded import Recorded
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.event_answer import EventAnswer, event_answer
from logistics.web.fields import Code, Items, Time
from projections.services import LogPage, ReadServices, page_of
from projections.view import View, view_table

Streams = dict[str, str]
"""The streams of a dossier, each with the time at which it was recorded that it is one of them."""

_OF_NO_DOSSIER: Final = ("party.", "procedure.", "subscription.")


def keys(recorded: Recorded) -> Iterable[str]:
    """Every dossier that the event names."""
    data: Any = recorded.data
    dossiers: Iterable[str] = data["dossiers"] if "dossiers" in data else (data["dossier"],)
    return dossiers


def project(row: Streams | None, recorded: Recorded, key: str) -> Streams:
    """Add the event's stream, if it is a new one."""
    del key  # A stream belongs to each dossier it names in the same way.
    stream = str(recorded.stream)
    if row is None:
        row = {}
    if stream in row:
        return row
    return {**row, stream: recorded.recorded_at.isoformat()}


AUDIT: Final[View[Streams]] = View(
    name="audit",
    table=view_table("audit"),
    topics=frozenset(each.name for each in EVENT_TYPES if not each.name.startswith(_OF_NO_DOSSIER)),
    keys=keys,
    project=project,
)

_STREAMS: Final = "SELECT document::text FROM views.audit WHERE key = %b"


class AuditPage(LogPage):
    """Which events: those known at one time, those that had happened by another."""

    as_of: Annotated[Time | None, Field(description="Only what was known then.")] = None
    effective_at: Annotated[Time | None, Field(description="Only what had happened then.")] = None


async def audit(call: Call[ReadServices], code: Code, query: AuditPage) -> Items[EventAnswer]:
    """Every event of a dossier, its papers, handovers and waybills, in log order.

    With `as_of`, exactly what this answered at that time.
    """
    rows = await call.services.rows(_STREAMS, [code])
    if not rows:
        raise NotFound("unknown-dossier", "There is no such dossier.")
    found = await call.services.log.read_streams(
        _known_streams(orjson.loads(rows[0][0]), query.as_of),
        after=query.after,
        limit=query.limit + 1,
        recorded_until=query.as_of,
        occurred_until=query.effective_at,
    )
    return page_of([event_answer(each) for each in found], query.limit, "position")


def _known_streams(streams: Streams, as_of: datetime | None) -> list[StreamId]:
    return [
        StreamId.parse(stream)
        for stream, recorded_at in streams.items()
        if as_of is None or datetime.fromisoformat(recorded_at) <= as_of
    ]


ENDPOINTS: Final = (
    Endpoint(
        "GET",
        "/v1/audit/dossiers/{code}",
        audit,
        roles=frozenset({Role.AUDITOR, Role.PROVINCE}),
        views=("audit",),
        tags=("audit",),
        problems={404: ("unknown-dossier",)},
    ),
)
