"""What can have happened to a paper: who holds it, and how that came to be."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from logistics.evidence import KnownBy
from logistics.identifiers import (
    DossierCode,
    HandoverId,
    PaperId,
    PartyCode,
    SealedRef,
    WaybillRef,
)


class PaperKind(StrEnum):
    """LoaiBan 0, 1, 2. Originals must come back to the applicant."""

    ORIGINAL = "original"
    COPY = "copy"
    ELECTRONIC = "electronic"


class Origin(StrEnum):
    """Who made the paper enter: the applicant filed it, or the agency issued it as a result."""

    APPLICANT = "applicant"
    RESULT = "result"


class Dispute(StrEnum):
    """Why a receiver did not take an offered paper."""

    MISSING = "missing"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperEntrusted:
    """A paper entered the chain: its first custodian answers for it from here on."""

    paper: PaperId
    dossier: DossierCode
    name: str
    kind: PaperKind
    quantity: int
    origin: Origin
    custodian: PartyCode
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperOffered:
    """The custodian put the paper on the counter; it stays custodian until the receiver accepts.

    Said again for the same handover when later reports date a carrier's offer better; the newest
    counts.
    """

    paper: PaperId
    dossier: DossierCode
    handover: HandoverId
    giver: PartyCode
    receiver: PartyCode
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperOfferWithdrawn:
    """The offer ended without a transfer: refused, cancelled or overtaken by the carrier's report."""

    paper: PaperId
    dossier: DossierCode
    handover: HandoverId
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperTransferred:
    """Custody moved from giver to receiver.

    The same handover may say it again with an earlier `occurred_at`, when a late report shows that
    the carrier had the paper before; the earliest one counts.
    """

    paper: PaperId
    dossier: DossierCode
    handover: HandoverId
    giver: PartyCode
    receiver: PartyCode
    waybill: WaybillRef | None
    known_by: KnownBy
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperDisputed:
    """The receiver says the offered paper was not there, or would not take it; the giver keeps it."""

    paper: PaperId
    dossier: DossierCode
    handover: HandoverId
    dispute: Dispute
    custodian: PartyCode
    claimed_by: PartyCode
    reason: SealedRef | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperDeclaredLost:
    """The custodian, or its carrier's report, says the paper is lost or destroyed (QĐ 45 Đ14)."""

    paper: PaperId
    dossier: DossierCode
    custodian: PartyCode
    known_by: KnownBy
    note: SealedRef | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFound:
    """A missing or lost paper is with its custodian again."""

    paper: PaperId
    dossier: DossierCode
    custodian: PartyCode
    known_by: KnownBy
    note: SealedRef | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperDamaged:
    """The paper was damaged while its custodian held it; custody stays."""

    paper: PaperId
    dossier: DossierCode
    custodian: PartyCode
    known_by: KnownBy
    note: SealedRef | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperGivenBack:
    """The applicant, or whom the applicant authorised, has the paper: the chain ends.

    Said again with an earlier `occurred_at` when a late report dates the same delivery better.
    """

    paper: PaperId
    dossier: DossierCode
    giver: PartyCode
    waybill: WaybillRef | None
    known_by: KnownBy
    signed_by: SealedRef | None
    recipient: SealedRef | None
    occurred_at: datetime


PaperEvent = (
    PaperEntrusted
    | PaperOffered
    | PaperOfferWithdrawn
    | PaperTransferred
    | PaperDisputed
    | PaperDeclaredLost
    | PaperFound
    | PaperDamaged
    | PaperGivenBack
)
