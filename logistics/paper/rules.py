"""What may happen to a single paper; its moves between parties are rules of the handover."""

from logistics.errors import Forbidden, NotFound, Refused
from logistics.evidence import KnownBy, Word
from logistics.identifiers import PROVINCE, PaperId, PartyCode, StreamId, paper_stream
from logistics.paper.commands import (
    DeclarePaperLost,
    GiveBackPaper,
    PaperCommand,
    ReportPaperDamaged,
    ReportPaperFound,
)
from logistics.paper.events import (
    PaperDamaged,
    PaperDeclaredLost,
    PaperFound,
    PaperGivenBack,
)
from logistics.paper.state import Condition, Paper
from logistics.world import World

SIGNED = KnownBy(word=Word.SIGNATURE)


def needs(command: PaperCommand, world: World) -> list[StreamId]:
    return [paper_stream(command.paper)]


def known(world: World, paper: PaperId) -> Paper:
    """The paper, or `NotFound`."""
    found = world.paper(paper)
    if found is None:
        raise NotFound("unknown-paper", f"There is no paper {paper}.")
    return found


def held_by(world: World, paper: PaperId, party: PartyCode) -> Paper:
    """The paper, if `party` is its custodian and it has not gone back to the applicant."""
    found = known(world, paper)
    if found.ended:
        raise Refused("given-back", f"Paper {paper} has been given back to the applicant.")
    if found.custodian != party:
        raise Refused("not-the-custodian", f"Paper {paper} is held by {found.custodian}.")
    return found


def _answered_for(command: PaperCommand, world: World) -> Paper:
    """The custodian answers for its papers; the province may record what it found out."""
    paper = known(world, command.paper)
    if command.by_party == PROVINCE:
        return held_by(world, paper.id, paper.custodian)
    if command.by_party != paper.custodian and not paper.ended:
        raise Forbidden("not-the-custodian", f"Paper {paper.id} is not held by {command.by_party}.")
    return held_by(world, paper.id, command.by_party)


def declare_lost(command: DeclarePaperLost, world: World) -> list[PaperDeclaredLost]:
    """The custodian at fault bears all consequences and the costs of a new paper (QĐ 45/2016 Đ14)."""
    paper = _answered_for(command, world)
    if paper.condition is Condition.LOST:
        return []
    if paper.offer is not None:
        raise Refused("on-offer", f"Paper {paper.id} is on offer; cancel {paper.offer.handover}.")
    return [
        PaperDeclaredLost(
            paper=paper.id,
            dossier=paper.dossier,
            custodian=paper.custodian,
            known_by=SIGNED,
            note=command.note,
            occurred_at=command.occurred_at,
        )
    ]


def find(command: ReportPaperFound, world: World) -> list[PaperFound]:
    """Only what is missing, rejected or lost can be found."""
    paper = _answered_for(command, world)
    if paper.condition is Condition.HELD:
        raise Refused("not-missing", f"Paper {paper.id} is not missing.")
    return [
        PaperFound(
            paper=paper.id,
            dossier=paper.dossier,
            custodian=paper.custodian,
            known_by=SIGNED,
            note=command.note,
            occurred_at=command.occurred_at,
        )
    ]


def damage(command: ReportPaperDamaged, world: World) -> list[PaperDamaged]:
    """A damaged paper stays with its custodian."""
    paper = _answered_for(command, world)
    return [
        PaperDamaged(
            paper=paper.id,
            dossier=paper.dossier,
            custodian=paper.custodian,
            known_by=SIGNED,
            note=command.note,
            occurred_at=command.occurred_at,
        )
    ]


def give_back(command: GiveBackPaper, world: World) -> list[PaperGivenBack]:
    """The custodian hands the paper to the applicant, and the chain ends."""
    paper = known(world, command.paper)
    if paper.ended:
        return []  # The same counter pressed the button twice.
    _answered_for(command, world)
    if paper.offer is not None:
        raise Refused("on-offer", f"Paper {paper.id} is on offer; cancel {paper.offer.handover}.")
    if paper.condition in {Condition.LOST, Condition.MISSING}:
        raise Refused("paper-missing", f"Paper {paper.id} is {paper.condition}; report it found.")
    return [given_back(paper, command)]


def given_back(paper: Paper, command: GiveBackPaper) -> PaperGivenBack:
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
