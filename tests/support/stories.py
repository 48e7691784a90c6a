"""The grammar of the rule tests: a story of commands, told in a few words, on a world in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from logistics.dossier.commands import NewPaper, ReceiveDossier, Step, TakeStep
from logistics.dossier.events import Channel, ReturnTo, ReturnWay
from logistics.errors import LuanChuyenError
from logistics.evidence import Authentication
from logistics.handling import RULES
from logistics.handover.commands import (
    AcceptHandover,
    CancelHandover,
    OfferHandover,
    RefuseHandover,
)
from logistics.handover.events import ExtraPaper, RejectedPaper
from logistics.handover.state import Handover
from logistics.identifiers import (
    DossierCode,
    HandoverId,
    LookupCode,
    PaperId,
    PartyCode,
    SealedRef,
    WaybillRef,
)
from logistics.paper.events import PaperKind
from logistics.paper.state import Paper
from logistics.party.commands import RegisterParty
from logistics.party.events import PartyKind
from logistics.recorded import Event
from logistics.streams import evolve, stream_of
from logistics.waybill.commands import BookWaybill, CarrierReport, ReportMilestone
from logistics.waybill.events import Purpose
from logistics.waybill.milestones import Milestone
from logistics.world import World

DESK = PartyCode("desk-1")
OTHER_DESK = PartyCode("desk-2")
AGENCY = PartyCode("agency-1")
POST = PartyCode("VTP")
PROVINCE = PartyCode("province")

DOSSIER = DossierCode("H46.20-260716-0001")
WAYBILL = WaybillRef(operator=POST, number="VTP0001")
HANDOVER = HandoverId("H-1")

MONDAY = datetime(2026, 7, 20, 1, 0, tzinfo=UTC)
"""Monday 08:00 in Việt Nam."""


def at(hours: float) -> datetime:
    """So many hours after Monday 08:00."""
    return MONDAY + timedelta(hours=hours)


def paper(number: int) -> PaperId:
    return PaperId(f"P-{number}")


PAPERS = (paper(1), paper(2), paper(3))


def parties() -> list[RegisterParty]:
    """Two desks, an agency and a postal operator."""
    kinds = {
        DESK: PartyKind.DESK,
        OTHER_DESK: PartyKind.DESK,
        AGENCY: PartyKind.AGENCY,
        POST: PartyKind.OPERATOR,
    }
    return [
        RegisterParty(
            party=code,
            kind=kind,
            name=f"Đơn vị {code}",
            commune=None,
            opening_hours=None,
            occurred_at=MONDAY,
        )
        for code, kind in kinds.items()
    ]


def a_dossier(
    *papers: PaperId,
    code: DossierCode = DOSSIER,
    return_to: ReturnTo = ReturnTo(way=ReturnWay.DESK, party=DESK),  # noqa: B008 - frozen
    kind: PaperKind = PaperKind.ORIGINAL,
    **changes: Any,
) -> ReceiveDossier:
    """A dossier received at the first desk with these originals (three unless told)."""
    received = ReceiveDossier(
        dossier=code,
        lookup_code=LookupCode(f"LOOKUP-{code}"),
        procedure_code="1.013236.H46",
        procedure_name="Đăng ký khai sinh",
        competent_agency=AGENCY,
        channel=Channel.DESK,
        non_territorial=True,
        promised_at=at(24 * 7),
        applicant=SealedRef("S-applicant"),
        papers=tuple(
            NewPaper(paper=each, name=f"Giấy tờ {each}", kind=kind) for each in papers or PAPERS
        ),
        return_to=return_to,
        by_party=DESK,
        occurred_at=MONDAY,
    )
    return replace(received, **changes)


def step(name: Step, *, by: PartyCode = AGENCY, hours: float = 48, **changes: Any) -> TakeStep:
    """The next step of the dossier, taken by the agency unless told."""
    taken = TakeStep(
        dossier=DOSSIER,
        step=name,
        note=None,
        signed_by=None,
        document_no=None,
        new_date=None,
        results=(),
        recipient=None,
        by_party=by,
        occurred_at=at(hours),
    )
    return replace(taken, **changes)


def offer(
    *papers: PaperId,
    giver: PartyCode = DESK,
    to: PartyCode = AGENCY,
    handover: HandoverId = HANDOVER,
    by: PartyCode | None = None,
    waybill: WaybillRef | None = None,
    hours: float = 1,
) -> OfferHandover:
    """Papers on the counter, the desk's for the agency unless told."""
    return OfferHandover(
        handover=handover,
        giver=giver,
        receiver=to,
        papers=papers or PAPERS,
        waybill=waybill,
        seal_number=None,
        place=None,
        signed_by=None,
        by_party=by or giver,
        occurred_at=at(hours),
    )


def accept(
    *accepted: PaperId,
    rejected: Sequence[PaperId] = (),
    missing: Sequence[PaperId] = (),
    extra: Sequence[str] = (),
    by: PartyCode = AGENCY,
    handover: HandoverId = HANDOVER,
    hours: float = 2,
) -> AcceptHandover:
    """The receiver's answer, item by item."""
    return AcceptHandover(
        handover=handover,
        accepted=accepted,
        rejected=tuple(RejectedPaper(paper=each, reason=None) for each in rejected),
        missing=tuple(missing),
        extra=tuple(ExtraPaper(name=each, note=None) for each in extra),
        place=None,
        signed_by=None,
        by_party=by,
        occurred_at=at(hours),
    )


def refuse(
    *, by: PartyCode = AGENCY, handover: HandoverId = HANDOVER, hours: float = 2
) -> RefuseHandover:
    return RefuseHandover(
        handover=handover, reason=None, signed_by=None, by_party=by, occurred_at=at(hours)
    )


def cancel(
    *, by: PartyCode = DESK, handover: HandoverId = HANDOVER, hours: float = 2
) -> CancelHandover:
    return CancelHandover(
        handover=handover, reason=None, signed_by=None, by_party=by, occurred_at=at(hours)
    )


def booking(
    *papers: PaperId,
    sender: PartyCode = DESK,
    to: PartyCode = AGENCY,
    waybill: WaybillRef = WAYBILL,
    dossiers: Sequence[DossierCode] = (DOSSIER,),
    purpose: Purpose = Purpose.SEND,
    by: PartyCode | None = None,
    hours: float = 1,
) -> BookWaybill:
    """A consignment of the desk's papers to the agency unless told."""
    return BookWaybill(
        waybill=waybill,
        purpose=purpose,
        sender=sender,
        receiver=to,
        dossiers=tuple(dossiers),
        papers=papers or PAPERS,
        seal_number=None,
        service=None,
        by_party=by or sender,
        occurred_at=at(hours),
    )


def report(
    milestone: Milestone,
    hours: float,
    *,
    waybill: WaybillRef = WAYBILL,
    on_return: Milestone | None = None,
    key: str | None = None,
    digest: str | None = None,
) -> ReportMilestone:
    """The operator's push: this happened, so many hours after Monday 08:00."""
    repeat_key = key or f"{milestone}@{hours}"
    return ReportMilestone(
        waybill=waybill,
        report=CarrierReport(
            number=waybill.number,
            milestone=milestone,
            milestone_on_return=on_return,
            original_code=milestone.value,
            original_text=milestone.value,
            place=None,
            occurred_at=at(hours),
            occurred_at_text=at(hours).isoformat(),
            time_flag=None,
            repeat_key=repeat_key,
            content_digest=digest or repeat_key,
        ),
        receipt=f"R-{repeat_key}",
        authentication=Authentication.BODY_TOKEN,
        recorded_at=at(hours),
    )


@dataclass
class Story:
    """What was decided so far, and the world it left."""

    world: World = field(default_factory=World)
    events: list[Event] = field(default_factory=list)

    def given(self, *commands: object) -> Self:
        """Let these happen; each has to be allowed."""
        for command in commands:
            self.when(command)
        return self

    def when(self, command: object) -> list[Event]:
        """Decide one command, and answer what it led to."""
        events = list(RULES[type(command)].decide(command, self.world))
        for event in events:
            stream = stream_of(event)
            self.world[stream] = evolve(stream, self.world[stream], event)
        self.events += events
        return events

    def refusal(self, command: object) -> str:
        """The code with which this command is refused; a story in which it is not fails."""
        try:
            self.when(command)
        except LuanChuyenError as error:
            return error.code
        msg = f"{type(command).__name__} was allowed"
        raise AssertionError(msg)

    def paper(self, paper: PaperId) -> Paper:
        found = self.world.paper(paper)
        assert found is not None
        return found

    def holders(self, *papers: PaperId) -> list[PartyCode]:
        return [self.paper(each).custodian for each in papers or PAPERS]

    def offers(self) -> list[Handover]:
        """The handovers that are open on any of the usual papers, each once."""
        ids = dict.fromkeys(offer.handover for each in PAPERS if (offer := self.paper(each).offer))
        found = [self.world.handover(each) for each in ids]
        return [each for each in found if each is not None]


def a_story(*commands: object) -> Story:
    """A story that begins with the usual parties, and lets these commands happen."""
    return Story().given(*parties(), *commands)
