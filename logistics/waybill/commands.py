"""What can be asked of a waybill, and what its operator can tell us."""

from dataclasses import dataclass
from datetime import datetime

from logistics.evidence import Authentication
from logistics.identifiers import DossierCode, PaperId, PartyCode, SealedRef, WaybillRef
from logistics.waybill.events import Purpose
from logistics.waybill.milestones import Milestone, TimeFlag


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierReport:
    """One thing a carrier says happened to one of its waybills, in our words."""

    number: str
    """The carrier's tracking number, trimmed."""
    milestone: Milestone
    milestone_on_return: Milestone | None
    """What the same code means once the waybill is on its way back; None: the same."""
    original_code: str
    original_text: str
    """The carrier's own status text; never its notes, which may name persons."""
    place: str | None
    """The carrier's words for where, with telephone numbers masked out."""
    occurred_at: datetime
    """Theirs; the time of receipt when theirs is unreadable or too far in the future."""
    occurred_at_text: str
    time_flag: TimeFlag | None
    repeat_key: str
    """Equal for repeats of the same report (DOMAIN §4, "repeats are recognised by")."""
    content_digest: str
    """Digest of what the report says: an equal key with another digest is a conflict."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMilestone:
    """A carrier's report, with the receipt it came in. It is recorded, never refused."""

    waybill: WaybillRef
    report: CarrierReport
    receipt: str
    authentication: Authentication
    recorded_at: datetime
    """When we received it; stays the same when a receipt is replayed from quarantine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookWaybill:
    """A sender hands papers to a postal operator under this number."""

    waybill: WaybillRef
    purpose: Purpose
    sender: PartyCode
    receiver: PartyCode
    dossiers: tuple[DossierCode, ...]
    papers: tuple[PaperId, ...]
    seal_number: str | None
    service: str | None
    by_party: PartyCode
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectWaybill:
    """The sender names another receiver before delivery (Luật Bưu chính Đ16)."""

    waybill: WaybillRef
    receiver: PartyCode
    reason: SealedRef | None
    signed_by: SealedRef | None
    by_party: PartyCode
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallWaybill:
    """The sender asks for the consignment back before delivery (Luật Bưu chính Đ16)."""

    waybill: WaybillRef
    reason: SealedRef | None
    signed_by: SealedRef | None
    by_party: PartyCode
    occurred_at: datetime
