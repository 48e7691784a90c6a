"""What can have happened to a dossier. Names of persons and free text are references, never text."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from logistics.evidence import KnownBy
from logistics.identifiers import DossierCode, LookupCode, PaperId, PartyCode, SealedRef
from logistics.procedure.events import StatutoryLimit


class Channel(StrEnum):
    """Where the applicant filed (KenhThucHien, finer)."""

    DESK = "desk"
    AGENT = "agent"
    KIOSK = "kiosk"
    POST = "post"
    ONLINE = "online"


class ReturnWay(StrEnum):
    """How the applicant wants the result and the originals back."""

    DESK = "desk"
    AGENT = "agent"
    POST = "post"
    ELECTRONIC = "electronic"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnTo:
    """Where the result goes: a party, or an address that is kept sealed."""

    way: ReturnWay
    party: PartyCode | None = None
    address: SealedRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The catalogue's terms of the procedure, in force on the day of reception."""

    field: str
    limit: StatutoryLimit
    effective_from: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierReceived:
    """A desk or agent received the dossier and gave the receipt (giấy tiếp nhận và hẹn trả).

    The terms and the office hours that its clocks run by are kept with it, so that a later change
    of either changes nothing for a dossier that is under way.
    """

    dossier: DossierCode
    lookup_code: LookupCode
    procedure_code: str
    procedure_name: str | None
    competent_agency: PartyCode
    received_by: PartyCode
    channel: Channel
    non_territorial: bool
    promised_at: datetime | None
    applicant: SealedRef
    papers: tuple[PaperId, ...]
    return_to: ReturnTo
    terms: Terms | None = None
    desk_hours: str | None = None
    agency_hours: str | None = None
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierStep:
    """What every later step of a dossier holds; each event below is one such step.

    `signed_by` and `note` are sealed; `document_no` is the number of the paper that orders the step.
    """

    dossier: DossierCode
    by_party: PartyCode
    signed_by: SealedRef | None = None
    note: SealedRef | None = None
    document_no: str | None = None
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierDigitised(DossierStep):
    """The desk scanned the papers into the electronic dossier (số hóa)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierForwarded(DossierStep):
    """The electronic dossier went to the agency's receiving account (Phụ lục 5 B2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierTakenOver(DossierStep):
    """The competent agency took the dossier over; the legal moment for what starts at the agency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierAssigned(DossierStep):
    """The agency gave the dossier to a specialist (Phụ lục 5 B3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierRefused(DossierStep):
    """The dossier was not accepted for processing (không được tiếp nhận)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierSupplementRequested(DossierStep):
    """The agency asked for more papers; its clock stands still. At most once (NĐ 309/2026 Đ8.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierSupplementReceived(DossierStep):
    """The full supplement came in; the clock runs again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierPaymentRequested(DossierStep):
    """The applicant was asked to meet a financial obligation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierPaymentMade(DossierStep):
    """The financial obligation was met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierSuspended(DossierStep):
    """Processing stopped for a legal reason (dừng xử lý)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierResumed(DossierStep):
    """Processing went on after a stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierApologised(DossierStep):
    """The agency apologised in writing and named a new date, at most once (NĐ 61/2018 Đ19)."""

    new_date: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierComplained(DossierStep):
    """The applicant complained about the postal service (TT 17/2017 Đ8)."""

    inter_province: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierComplaintAnswered(DossierStep):
    """The complaint was answered in writing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierWithdrawn(DossierStep):
    """The applicant took the dossier back (công dân yêu cầu rút hồ sơ)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierDecided(DossierStep):
    """The agency decided and issued the result; its papers are entrusted in the same decision."""

    results: tuple[PaperId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierReturned(DossierStep):
    """The result reached the applicant. `recipient` is sealed; `known_by` says by whose word."""

    recipient: SealedRef | None = None
    known_by: KnownBy


DossierEvent = (
    DossierReceived
    | DossierDigitised
    | DossierForwarded
    | DossierTakenOver
    | DossierAssigned
    | DossierRefused
    | DossierSupplementRequested
    | DossierSupplementReceived
    | DossierPaymentRequested
    | DossierPaymentMade
    | DossierSuspended
    | DossierResumed
    | DossierApologised
    | DossierComplained
    | DossierComplaintAnswered
    | DossierWithdrawn
    | DossierDecided
    | DossierReturned
)
