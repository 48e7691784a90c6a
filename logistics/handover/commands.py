"""What a giver and a receiver can do at the counter."""

from dataclasses import dataclass
from datetime import datetime

from logistics.handover.events import ExtraPaper, RejectedPaper
from logistics.identifiers import HandoverId, PaperId, PartyCode, SealedRef, WaybillRef


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferHandover:
    """The custodian puts papers on the counter for one receiver."""

    handover: HandoverId
    giver: PartyCode
    receiver: PartyCode
    papers: tuple[PaperId, ...]
    waybill: WaybillRef | None
    seal_number: str | None
    place: str | None
    signed_by: SealedRef | None
    by_party: PartyCode
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptHandover:
    """The receiver answers for every offered paper, and names what nobody listed."""

    handover: HandoverId
    accepted: tuple[PaperId, ...]
    rejected: tuple[RejectedPaper, ...]
    missing: tuple[PaperId, ...]
    extra: tuple[ExtraPaper, ...]
    place: str | None
    signed_by: SealedRef | None
    by_party: PartyCode
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseHandover:
    """What refusing and cancelling both hold."""

    handover: HandoverId
    reason: SealedRef | None
    signed_by: SealedRef | None
    by_party: PartyCode
    occurred_at: datetime


class RefuseHandover(CloseHandover):
    """The receiver takes nothing."""

    __slots__ = ()


class CancelHandover(CloseHandover):
    """The giver takes the papers off the counter."""

    __slots__ = ()
