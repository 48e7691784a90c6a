"""The operator has it: the first scan takes over what the sender booked."""

from collections.abc import Iterable

from logistics.evidence import Word
from logistics.handover.events import HandoverAccepted, HandoverOffered
from logistics.handover.state import Handover, Stage
from logistics.identifiers import HandoverId, PartyCode
from logistics.paper.events import PaperTransferred
from logistics.paper.state import Paper
from logistics.waybill.events import Report
from logistics.waybill.state import Booking, Waybill, possession
from logistics.waybill.word_of_operator import (
    accepted_by_report,
    by,
    handover_id,
    offered_by_report,
)
from logistics.world import World

Taken = HandoverOffered | HandoverAccepted | PaperTransferred


def take(waybill: Waybill, booking: Booking, papers: list[Paper], world: World) -> list[Taken]:
    """Accept the open handover to the operator, in full; what nobody offered is taken as it is.

    A waybill takes a paper once. A report that dates the same taking better only moves its time.
    """
    evidence = possession(waybill.reports)
    if evidence is None:
        return []
    waiting = [
        paper
        for paper in papers
        if paper.custodian == booking.sender
        and not paper.ended
        and waybill.ref not in paper.carried_by
    ]
    events: list[Taken] = []
    for handover in _open_handovers(waybill, waiting, world):
        events += _accept_in_full(waybill, handover, evidence, world)
    unoffered = [paper for paper in waiting if paper.offer is None]
    if unoffered:
        events += _take_unoffered(waybill, booking.sender, unoffered, evidence)
    return [*events, *_dated_better(waybill, booking, papers, evidence)]


def _open_handovers(waybill: Waybill, waiting: list[Paper], world: World) -> list[Handover]:
    """The open handovers to the operator that these papers are on."""
    ids = dict.fromkeys(paper.offer.handover for paper in waiting if paper.offer)
    handovers = (world.handover(each) for each in ids)
    return [
        handover
        for handover in handovers
        if handover is not None
        and handover.stage is Stage.OFFERED
        and handover.receiver == waybill.ref.operator
        and handover.waybill in {None, waybill.ref}
    ]


def _accept_in_full(
    waybill: Waybill, handover: Handover, evidence: Report, world: World
) -> list[Taken]:
    """The giver signed, the operator reports: both sides are known."""
    papers = [paper for each in handover.papers if (paper := world.paper(each)) is not None]
    offered = offered_by_report(
        waybill, handover.id, handover.giver, handover.receiver, papers, evidence
    )
    accepted = accepted_by_report(waybill, offered, evidence)
    return [accepted, *_transferred(waybill, papers, handover.id, evidence)]


def _take_unoffered(
    waybill: Waybill, sender: PartyCode, papers: list[Paper], evidence: Report
) -> list[Taken]:
    """Nobody wrote the giver's side down: the operator's report stands for both."""
    handover = handover_id(waybill, "taken", papers)
    offered = offered_by_report(waybill, handover, sender, waybill.ref.operator, papers, evidence)
    accepted = accepted_by_report(waybill, offered, evidence)
    return [offered, accepted, *_transferred(waybill, papers, handover, evidence)]


def _transferred(
    waybill: Waybill, papers: Iterable[Paper], handover: HandoverId, evidence: Report
) -> list[PaperTransferred]:
    return [_transfer(waybill, paper, paper.custodian, handover, evidence) for paper in papers]


def _transfer(
    waybill: Waybill, paper: Paper, giver: PartyCode, handover: HandoverId, evidence: Report
) -> PaperTransferred:
    return PaperTransferred(
        paper=paper.id,
        dossier=paper.dossier,
        handover=handover,
        giver=giver,
        receiver=waybill.ref.operator,
        waybill=waybill.ref,
        known_by=by(evidence),
        occurred_at=evidence.occurred_at,
    )


def _dated_better(
    waybill: Waybill, booking: Booking, papers: list[Paper], evidence: Report
) -> list[PaperTransferred]:
    """What was taken on the operator's word is dated by the earliest report of it."""
    return [
        _transfer(waybill, paper, booking.sender, paper.handover, evidence)
        for paper in papers
        if paper.waybill == waybill.ref
        and paper.custodian == waybill.ref.operator
        and paper.word is Word.REPORT
        and paper.handover is not None
        and evidence.occurred_at < paper.since
    ]
