"""The legal order of a dossier's steps, and who may take which."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from logistics.clocks.office_hours import VIETNAM
from logistics.dossier.commands import NewPaper, ReceiveDossier, Step, TakeStep
from logistics.dossier.events import (
    DossierApologised,
    DossierAssigned,
    DossierComplained,
    DossierComplaintAnswered,
    DossierDecided,
    DossierDigitised,
    DossierEvent,
    DossierForwarded,
    DossierPaymentMade,
    DossierPaymentRequested,
    DossierReceived,
    DossierRefused,
    DossierResumed,
    DossierReturned,
    DossierSupplementReceived,
    DossierSupplementRequested,
    DossierSuspended,
    DossierTakenOver,
    DossierWithdrawn,
    Terms,
)
from logistics.dossier.state import CLOSED, Dossier, Phase
from logistics.errors import Forbidden, NotFound, Refused
from logistics.identifiers import (
    PROVINCE,
    DossierCode,
    PaperId,
    PartyCode,
    SealedRef,
    StreamId,
    dossier_stream,
    paper_stream,
    party_stream,
    procedure_stream,
)
from logistics.paper.events import Origin, PaperEntrusted, PaperGivenBack
from logistics.paper.rules import SIGNED
from logistics.paper.state import Condition, Paper
from logistics.party.events import PartyKind
from logistics.party.rules import acting
from logistics.world import World

RECEIVERS = frozenset({PartyKind.DESK, PartyKind.AGENT, PartyKind.KIOSK})
OPEN = frozenset(Phase) - CLOSED - {Phase.DECIDED}
IN_HAND = frozenset({Phase.TAKEN_OVER, Phase.ASSIGNED})
BEFORE_TAKING_OVER = frozenset({Phase.RECEIVED, Phase.FORWARDED})

ALLOWED_IN: dict[Step, frozenset[Phase]] = {
    Step.DIGITISED: OPEN,
    Step.FORWARDED: frozenset({Phase.RECEIVED}),
    Step.TAKEN_OVER: BEFORE_TAKING_OVER,
    Step.ASSIGNED: IN_HAND,
    Step.REFUSED: BEFORE_TAKING_OVER | IN_HAND,
    Step.SUPPLEMENT_REQUESTED: IN_HAND,
    Step.SUPPLEMENT_RECEIVED: frozenset({Phase.SUPPLEMENT_REQUESTED}),
    Step.PAYMENT_REQUESTED: BEFORE_TAKING_OVER | IN_HAND,
    Step.PAYMENT_MADE: frozenset({Phase.PAYMENT_REQUESTED}),
    Step.SUSPENDED: IN_HAND,
    Step.RESUMED: frozenset({Phase.SUSPENDED}),
    Step.APOLOGISED: OPEN,
    Step.COMPLAINED: frozenset(Phase),
    Step.COMPLAINT_ANSWERED: frozenset(Phase),
    Step.WITHDRAWN: OPEN,
    Step.DECIDED: IN_HAND,
    Step.RETURNED: frozenset({Phase.DECIDED, Phase.REFUSED, Phase.WITHDRAWN}),
}
"""The whole legal order on one screen: in which phases each step may be taken."""

AGENCY_STEPS = frozenset(
    {
        Step.TAKEN_OVER,
        Step.ASSIGNED,
        Step.SUPPLEMENT_REQUESTED,
        Step.SUSPENDED,
        Step.RESUMED,
        Step.APOLOGISED,
        Step.DECIDED,
    }
)
"""Steps that only the competent agency, or the province for it, may take."""

ALREADY: dict[Step, frozenset[Phase]] = {
    Step.FORWARDED: frozenset({Phase.FORWARDED}),
    Step.TAKEN_OVER: frozenset({Phase.TAKEN_OVER}),
    Step.RETURNED: frozenset({Phase.RETURNED}),
}
"""Steps that a handover or a carrier may have brought about before somebody writes them down."""

_PLAIN_STEPS: dict[Step, Callable[..., DossierEvent]] = {
    Step.DIGITISED: DossierDigitised,
    Step.FORWARDED: DossierForwarded,
    Step.TAKEN_OVER: DossierTakenOver,
    Step.ASSIGNED: DossierAssigned,
    Step.REFUSED: DossierRefused,
    Step.SUPPLEMENT_REQUESTED: DossierSupplementRequested,
    Step.SUPPLEMENT_RECEIVED: DossierSupplementReceived,
    Step.PAYMENT_REQUESTED: DossierPaymentRequested,
    Step.PAYMENT_MADE: DossierPaymentMade,
    Step.SUSPENDED: DossierSuspended,
    Step.RESUMED: DossierResumed,
    Step.COMPLAINT_ANSWERED: DossierComplaintAnswered,
    Step.WITHDRAWN: DossierWithdrawn,
}


def needs_to_receive(command: ReceiveDossier, world: World) -> list[StreamId]:
    parties = [command.by_party, command.competent_agency]
    if command.return_to.party:
        parties.append(command.return_to.party)
    return [
        dossier_stream(command.dossier),
        procedure_stream(command.procedure_code),
        *map(party_stream, parties),
    ]


def needs_to_step(command: TakeStep, world: World) -> list[StreamId]:
    dossier = world.dossier(command.dossier)
    papers = dossier.all_papers if dossier and command.step is Step.RETURNED else ()
    return [dossier_stream(command.dossier), *map(paper_stream, papers)]


def known(world: World, code: DossierCode) -> Dossier:
    """The dossier, or `NotFound`."""
    dossier = world.dossier(code)
    if dossier is None:
        raise NotFound("unknown-dossier", f"There is no dossier {code}.")
    return dossier


def receive(command: ReceiveDossier, world: World) -> list[DossierReceived | PaperEntrusted]:
    """The receiver answers for every paper from the moment it gives the receipt (QĐ 45/2016 Đ8.3)."""
    if world.dossier(command.dossier) is not None:
        raise Refused("dossier-exists", f"Dossier {command.dossier} has been received already.")
    desk = acting(world, command.by_party, "received_by", RECEIVERS)
    agency = acting(world, command.competent_agency, "competent_agency")
    if command.return_to.party:
        acting(world, command.return_to.party, "return_to.party")
    received = DossierReceived(
        dossier=command.dossier,
        lookup_code=command.lookup_code,
        procedure_code=command.procedure_code,
        procedure_name=command.procedure_name,
        competent_agency=command.competent_agency,
        received_by=command.by_party,
        channel=command.channel,
        non_territorial=command.non_territorial,
        promised_at=command.promised_at,
        applicant=command.applicant,
        papers=tuple(paper.paper for paper in command.papers),
        return_to=command.return_to,
        terms=_terms(command, world),
        desk_hours=desk.opening_hours,
        agency_hours=agency.opening_hours,
        occurred_at=command.occurred_at,
    )
    return [received, *(entrusted(each, command, Origin.APPLICANT) for each in command.papers)]


def _terms(command: ReceiveDossier, world: World) -> Terms | None:
    """The catalogue's terms on the day of reception; none when the procedure is not in it."""
    procedure = world.procedure(command.procedure_code)
    day = command.occurred_at.astimezone(VIETNAM).date()
    stated = procedure.in_force(day) if procedure else None
    if stated is None:
        return None
    return Terms(field=stated.field, limit=stated.limit, effective_from=stated.effective_from)


def entrusted(
    paper: NewPaper, command: ReceiveDossier | TakeStep, origin: Origin
) -> PaperEntrusted:
    return PaperEntrusted(
        paper=paper.paper,
        dossier=command.dossier,
        name=paper.name,
        kind=paper.kind,
        quantity=paper.quantity,
        origin=origin,
        custodian=command.by_party,
        occurred_at=command.occurred_at,
    )


def take_step(
    command: TakeStep, world: World
) -> Sequence[DossierEvent | PaperEntrusted | PaperGivenBack]:
    """Take a step if the legal order allows it here and now, and the party may take it."""
    dossier = known(world, command.dossier)
    _authorise(command, dossier, world)
    if dossier.phase in ALREADY.get(command.step, ()):
        return []
    if dossier.phase not in ALLOWED_IN[command.step]:
        raise Refused(
            "out-of-order", f"A dossier that is {dossier.phase} cannot be {command.step}."
        )
    match command.step:
        case Step.APOLOGISED:
            return [_apologise(command, dossier)]
        case Step.DECIDED:
            return _decide(command)
        case Step.RETURNED:
            return _return(command, dossier, world)
        case Step.COMPLAINED:
            return [DossierComplained(**_step(command), inter_province=command.inter_province)]
        case Step.COMPLAINT_ANSWERED if not dossier.open_complaints:
            raise Refused("no-complaint", "There is no complaint that waits for an answer.")
        case Step.SUPPLEMENT_REQUESTED:
            _first_supplement(command, dossier)
    return [_PLAIN_STEPS[command.step](**_step(command))]


def _authorise(command: TakeStep, dossier: Dossier, world: World) -> None:
    """The agency decides; the desks around the dossier do the rest; the province may do both."""
    allowed = {PROVINCE, dossier.competent_agency}
    if command.step not in AGENCY_STEPS:
        allowed |= {dossier.received_by, dossier.return_to.party or PROVINCE}
    if command.step is Step.RETURNED:
        allowed |= {paper.custodian for paper in _papers(dossier, world)}
    if command.by_party not in allowed:
        raise Forbidden("not-your-step", f"{command.by_party} cannot take the step {command.step}.")


def _papers(dossier: Dossier, world: World) -> list[Paper]:
    papers = (world.paper(paper) for paper in dossier.all_papers)
    return [paper for paper in papers if paper is not None]


def _first_supplement(command: TakeStep, dossier: Dossier) -> None:
    """An agency asks once (NĐ 309/2026 Đ8.1); what the province relays has happened already."""
    if dossier.supplements and command.by_party != PROVINCE:
        raise Refused(
            "supplement-already-requested",
            "A supplement has been requested once already (NĐ 309/2026 Đ8.1).",
        )


def _step(command: TakeStep) -> dict[str, Any]:
    return {
        "dossier": command.dossier,
        "by_party": command.by_party,
        "signed_by": command.signed_by,
        "note": command.note,
        "document_no": command.document_no,
        "occurred_at": command.occurred_at,
    }


def _apologise(command: TakeStep, dossier: Dossier) -> DossierApologised:
    """Once only, with a new date that lies ahead (NĐ 61/2018 Đ19)."""
    if dossier.apologies:
        raise Refused("already-apologised", "The agency has apologised once already.")
    if command.new_date is None:
        raise Refused("new-date-missing", "new_date: an apology names the new date.")
    if command.new_date <= command.occurred_at:
        raise Refused("new-date-past", "new_date: the new date lies ahead of the apology.")
    return DossierApologised(**_step(command), new_date=command.new_date)


def _decide(command: TakeStep) -> list[DossierEvent | PaperEntrusted]:
    """The agency answers for the result's papers until it hands them over."""
    decided = DossierDecided(
        **_step(command), results=tuple(paper.paper for paper in command.results)
    )
    results = (entrusted(paper, command, Origin.RESULT) for paper in command.results)
    return [decided, *results]


def _return(
    command: TakeStep, dossier: Dossier, world: World
) -> list[DossierEvent | PaperGivenBack]:
    """The applicant gets the result and whatever the returning party holds of the originals.

    A paper that somebody else holds, or that is missing, stays open: it is an anomaly to show, not
    a reason to keep the result from the applicant.
    """
    at_hand = [
        paper
        for paper in _papers(dossier, world)
        if paper.custodian == command.by_party
        and paper.condition in {Condition.HELD, Condition.REJECTED}
        and paper.offer is None
    ]
    returned = DossierReturned(**_step(command), recipient=command.recipient, known_by=SIGNED)
    return [returned, *(_given_back(paper, command) for paper in at_hand)]


def _given_back(paper: Paper, command: TakeStep) -> PaperGivenBack:
    return PaperGivenBack(
        paper=paper.id,
        dossier=paper.dossier,
        giver=paper.custodian,
        waybill=None,
        known_by=SIGNED,
        signed_by=command.signed_by,
        recipient=command.recipient,
        occurred_at=command.occurred_at,
    )


class Signed(Protocol):
    """What a command brings along that signs for the taking over of a dossier."""

    @property
    def signed_by(self) -> SealedRef | None: ...

    @property
    def occurred_at(self) -> datetime: ...


def taken_over_with_papers(
    accepted: tuple[PaperId, ...], receiver: PartyCode, command: Signed, world: World
) -> list[DossierTakenOver]:
    """The agency that signs for a dossier's papers has taken the dossier over (QĐ 45/2016 Đ7.4)."""
    papers = [world.paper(paper) for paper in accepted]
    codes = dict.fromkeys(paper.dossier for paper in papers if paper is not None)
    dossiers = [world.dossier(code) for code in codes]
    return [
        DossierTakenOver(
            dossier=dossier.code,
            by_party=receiver,
            signed_by=command.signed_by,
            occurred_at=command.occurred_at,
        )
        for dossier in dossiers
        if dossier is not None
        and dossier.competent_agency == receiver
        and dossier.phase in BEFORE_TAKING_OVER
    ]
