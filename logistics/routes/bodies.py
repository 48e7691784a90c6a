"""What write requests say and what they are answered: the contract's words, checked at the edge."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from logistics.credentials import Role
from logistics.dossier.commands import Step
from logistics.dossier.events import Channel, ReturnWay
from logistics.identifiers import CITIZEN
from logistics.paper.events import PaperKind
from logistics.party.events import PartyKind
from logistics.waybill.events import Purpose
from logistics.web.fields import Answer, Body, Code, Name, Text, Time, Written

Quantity = Annotated[int, Field(ge=1, le=10_000)]


def each_once(codes: list[str]) -> list[str]:
    """A list names nothing twice."""
    if len(set(codes)) < len(codes):
        raise PydanticCustomError("each_once", "Input should name each only once")
    return codes


Papers = Annotated[list[Code], Field(max_length=500), AfterValidator(each_once)]
SomePapers = Annotated[list[Code], Field(min_length=1, max_length=500), AfterValidator(each_once)]
SomeDossiers = Annotated[list[Code], Field(min_length=1, max_length=200), AfterValidator(each_once)]


# --- parties ---


class NewParty(Body):
    """A party to register."""

    code: Code
    kind: Literal[
        PartyKind.DESK, PartyKind.AGENT, PartyKind.KIOSK, PartyKind.OPERATOR, PartyKind.AGENCY
    ]
    name: Name
    commune: Name | None = None
    opening_hours: Name | None = Field(
        None, description="Office hours, as in `07:30-11:30, 13:30-17:00`."
    )


class PartyDescription(Body):
    """A party's new description, in full."""

    name: Name
    commune: Name | None = None
    opening_hours: Name | None = None


class NewKey(Body):
    """A key to issue to a party."""

    role: Role


class IssuedKey(Written):
    """A new key. `key` is shown this once; only a digest of it is kept."""

    id: str
    key: str | None = Field(description="Shown once; keep it safe. A repeat is answered null.")


class RegisteredParty(Written):
    """The party is registered."""

    code: str


# --- dossiers ---


class Applicant(Body):
    """Who applies. Kept encrypted beside the log, never in it."""

    name: Name
    phone: Annotated[str, Field(pattern=r"^\+?[0-9][0-9 .-]{5,18}[0-9]$", examples=["0912345678"])]
    id_number: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{5,20}$")] | None = None


class FiledPaper(Body):
    """One line of the list of papers."""

    name: Name
    kind: PaperKind
    quantity: Quantity = 1


class ReturnWish(Body):
    """How the applicant wants the result and the originals back."""

    way: ReturnWay
    party: Code | None = None
    address: Name | None = Field(None, description="Kept encrypted beside the log.")


class NewDossier(Body):
    """A dossier received over the counter, at a kiosk, by post or online."""

    code: Code
    procedure_code: Code
    procedure_name: Name | None = None
    competent_agency: Code
    channel: Channel
    received_at: Time | None = None
    promised_at: Time | None = None
    non_territorial: bool
    applicant: Applicant
    papers: Annotated[list[FiledPaper], Field(max_length=200)]
    return_to: ReturnWish


class ListedPaper(Answer):
    """A paper, under the id it keeps."""

    paper_id: str
    name: str
    kind: PaperKind


class ReceivedDossier(Written):
    """The receipt: the code the citizen looks the dossier up with, and the ids of the papers."""

    code: str
    lookup_code: str
    papers: list[ListedPaper]


class IssuedResult(Body):
    """A paper that the decision issues."""

    name: Name
    kind: PaperKind


class NextStep(Body):
    """A step of a dossier. `new_date` goes with `apologised`, `results` with `decided`."""

    step: Step
    occurred_at: Time | None = None
    by: Name | None = Field(None, description="Who signs; kept encrypted beside the log.")
    note: Text | None = Field(None, description="Kept encrypted beside the log.")
    document_no: Name | None = None
    new_date: Time | None = None
    results: Annotated[list[IssuedResult], Field(max_length=50)] | None = None
    recipient: Name | None = Field(None, description="Kept encrypted beside the log.")
    inter_province: bool = Field(
        default=False, description="Goes with `complained`: the consignment left the province."
    )


class StepTaken(Written):
    """The step is recorded; `papers` lists the results that a decision issued."""

    papers: list[ListedPaper] | None = None


# --- waybills ---


class NewWaybill(Body):
    """A consignment to book."""

    operator: Code
    number: Code
    purpose: Purpose
    from_: Code = Field(alias="from")
    to: Code = Field(description=f'A party, or "{CITIZEN}".')
    dossiers: SomeDossiers
    papers: SomePapers
    seal_no: Name | None = None
    service: Name | None = None
    at: Time | None = Field(None, description="When it was handed in; now, if missing.")


class Recall(Body):
    """The sender wants a consignment back before delivery."""

    reason: Text | None = Field(None, description="Kept encrypted beside the log.")
    by: Name | None = Field(None, description="Who signs; kept encrypted beside the log.")
    at: Time | None = None


class Redirection(Recall):
    """The sender names another receiver before delivery."""

    to: Code = Field(description=f'A party, or "{CITIZEN}".')


# --- handovers ---


class HandoverWaybill(Body):
    """The consignment that the papers travel under."""

    operator: Code
    number: Code


class NewHandover(Body):
    """Papers that their custodian puts on the counter."""

    from_: Code = Field(alias="from")
    to: Code
    papers: SomePapers
    waybill: HandoverWaybill | None = None
    seal_no: Name | None = None
    place: Name | None = None
    at: Time | None = None
    by: Name = Field(description="Who signs; kept encrypted beside the log.")


class OfferedHandover(Written):
    """The handover is open until the receiver answers."""

    handover_id: str


class RejectedItem(Body):
    """A paper that the receiver does not take."""

    paper_id: Code
    reason: Text


class ExtraItem(Body):
    """Something in the parcel that nobody listed."""

    name: Name
    note: Text | None = None


class Acceptance(Body):
    """The receiver's answer: accepted + rejected + missing = offered."""

    accepted: Papers
    rejected: Annotated[list[RejectedItem], Field(max_length=500)] | None = None
    missing: Papers | None = None
    extra: Annotated[list[ExtraItem], Field(max_length=100)] | None = None
    at: Time | None = None
    place: Name | None = None
    by: Name = Field(description="Who signs; kept encrypted beside the log.")


class Closing(Body):
    """Why a handover is refused or cancelled; kept encrypted beside the log."""

    reason: Text
    by: Name
    at: Time | None = None


# --- papers ---


class PaperStep(Body):
    """What the custodian says of a paper it holds."""

    step: Literal["declared-lost", "found", "damaged", "given-back"]
    note: Text | None = Field(None, description="Kept encrypted beside the log.")
    recipient: Name | None = Field(None, description="Kept encrypted beside the log.")
    by: Name | None = None
    at: Time | None = None
