"""Custody moves only here: the custodian offers a list, the receiver answers item by item."""

from collections.abc import Sequence
from datetime import datetime

from logistics.dossier.events import DossierTakenOver
from logistics.dossier.rules import taken_over_with_papers
from logistics.errors import Forbidden, NotFound, Refused
from logistics.handover.commands import (
    AcceptHandover,
    CancelHandover,
    CloseHandover,
    OfferHandover,
    RefuseHandover,
)
from logistics.handover.events import (
    HandoverAccepted,
    HandoverCancelled,
    HandoverOffered,
    HandoverRefused,
)
from logistics.handover.state import Answer, Handover, Stage
from logistics.identifiers import (
    CITIZEN,
    DossierCode,
    HandoverId,
    PaperId,
    StreamId,
    dossier_stream,
    handover_stream,
    paper_stream,
    party_stream,
)
from logistics.paper.events import (
    Dispute,
    PaperDisputed,
    PaperFound,
    PaperOffered,
    PaperOfferWithdrawn,
    PaperTransferred,
)
from logistics.paper.rules import SIGNED, held_by
from logistics.paper.state import Condition, Paper
from logistics.party.rules import acting
from logistics.world import World


def needs_to_offer(command: OfferHandover, world: World) -> list[StreamId]:
    parties = [party_stream(command.giver), party_stream(command.receiver)]
    waybill = [command.waybill.stream] if command.waybill else []
    handover = handover_stream(command.handover)
    return [handover, *map(paper_stream, command.papers), *parties, *waybill]


def needs_to_close(command: AcceptHandover | CloseHandover, world: World) -> list[StreamId]:
    handover = world.handover(command.handover)
    if handover is None:
        return [handover_stream(command.handover)]
    return [
        handover_stream(command.handover),
        *map(paper_stream, handover.papers),
        *map(dossier_stream, handover.dossiers),
    ]


def offer(
    command: OfferHandover, world: World
) -> list[HandoverOffered | PaperOffered | PaperFound]:
    """Only the custodian can offer, and only what is not on offer already.

    Offering a paper that was missing or lost says that it has been found.
    """
    if command.by_party != command.giver:
        raise Forbidden("not-the-giver", f"{command.by_party} cannot offer for {command.giver}.")
    if world.handover(command.handover) is not None:
        raise Refused("handover-exists", f"Handover {command.handover} has been offered already.")
    if command.receiver in {command.giver, CITIZEN}:
        raise Refused(
            "no-such-receiver",
            "A handover goes to another party; the applicant gets papers by a return.",
        )
    acting(world, command.receiver, "to")
    papers = [_offerable(world, paper, command) for paper in command.papers]
    _same_waybill(command, world)
    found = [_found(paper, command) for paper in papers if paper.condition is not Condition.HELD]
    return [*found, _offered(command, papers), *(_on_offer(paper, command) for paper in papers)]


def _offerable(world: World, paper: PaperId, command: OfferHandover) -> Paper:
    held = held_by(world, paper, command.giver)
    if not held.physical:
        raise Refused("not-a-physical-paper", f"Paper {paper} is electronic; it is forwarded.")
    if held.offer is not None:
        raise Refused("on-offer", f"Paper {paper} is on offer already, by {held.offer.handover}.")
    return held


def _same_waybill(command: OfferHandover, world: World) -> None:
    """A handover under a waybill lists that waybill's papers only, once it is booked."""
    waybill = world.waybill(command.waybill) if command.waybill else None
    if waybill is None or waybill.booking is None:
        return
    strangers = [paper for paper in command.papers if paper not in waybill.booking.papers]
    if strangers:
        raise Refused("not-on-the-waybill", f"Not on the waybill: {', '.join(strangers)}.")


def _found(paper: Paper, command: OfferHandover) -> PaperFound:
    return PaperFound(
        paper=paper.id,
        dossier=paper.dossier,
        custodian=paper.custodian,
        known_by=SIGNED,
        note=None,
        occurred_at=command.occurred_at,
    )


def _offered(command: OfferHandover, papers: list[Paper]) -> HandoverOffered:
    return HandoverOffered(
        handover=command.handover,
        giver=command.giver,
        receiver=command.receiver,
        papers=command.papers,
        dossiers=dossiers_of(papers),
        waybill=command.waybill,
        seal_number=command.seal_number,
        place=command.place,
        signed_by=command.signed_by,
        known_by=SIGNED,
        occurred_at=command.occurred_at,
    )


def _on_offer(paper: Paper, command: OfferHandover) -> PaperOffered:
    return PaperOffered(
        paper=paper.id,
        dossier=paper.dossier,
        handover=command.handover,
        giver=command.giver,
        receiver=command.receiver,
        occurred_at=command.occurred_at,
    )


def dossiers_of(papers: Sequence[Paper]) -> tuple[DossierCode, ...]:
    """The dossiers of these papers, each once, in order of first appearance."""
    return tuple(dict.fromkeys(paper.dossier for paper in papers))


def accept(
    command: AcceptHandover, world: World
) -> list[HandoverAccepted | PaperTransferred | PaperDisputed | DossierTakenOver]:
    """Custody moves, item by item, when the receiver says so (QĐ 45/2016 Đ7.2-7.4)."""
    handover = known(world, command.handover)
    if command.by_party != handover.receiver:
        raise Forbidden("not-the-receiver", f"Handover {handover.id} was offered to somebody else.")
    answer = _answer(command)
    match handover.stage:
        case Stage.ACCEPTED if handover.answer == answer:
            return []  # The same counter pressed the button twice.
        case Stage.OFFERED:
            reconcile(command, handover)
        case stage:
            raise Refused("not-acceptable", f"The handover is {stage}, not offered.")
    accepted = _accepted(command, handover)
    return [
        accepted,
        *transfers(accepted, world),
        *_disputes(command, handover, world),
        *taken_over_with_papers(accepted.accepted, handover.receiver, command, world),
    ]


def _answer(command: AcceptHandover) -> Answer:
    return Answer(
        accepted=frozenset(command.accepted),
        rejected=frozenset(each.paper for each in command.rejected),
        missing=frozenset(command.missing),
    )


def reconcile(command: AcceptHandover, handover: Handover) -> None:
    """Accepted + rejected + missing = offered, each paper exactly once."""
    answered = [
        *command.accepted,
        *(each.paper for each in command.rejected),
        *command.missing,
    ]
    twice = {paper for paper in answered if answered.count(paper) > 1}
    faults = {
        "answered twice": sorted(twice),
        "not answered": [paper for paper in handover.papers if paper not in answered],
        "not offered": [paper for paper in answered if paper not in handover.papers],
    }
    told = [f"{what}: {', '.join(papers)}" for what, papers in faults.items() if papers]
    if told:
        raise Refused("does-not-reconcile", f"The counts do not reconcile: {'; '.join(told)}.")


def _accepted(command: AcceptHandover, handover: Handover) -> HandoverAccepted:
    return HandoverAccepted(
        handover=handover.id,
        giver=handover.giver,
        receiver=handover.receiver,
        dossiers=handover.dossiers,
        accepted=command.accepted,
        rejected=command.rejected,
        missing=command.missing,
        extra=command.extra,
        waybill=handover.waybill,
        place=command.place,
        signed_by=command.signed_by,
        known_by=SIGNED,
        occurred_at=command.occurred_at,
    )


def transfers(accepted: HandoverAccepted, world: World) -> list[PaperTransferred]:
    """The moves of custody that an acceptance brings about."""
    papers = [held_by(world, paper, accepted.giver) for paper in accepted.accepted]
    return [
        PaperTransferred(
            paper=paper.id,
            dossier=paper.dossier,
            handover=accepted.handover,
            giver=accepted.giver,
            receiver=accepted.receiver,
            waybill=accepted.waybill,
            known_by=accepted.known_by,
            occurred_at=accepted.occurred_at,
        )
        for paper in papers
    ]


def _disputes(command: AcceptHandover, handover: Handover, world: World) -> list[PaperDisputed]:
    """What the receiver did not get or would not take stays with the giver, in dispute."""
    disputed = [(each.paper, Dispute.REJECTED, each.reason) for each in command.rejected]
    disputed += [(paper, Dispute.MISSING, None) for paper in command.missing]
    return [
        PaperDisputed(
            paper=paper,
            dossier=held_by(world, paper, handover.giver).dossier,
            handover=handover.id,
            dispute=dispute,
            custodian=handover.giver,
            claimed_by=handover.receiver,
            reason=reason,
            occurred_at=command.occurred_at,
        )
        for paper, dispute, reason in disputed
    ]


def refuse(command: RefuseHandover, world: World) -> list[HandoverRefused | PaperOfferWithdrawn]:
    """The receiver takes nothing; the giver stays custodian."""
    handover = known(world, command.handover)
    if command.by_party != handover.receiver:
        raise Forbidden("not-the-receiver", f"Handover {handover.id} was offered to somebody else.")
    if not _closable(handover, Stage.REFUSED):
        return []
    refused = HandoverRefused(
        handover=handover.id,
        dossiers=handover.dossiers,
        reason=command.reason,
        signed_by=command.signed_by,
        occurred_at=command.occurred_at,
    )
    return [refused, *withdrawals(handover, command.occurred_at, world)]


def cancel(command: CancelHandover, world: World) -> list[HandoverCancelled | PaperOfferWithdrawn]:
    """The giver takes the papers off the counter before anybody took them."""
    handover = known(world, command.handover)
    if command.by_party != handover.giver:
        raise Forbidden("not-the-giver", f"Handover {handover.id} was offered by somebody else.")
    if not _closable(handover, Stage.CANCELLED):
        return []
    cancelled = HandoverCancelled(
        handover=handover.id,
        dossiers=handover.dossiers,
        reason=command.reason,
        signed_by=command.signed_by,
        occurred_at=command.occurred_at,
    )
    return [cancelled, *withdrawals(handover, command.occurred_at, world)]


def withdrawals(
    handover: Handover, occurred_at: datetime, world: World
) -> list[PaperOfferWithdrawn]:
    """The papers of a closed offer are free to be offered again."""
    papers = [world.paper(paper) for paper in handover.papers]
    return [
        PaperOfferWithdrawn(
            paper=paper.id,
            dossier=paper.dossier,
            handover=handover.id,
            occurred_at=occurred_at,
        )
        for paper in papers
        if paper is not None and paper.offer is not None and paper.offer.handover == handover.id
    ]


def _closable(handover: Handover, closed: Stage) -> bool:
    """True while it is offered; False when it is closed this way already; else refused."""
    if handover.stage is closed:
        return False
    if handover.stage is not Stage.OFFERED:
        raise Refused("not-open", f"The handover is {handover.stage}, not offered.")
    return True


def known(world: World, handover: HandoverId) -> Handover:
    """The handover, or `NotFound`."""
    found = world.handover(handover)
    if found is None:
        raise NotFound("unknown-handover", f"There is no handover {handover}.")
    return found
