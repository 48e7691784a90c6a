"""What can have happened to a handover (biên bản giao nhận): the two-sided record of custody."""

from dataclasses import dataclass
from datetime import datetime

from logistics.evidence import KnownBy
from logistics.identifiers import (
    DossierCode,
    HandoverId,
    PaperId,
    PartyCode,
    SealedRef,
    WaybillRef,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedPaper:
    """A paper the receiver would not take; the reason is sealed free text."""

    paper: PaperId
    reason: SealedRef | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraPaper:
    """A thing found in the parcel that nobody listed; named, never given a custodian by guess."""

    name: str
    note: SealedRef | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverOffered:
    """A custodian put these papers on the counter for someone else to take."""

    handover: HandoverId
    giver: PartyCode
    receiver: PartyCode
    papers: tuple[PaperId, ...]
    dossiers: tuple[DossierCode, ...]
    waybill: WaybillRef | None
    seal_number: str | None
    place: str | None
    signed_by: SealedRef | None
    known_by: KnownBy
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverAccepted:
    """The receiver answered for every offered paper: accepted + rejected + missing = offered.

    Signed by both sides, this is the legal moment of submission by post (QĐ 45/2016 Đ7.4).
    """

    handover: HandoverId
    giver: PartyCode
    receiver: PartyCode
    dossiers: tuple[DossierCode, ...]
    accepted: tuple[PaperId, ...]
    rejected: tuple[RejectedPaper, ...]
    missing: tuple[PaperId, ...]
    extra: tuple[ExtraPaper, ...]
    waybill: WaybillRef | None
    place: str | None
    signed_by: SealedRef | None
    known_by: KnownBy
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverRefused:
    """The receiver took nothing; every paper stays with the giver."""

    handover: HandoverId
    dossiers: tuple[DossierCode, ...]
    reason: SealedRef | None
    signed_by: SealedRef | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverCancelled:
    """The giver took the papers off the counter, or a carrier's later report overtook the offer."""

    handover: HandoverId
    dossiers: tuple[DossierCode, ...]
    reason: SealedRef | None
    signed_by: SealedRef | None
    occurred_at: datetime


HandoverEvent = HandoverOffered | HandoverAccepted | HandoverRefused | HandoverCancelled
