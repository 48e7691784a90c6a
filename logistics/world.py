"""What a decision may look at: the states of the streams that were loaded for it.

Rules read the world and never load, so they stay pure; `handling` loads whatever a rule's `needs`
names, in bulk, before the rule runs. A stream that was loaded and has no events is `None`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from logistics.identifiers import (
    DossierCode,
    HandoverId,
    PaperId,
    PartyCode,
    StreamId,
    WaybillRef,
    clocks_stream,
    dossier_stream,
    handover_stream,
    paper_stream,
    party_stream,
    procedure_stream,
    subscription_stream,
)

if TYPE_CHECKING:  # The rules of each stream import the world, so the world imports none of them.
    from logistics.clocks.state import Clocks
    from logistics.dossier.state import Dossier
    from logistics.handover.state import Handover
    from logistics.paper.state import Paper
    from logistics.party.state import Party
    from logistics.procedure.state import Procedure
    from logistics.subscription.state import Subscription
    from logistics.waybill.state import Waybill

    State = Clocks | Dossier | Handover | Paper | Party | Procedure | Subscription | Waybill


class World:
    """States by stream."""

    __slots__ = ("_states",)

    def __init__(self) -> None:
        self._states: dict[StreamId, State | None] = {}

    def __contains__(self, stream: StreamId) -> bool:
        return stream in self._states

    def __getitem__(self, stream: StreamId) -> State | None:
        return self._states.get(stream)

    def __setitem__(self, stream: StreamId, state: State | None) -> None:
        self._states[stream] = state

    def dossier(self, code: DossierCode) -> Dossier | None:
        return cast("Dossier | None", self._states.get(dossier_stream(code)))

    def paper(self, paper: PaperId) -> Paper | None:
        return cast("Paper | None", self._states.get(paper_stream(paper)))

    def handover(self, handover: HandoverId) -> Handover | None:
        return cast("Handover | None", self._states.get(handover_stream(handover)))

    def waybill(self, waybill: WaybillRef) -> Waybill | None:
        return cast("Waybill | None", self._states.get(waybill.stream))

    def party(self, code: PartyCode) -> Party | None:
        return cast("Party | None", self._states.get(party_stream(code)))

    def procedure(self, code: str) -> Procedure | None:
        return cast("Procedure | None", self._states.get(procedure_stream(code)))

    def clocks(self, code: DossierCode) -> Clocks | None:
        return cast("Clocks | None", self._states.get(clocks_stream(code)))

    def subscription(self, subscription: str) -> Subscription | None:
        return cast("Subscription | None", self._states.get(subscription_stream(subscription)))
