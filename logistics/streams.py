"""Which stream an event belongs to, and how each kind of stream folds."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, get_args

from logistics.clocks.events import ClockEvent
from logistics.clocks.state import evolve as evolve_clocks
from logistics.dossier.events import DossierEvent
from logistics.dossier.state import evolve as evolve_dossier
from logistics.handover.events import HandoverEvent
from logistics.handover.state import evolve as evolve_handover
from logistics.identifiers import (
    StreamId,
    StreamKind,
    WaybillRef,
    clocks_stream,
    dossier_stream,
    handover_stream,
    paper_stream,
    party_stream,
    procedure_stream,
    subscription_stream,
)
from logistics.paper.events import PaperEvent
from logistics.paper.state import evolve as evolve_paper
from logistics.party.events import PartyEvent
from logistics.party.state import evolve as evolve_party
from logistics.procedure.events import ProcedureEvent
from logistics.procedure.state import evolve as evolve_procedure
from logistics.recorded import Event
from logistics.subscription.events import SubscriptionEvent
from logistics.subscription.state import evolve as evolve_subscription
from logistics.waybill.events import WaybillEvent
from logistics.waybill.state import evolve as evolve_waybill

if TYPE_CHECKING:
    from logistics.world import State

EVOLVE: dict[StreamKind, Callable[[Any, Any], Any]] = {
    StreamKind.DOSSIER: evolve_dossier,
    StreamKind.PAPER: evolve_paper,
    StreamKind.HANDOVER: evolve_handover,
    StreamKind.WAYBILL: evolve_waybill,
    StreamKind.PARTY: evolve_party,
    StreamKind.PROCEDURE: evolve_procedure,
    StreamKind.CLOCKS: evolve_clocks,
    StreamKind.SUBSCRIPTION: evolve_subscription,
}
"""How a stream of each kind folds: (state or None, event) -> state."""


def _waybill(event: WaybillEvent) -> StreamId:
    return WaybillRef(operator=event.operator, number=event.number).stream


_STREAM_OF: dict[type[Event], Callable[[Any], StreamId]] = {
    **dict.fromkeys(get_args(DossierEvent), lambda event: dossier_stream(event.dossier)),
    **dict.fromkeys(get_args(PaperEvent), lambda event: paper_stream(event.paper)),
    **dict.fromkeys(get_args(HandoverEvent), lambda event: handover_stream(event.handover)),
    **dict.fromkeys(get_args(WaybillEvent), _waybill),
    **dict.fromkeys(get_args(PartyEvent), lambda event: party_stream(event.party)),
    ProcedureEvent: lambda event: procedure_stream(event.procedure),
    **dict.fromkeys(get_args(ClockEvent), lambda event: clocks_stream(event.dossier)),
    **dict.fromkeys(
        get_args(SubscriptionEvent), lambda event: subscription_stream(event.subscription)
    ),
}


def stream_of(event: Event) -> StreamId:
    """The stream that an event is recorded in."""
    return _STREAM_OF[type(event)](event)


def evolve(stream: StreamId, state: "State | None", event: Event) -> "State | None":
    """Fold one event into the state of its stream."""
    evolved: State | None = EVOLVE[stream.kind](state, event)
    return evolved


def fold(stream: StreamId, events: Iterable[Event]) -> "State | None":
    """The state of a stream after these events; None when there are none."""
    state: State | None = None
    for event in events:
        state = evolve(stream, state, event)
    return state
