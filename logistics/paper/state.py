"""Where a paper is: its one custodian, and the offer that is open on it, if any."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from logistics.evidence import Word
from logistics.identifiers import (
    CITIZEN,
    DossierCode,
    HandoverId,
    PaperId,
    PartyCode,
    WaybillRef,
)
from logistics.paper.events import (
    Dispute,
    Origin,
    PaperDamaged,
    PaperDeclaredLost,
    PaperDisputed,
    PaperEntrusted,
    PaperEvent,
    PaperFound,
    PaperGivenBack,
    PaperKind,
    PaperOffered,
    PaperOfferWithdrawn,
    PaperTransferred,
)


class Condition(StrEnum):
    """What is known of the paper itself; whoever is custodian answers for it in every condition."""

    HELD = "held"
    MISSING = "missing"
    REJECTED = "rejected"
    LOST = "lost"
    GIVEN_BACK = "given_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The handover that is open on the paper."""

    handover: HandoverId
    receiver: PartyCode
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper. `since` is when its custodian got it; `handover` the one by which it did."""

    id: PaperId
    dossier: DossierCode
    kind: PaperKind
    origin: Origin
    custodian: PartyCode
    since: datetime
    condition: Condition = Condition.HELD
    damaged: bool = False
    offer: Offer | None = None
    offers_ended: int = 0
    offer_ended_at: datetime | None = None
    handover: HandoverId | None = None
    word: Word = Word.SIGNATURE
    waybill: WaybillRef | None = None
    carried_by: frozenset[WaybillRef] = frozenset()

    @property
    def physical(self) -> bool:
        return self.kind is not PaperKind.ELECTRONIC

    @property
    def ended(self) -> bool:
        return self.condition is Condition.GIVEN_BACK


_CONDITION_OF = {Dispute.MISSING: Condition.MISSING, Dispute.REJECTED: Condition.REJECTED}


def evolve(  # noqa: C901, PLR0911 - one flat case per event is the clearest form
    paper: Paper | None, event: PaperEvent
) -> Paper | None:
    """Fold one event, in the order of the log; never raises, whatever came before."""
    if isinstance(event, PaperEntrusted):
        return paper or _entrusted(event)
    if paper is None:
        return None
    match event:
        case PaperOffered():
            offer = Offer(
                handover=event.handover, receiver=event.receiver, occurred_at=event.occurred_at
            )
            return replace(paper, offer=offer)
        case PaperOfferWithdrawn():
            return _without_offer(paper, event.occurred_at)
        case PaperTransferred():
            return _transferred(paper, event)
        case PaperDisputed():
            return replace(
                _without_offer(paper, event.occurred_at), condition=_CONDITION_OF[event.dispute]
            )
        case PaperDeclaredLost():
            return replace(paper, condition=Condition.LOST)
        case PaperFound():
            return replace(paper, condition=Condition.HELD)
        case PaperDamaged():
            return replace(paper, damaged=True)
        case PaperGivenBack():
            return _given_back(paper, event)


def _entrusted(event: PaperEntrusted) -> Paper:
    return Paper(
        id=event.paper,
        dossier=event.dossier,
        kind=event.kind,
        origin=event.origin,
        custodian=event.custodian,
        since=event.occurred_at,
    )


def _without_offer(paper: Paper, occurred_at: datetime) -> Paper:
    return replace(
        paper, offer=None, offers_ended=paper.offers_ended + 1, offer_ended_at=occurred_at
    )


def _transferred(paper: Paper, event: PaperTransferred) -> Paper:
    if paper.handover == event.handover:  # The same transfer, dated better.
        return replace(paper, since=min(paper.since, event.occurred_at))
    carried_by = paper.carried_by | {event.waybill} if event.waybill else paper.carried_by
    return replace(
        paper,
        custodian=event.receiver,
        since=event.occurred_at,
        condition=Condition.HELD,
        offer=None,
        handover=event.handover,
        word=event.known_by.word,
        waybill=event.waybill,
        carried_by=carried_by,
    )


def _given_back(paper: Paper, event: PaperGivenBack) -> Paper:
    if paper.ended:
        return replace(paper, since=min(paper.since, event.occurred_at))
    return replace(
        paper,
        custodian=CITIZEN,
        since=event.occurred_at,
        condition=Condition.GIVEN_BACK,
        offer=None,
        word=event.known_by.word,
        waybill=event.waybill,
    )
