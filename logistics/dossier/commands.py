"""What a desk, an agency or the province can do with a dossier."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from logistics.dossier.events import Channel, ReturnTo
from logistics.identifiers import DossierCode, LookupCode, PaperId, PartyCode, SealedRef
from logistics.paper.events import PaperKind


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPaper:
    """A paper that enters the chain, under the id it will keep."""

    paper: PaperId
    name: str
    kind: PaperKind
    quantity: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveDossier:
    """A desk or agent takes the dossier and its papers over the counter."""

    dossier: DossierCode
    lookup_code: LookupCode
    procedure_code: str
    procedure_name: str | None
    competent_agency: PartyCode
    channel: Channel
    non_territorial: bool
    promised_at: datetime | None
    applicant: SealedRef
    papers: tuple[NewPaper, ...]
    return_to: ReturnTo
    by_party: PartyCode
    occurred_at: datetime


class Step(StrEnum):
    """A step of a dossier, in the words of the API."""

    DIGITISED = "digitised"
    FORWARDED = "forwarded"
    TAKEN_OVER = "taken-over"
    ASSIGNED = "assigned"
    REFUSED = "refused"
    SUPPLEMENT_REQUESTED = "supplement-requested"
    SUPPLEMENT_RECEIVED = "supplement-received"
    PAYMENT_REQUESTED = "payment-requested"
    PAYMENT_MADE = "payment-made"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    APOLOGISED = "apologised"
    COMPLAINED = "complained"
    COMPLAINT_ANSWERED = "complaint-answered"
    WITHDRAWN = "withdrawn"
    DECIDED = "decided"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeStep:
    """Take one step.

    `new_date` goes with an apology, `results` with a decision, `recipient` with a return, and
    `inter_province` with a complaint.
    """

    dossier: DossierCode
    step: Step
    note: SealedRef | None
    signed_by: SealedRef | None
    document_no: str | None
    new_date: datetime | None
    results: tuple[NewPaper, ...]
    recipient: SealedRef | None
    inter_province: bool = False
    by_party: PartyCode
    occurred_at: datetime
