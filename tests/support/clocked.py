"""A dossier's life as events, with the times that a legal clock looks at, and what is owed then."""

from datetime import date, datetime
from typing import Any

from logistics.clocks.basis import Basis
from logistics.clocks.law_files import packaged_laws
from logistics.clocks.obligation import Obligation
from logistics.clocks.obligations import obligations
from logistics.clocks.office_hours import VIETNAM
from logistics.clocks.terms import terms_in
from logistics.clocks.vietnam import vietnam
from logistics.dossier.events import (
    Channel,
    DossierReceived,
    ReturnTo,
    ReturnWay,
    Terms,
)
from logistics.dossier_facts import DossierFacts, evolve_facts
from logistics.evidence import Authentication, KnownBy, Word
from logistics.identifiers import (
    DossierCode,
    HandoverId,
    LookupCode,
    PaperId,
    PartyCode,
    SealedRef,
)
from logistics.paper.events import Origin, PaperEntrusted, PaperKind, PaperTransferred
from logistics.procedure.events import LimitUnit, StatutoryLimit
from logistics.recorded import Event
from logistics.waybill.events import Purpose, Report, WaybillBooked, WaybillReported
from logistics.waybill.milestones import Milestone
from tests.support.projecting import as_recorded

BASIS = Basis(laws=packaged_laws(), calendar=vietnam(), terms=terms_in())
CODE, PAPER = DossierCode("D-1"), PaperId("P-1")
DESK, AGENCY, POST = PartyCode("DESK"), PartyCode("AGENCY"), PartyCode("VNPOST")
SIGNED = KnownBy(word=Word.SIGNATURE)
STEP: dict[str, Any] = {"dossier": CODE, "by_party": AGENCY}


def at(text: str) -> datetime:
    """A time in Vietnam."""
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


def received(when: str, **other: Any) -> DossierReceived:
    terms = Terms(
        field="Đất đai",
        limit=StatutoryLimit(n=5, unit=LimitUnit.WORKING_DAYS),
        effective_from=date(2025, 1, 1),
    )
    told: dict[str, Any] = {
        "dossier": CODE,
        "lookup_code": LookupCode("L"),
        "procedure_code": "1.01",
        "procedure_name": None,
        "competent_agency": AGENCY,
        "received_by": DESK,
        "channel": Channel.DESK,
        "non_territorial": False,
        "promised_at": None,
        "applicant": SealedRef("s"),
        "papers": (PAPER,),
        "return_to": ReturnTo(way=ReturnWay.DESK),
        "terms": terms,
        "occurred_at": at(when),
    }
    return DossierReceived(**{**told, **other})


def entrusted(when: str) -> PaperEntrusted:
    return PaperEntrusted(
        paper=PAPER, dossier=CODE, name="Bản chính", kind=PaperKind.ORIGINAL, quantity=1,
        origin=Origin.APPLICANT, custodian=DESK, occurred_at=at(when),
    )  # fmt: skip


def transferred(
    when: str, giver: PartyCode, receiver: PartyCode, handover: str
) -> PaperTransferred:
    return PaperTransferred(
        paper=PAPER, dossier=CODE, handover=HandoverId(handover), giver=giver, receiver=receiver,
        waybill=None, known_by=SIGNED, occurred_at=at(when),
    )  # fmt: skip


def booked(when: str, receiver: str = AGENCY, purpose: Purpose = Purpose.SEND) -> WaybillBooked:
    return WaybillBooked(
        operator=POST, number="1", purpose=purpose, sender=DESK, receiver=PartyCode(receiver),
        dossiers=(CODE,), papers=(PAPER,), seal_number=None, service=None, adopted=(),
        occurred_at=at(when),
    )  # fmt: skip


def reported(when: str, milestone: Milestone) -> WaybillReported:
    report = Report(
        milestone=milestone, milestone_on_return=None, original_code="x", original_text="x",
        place=None, occurred_at=at(when), occurred_at_text=when, time_flag=None,
        repeat_key=f"{milestone}{when}", content_digest="d", warnings=(), receipt="1",
        authentication=Authentication.URL_SECRET,
    )  # fmt: skip
    return WaybillReported(
        operator=POST, number="1", dossiers=(CODE,), report=report, conflict=False,
        occurred_at=at(when),
    )  # fmt: skip


def facts(*events: Event) -> DossierFacts:
    folded: DossierFacts | None = None
    for recorded in as_recorded(events):
        folded = evolve_facts(folded, recorded)
    assert folded is not None
    return folded


def owed(kind: str, *events: Event, basis: Basis = BASIS) -> Obligation:
    (found,) = [each for each in obligations(facts(*events), basis) if each.kind == kind]
    return found


LATER = at("2027-06-30T00:00")
"""Long after everything."""
