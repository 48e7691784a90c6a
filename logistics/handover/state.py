"""How far a handover has come, and what each side said."""

from dataclasses import dataclass, replace
from enum import StrEnum

from logistics.evidence import Word
from logistics.handover.events import (
    HandoverAccepted,
    HandoverCancelled,
    HandoverEvent,
    HandoverOffered,
    HandoverRefused,
)
from logistics.identifiers import DossierCode, HandoverId, PaperId, PartyCode, WaybillRef


class Stage(StrEnum):
    """A handover is closed once: accepted, refused or cancelled."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the receiver said of each offered paper."""

    accepted: frozenset[PaperId]
    rejected: frozenset[PaperId]
    missing: frozenset[PaperId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """A handover as both sides left it; the list of papers never changes."""

    id: HandoverId
    giver: PartyCode
    receiver: PartyCode
    papers: tuple[PaperId, ...]
    dossiers: tuple[DossierCode, ...]
    waybill: WaybillRef | None
    offered_by: Word
    stage: Stage = Stage.OFFERED
    answer: Answer | None = None


def evolve(handover: Handover | None, event: HandoverEvent) -> Handover | None:
    """Fold one event, in the order of the log; never raises, whatever came before."""
    match event:
        case HandoverOffered():
            return handover or Handover(
                id=event.handover,
                giver=event.giver,
                receiver=event.receiver,
                papers=event.papers,
                dossiers=event.dossiers,
                waybill=event.waybill,
                offered_by=event.known_by.word,
            )
        case HandoverAccepted():
            answer = Answer(
                accepted=frozenset(event.accepted),
                rejected=frozenset(each.paper for each in event.rejected),
                missing=frozenset(event.missing),
            )
            return handover and replace(handover, stage=Stage.ACCEPTED, answer=answer)
        case HandoverRefused():
            return handover and replace(handover, stage=Stage.REFUSED)
        case HandoverCancelled():
            return handover and replace(handover, stage=Stage.CANCELLED)
