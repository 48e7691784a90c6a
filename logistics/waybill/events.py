"""What can have happened to a waybill: our booking, and what the operator reported of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from logistics.evidence import Authentication
from logistics.identifiers import DossierCode, PaperId, PartyCode, SealedRef
from logistics.waybill.milestones import Milestone, TimeFlag


class Purpose(StrEnum):
    """Which way the papers travel: to the agency, or back to the applicant."""

    SEND = "send"
    RETURN = "return"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the operator said, in our words and in theirs.

    `milestone_on_return` is what the same code means once the waybill is on its way back.
    `occurred_at` is theirs (ours where theirs is unusable: see `time_flag`).
    """

    milestone: Milestone
    milestone_on_return: Milestone | None
    original_code: str
    original_text: str
    place: str | None
    occurred_at: datetime
    occurred_at_text: str
    time_flag: TimeFlag | None
    repeat_key: str
    content_digest: str
    warnings: tuple[str, ...]
    receipt: str
    authentication: Authentication


@dataclass(frozen=True, slots=True, kw_only=True)
class WaybillBooked:
    """A sender booked a consignment for these papers.

    `adopted` are the reports that came before the booking, so that whoever follows the dossier
    learns of them here.
    """

    operator: PartyCode
    number: str
    purpose: Purpose
    sender: PartyCode
    receiver: PartyCode
    dossiers: tuple[DossierCode, ...]
    papers: tuple[PaperId, ...]
    seal_number: str | None
    service: str | None
    adopted: tuple[Report, ...]
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WaybillReported:
    """The operator said that something happened to the consignment.

    `dossiers` is empty while the waybill is not booked. `conflict` marks a report that repeats an
    earlier one's key with other content: both are kept.
    """

    operator: PartyCode
    number: str
    dossiers: tuple[DossierCode, ...]
    report: Report
    conflict: bool
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WaybillRedirected:
    """Before delivery, the sender named another receiver (Luật Bưu chính Đ16)."""

    operator: PartyCode
    number: str
    dossiers: tuple[DossierCode, ...]
    receiver: PartyCode
    reason: SealedRef | None
    signed_by: SealedRef | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WaybillRecalled:
    """Before delivery, the sender asked for the consignment back (Luật Bưu chính Đ16)."""

    operator: PartyCode
    number: str
    dossiers: tuple[DossierCode, ...]
    reason: SealedRef | None
    signed_by: SealedRef | None
    occurred_at: datetime


WaybillEvent = WaybillBooked | WaybillReported | WaybillRedirected | WaybillRecalled
