"""How a consignment ended, and what that means for the papers that its operator holds."""

from collections.abc import Iterable

from logistics.dossier.events import DossierReturned
from logistics.dossier.state import Phase
from logistics.evidence import Word
from logistics.handover.events import HandoverCancelled, HandoverOffered
from logistics.handover.rules import withdrawals
from logistics.handover.state import Handover, Stage
from logistics.identifiers import HandoverId, PaperId, PartyCode
from logistics.paper.events import (
    PaperDeclaredLost,
    PaperFound,
    PaperGivenBack,
    PaperOffered,
    PaperOfferWithdrawn,
)
from logistics.paper.state import Condition, Paper
from logistics.waybill.events import Report
from logistics.waybill.milestones import Milestone
from logistics.waybill.state import Booking, Waybill, first_of, last_of, standing
from logistics.waybill.word_of_operator import after, by, handover_id, offered_by_report
from logistics.world import World

Ended = (
    HandoverOffered
    | HandoverCancelled
    | PaperOffered
    | PaperOfferWithdrawn
    | PaperFound
    | PaperDeclaredLost
    | PaperGivenBack
    | DossierReturned
)


def end(waybill: Waybill, booking: Booking, papers: list[Paper], world: World) -> list[Ended]:
    """What the end of a consignment, as all reports tell it, asks for."""
    if booking.to_citizen and (first := first_of(waybill.reports, Milestone.DELIVERED)):
        return _give_back(waybill, papers, first, world)
    now = standing(waybill.reports)
    carried = [paper for paper in papers if _carries(waybill, paper)]
    match now.milestone if now else None:
        case Milestone.DELIVERED if now:
            return _bring(waybill, carried, booking.receiver, now.report, world)
        case Milestone.RETURNED if now:
            return _bring(waybill, carried, booking.sender, now.report, world)
        case Milestone.LOST_OR_DESTROYED if now:
            return _lose(waybill, carried, now.report, world)
        case _:
            return []


def _carries(waybill: Waybill, paper: Paper) -> bool:
    """Whether the operator holds the paper under this waybill."""
    return paper.custodian == waybill.ref.operator and paper.waybill in {None, waybill.ref}


# --- brought to a party: offered, until it signs ---


def _bring(
    waybill: Waybill, carried: list[Paper], receiver: PartyCode, report: Report, world: World
) -> list[Ended]:
    """Offer the papers to whom they were brought; the operator stays custodian until it signs."""
    overtaken = _overtaken(carried, receiver, report, world)
    papers = after(carried, overtaken)
    dated = [
        _on_offer(waybill, paper, paper.offer.handover, receiver, report)
        for paper in papers
        if paper.offer
        and paper.offer.receiver == receiver
        and paper.offer.occurred_at != report.occurred_at
        and _told(world.handover(paper.offer.handover))
    ]
    offered = [paper for paper in papers if _offerable(waybill, paper)]
    if not offered:
        return [*overtaken, *dated]
    return [*overtaken, *dated, *_offer(waybill, offered, receiver, report)]


def _offer(
    waybill: Waybill, papers: list[Paper], receiver: PartyCode, report: Report
) -> list[Ended]:
    """One handover for all; a consignment that was called lost and is here has been found."""
    handover = handover_id(waybill, f"to:{receiver}", papers)
    found = [
        PaperFound(
            paper=paper.id,
            dossier=paper.dossier,
            custodian=paper.custodian,
            known_by=by(report),
            note=None,
            occurred_at=report.occurred_at,
        )
        for paper in papers
        if paper.condition is Condition.LOST
    ]
    return [
        *found,
        offered_by_report(waybill, handover, waybill.ref.operator, receiver, papers, report),
        *(_on_offer(waybill, paper, handover, receiver, report) for paper in papers),
    ]


def _on_offer(
    waybill: Waybill, paper: Paper, handover: HandoverId, receiver: PartyCode, report: Report
) -> PaperOffered:
    return PaperOffered(
        paper=paper.id,
        dossier=paper.dossier,
        handover=handover,
        giver=waybill.ref.operator,
        receiver=receiver,
        occurred_at=report.occurred_at,
    )


def _offerable(waybill: Waybill, paper: Paper) -> bool:
    """A paper is brought again only by a report that is not older than the end of its last offer.

    A paper that a receiver called missing is not offered on a carrier's word: somebody has to find
    it first.
    """
    if paper.offer is not None or paper.condition is Condition.MISSING:
        return False
    if paper.offer_ended_at is None:
        return True
    attempts = (
        last_of(waybill.reports, Milestone.DELIVERED),
        last_of(waybill.reports, Milestone.RETURNED),
    )
    return any(each is not None and each.occurred_at >= paper.offer_ended_at for each in attempts)


def _told(handover: Handover | None) -> bool:
    """Whether an open offer is known by a report only; what is signed is never touched."""
    return (
        handover is not None
        and handover.offered_by is Word.REPORT
        and handover.stage is Stage.OFFERED
    )


def _overtaken(
    papers: Iterable[Paper], receiver: PartyCode, report: Report, world: World
) -> list[Ended]:
    """Offers that earlier reports made to somebody else end: the operator tells it otherwise now."""
    ids = dict.fromkeys(
        paper.offer.handover for paper in papers if paper.offer and paper.offer.receiver != receiver
    )
    events: list[Ended] = []
    for handover in map(world.handover, ids):
        if handover is None or not _told(handover):
            continue
        cancelled = HandoverCancelled(
            handover=handover.id,
            dossiers=handover.dossiers,
            reason=None,
            signed_by=None,
            occurred_at=report.occurred_at,
        )
        events += [cancelled, *withdrawals(handover, report.occurred_at, world)]
    return events


# --- lost ---


def _lose(waybill: Waybill, carried: list[Paper], report: Report, world: World) -> list[Ended]:
    """The operator answers for what it lost (QĐ 45/2016 Đ14)."""
    lost = [
        PaperDeclaredLost(
            paper=paper.id,
            dossier=paper.dossier,
            custodian=paper.custodian,
            known_by=by(report),
            note=None,
            occurred_at=report.occurred_at,
        )
        for paper in carried
        if paper.condition is not Condition.LOST
    ]
    return [*_overtaken(carried, waybill.ref.operator, report, world), *lost]


# --- brought to the citizen: the chain ends ---


def _give_back(waybill: Waybill, papers: list[Paper], report: Report, world: World) -> list[Ended]:
    """The citizen has them. Nothing that is reported later takes them away again."""
    carried = [paper for paper in papers if _carries(waybill, paper) and not paper.ended]
    dated_better = [
        paper
        for paper in papers
        if paper.ended
        and paper.waybill == waybill.ref
        and paper.word is Word.REPORT
        and report.occurred_at < paper.since
    ]
    back = [
        PaperGivenBack(
            paper=paper.id,
            dossier=paper.dossier,
            giver=waybill.ref.operator,
            waybill=waybill.ref,
            known_by=by(report),
            signed_by=None,
            recipient=None,
            occurred_at=report.occurred_at,
        )
        for paper in (*carried, *dated_better)
    ]
    given = {paper.id for paper in carried}
    return [
        *_overtaken(carried, waybill.ref.operator, report, world),
        *back,
        *_returned(waybill, given, report, world),
    ]


def _returned(
    waybill: Waybill, given: set[PaperId], report: Report, world: World
) -> list[DossierReturned]:
    """A decided dossier all of whose results have arrived has been returned."""
    dossiers = [world.dossier(code) for code in waybill.dossiers]
    return [
        DossierReturned(
            dossier=dossier.code,
            by_party=waybill.ref.operator,
            known_by=by(report),
            occurred_at=report.occurred_at,
        )
        for dossier in dossiers
        if dossier is not None
        and dossier.phase is Phase.DECIDED
        and not given.isdisjoint(dossier.results)
        and all(paper in given or _is_back(world.paper(paper)) for paper in dossier.results)
    ]


def _is_back(paper: Paper | None) -> bool:
    """Given back already, or electronic and so never on the road."""
    return paper is None or paper.ended or not paper.physical
