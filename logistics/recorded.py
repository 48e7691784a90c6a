"""An event as the log holds it: what happened, and everything about how we came to know it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from logistics.clocks.events import ClockEvent
from logistics.dossier.events import DossierEvent
from logistics.evidence import Source
from logistics.handover.events import HandoverEvent
from logistics.identifiers import PartyCode, StreamId
from logistics.paper.events import PaperEvent
from logistics.party.events import PartyEvent
from logistics.procedure.events import ProcedureEvent
from logistics.subscription.events import SubscriptionEvent
from logistics.waybill.events import WaybillEvent

Event = (
    DossierEvent
    | PaperEvent
    | HandoverEvent
    | WaybillEvent
    | PartyEvent
    | ProcedureEvent
    | ClockEvent
    | SubscriptionEvent
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """How we came to know of an event: our time, who acted, where it came in."""

    recorded_at: datetime
    actor: PartyCode
    source: Source
    correlation_id: str


@dataclass(slots=True, kw_only=True)
class Recorded:
    """One event of the log, read-only by agreement; `event` is decoded when first asked for.

    Views pass over most events, so decoding is put off until a view wants the typed event; the raw
    `data` (a JSON object, already upcast to the newest version) is there at once. `version` is the
    version it was stored with.
    """

    position: int
    stream: StreamId
    stream_version: int
    name: str
    version: int
    data: Mapping[str, Any]
    metadata: Metadata
    decode: Callable[[str, Mapping[str, Any]], Event]
    _event: Event | None = field(default=None, repr=False, compare=False)

    @property
    def event(self) -> Event:
        """The typed event, decoded once."""
        if self._event is None:
            self._event = self.decode(self.name, self.data)
        return self._event

    @property
    def recorded_at(self) -> datetime:
        return self.metadata.recorded_at

    @property
    def occurred_at(self) -> datetime:
        """When it happened, as claimed; every event has one."""
        return self.event.occurred_at
