"""What is kept of a dossier: lists, texts and numbers, small enough to be the row of a view.

Times stay as the log has them (RFC 3339 in UTC) and are parsed where they are computed with. Every
entry names the position of the event behind it. Nothing personal is in any of them.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from logistics.recorded import Recorded


class StepFact(TypedDict):
    """A step of the dossier, in the words of the API."""

    step: str
    at: str
    position: int
    new_date: NotRequired[str]
    inter_province: NotRequired[bool]


class CustodyFact(TypedDict):
    """From when on somebody holds a paper; `handover` is empty for its first custodian."""

    holder: str
    at: str
    position: int
    handover: str


class OfferFact(TypedDict):
    """The open offer of a paper."""

    handover: str
    to: str
    at: str


class PaperFact(TypedDict):
    """A paper, and everybody who ever held it.

    `damaged_under` names the handovers by which those got it who held it when it was damaged.
    """

    name: str
    kind: str
    origin: str
    quantity: int
    custody: list[CustodyFact]
    offer: OfferFact | None
    condition: str
    damaged: bool
    damaged_under: NotRequired[list[str]]
    changed_at: str
    changed_position: int


class HandoverFact(TypedDict):
    """An offer, and how it ended."""

    giver: str
    receiver: str
    papers: list[str]
    waybill: str | None
    offered_at: str
    offered_position: int
    signed: NotRequired[bool]
    ended_as: NotRequired[str]
    ended_at: NotRequired[str]
    ended_position: NotRequired[int]


class ReportFact(TypedDict):
    """What an operator reported."""

    milestone: str
    on_return: str | None
    at: str
    position: int
    conflict: bool


class WaybillFact(TypedDict):
    """A consignment."""

    operator: str
    number: str
    purpose: str
    sender: str
    receiver: str
    papers: list[str]
    booked_at: str
    booked_position: int
    reports: list[ReportFact]
    recalled: NotRequired[str]


class VerdictFacts(TypedDict):
    """What has been found out and written down about the clocks so far."""

    stream_version: int
    breached: dict[str, str]
    alarms: dict[str, Any]


class ReturnFact(TypedDict):
    """How the applicant wants the result and the originals back; an address is sealed elsewhere."""

    way: str
    party: str | None


class DossierFacts(TypedDict):
    """Everything."""

    dossier: str
    return_to: ReturnFact
    received_at: str
    received_position: int
    desk: str
    agency: str
    channel: str
    non_territorial: bool
    procedure: str
    procedure_name: str | None
    field: str | None
    limit: Mapping[str, Any] | None
    promised_at: str | None
    desk_hours: str | None
    agency_hours: str | None
    steps: list[StepFact]
    papers: dict[str, PaperFact]
    handovers: dict[str, HandoverFact]
    waybills: dict[str, WaybillFact]
    verdicts: VerdictFacts


Data = Mapping[str, Any]
Fold = Callable[[DossierFacts, Recorded], DossierFacts]


def time(text: str) -> datetime:
    """A time of the facts."""
    return datetime.fromisoformat(text)
