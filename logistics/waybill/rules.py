"""Booking, redirecting and recalling a consignment may be refused; reporting on it never is."""

from logistics.dossier.events import DossierEvent
from logistics.errors import Forbidden, NotFound, Refused
from logistics.handover.events import HandoverEvent
from logistics.identifiers import (
    CITIZEN,
    DossierCode,
    PaperId,
    StreamId,
    dossier_stream,
    handover_stream,
    paper_stream,
    party_stream,
)
from logistics.paper.events import PaperEvent
from logistics.paper.state import Paper
from logistics.party.events import PartyKind
from logistics.party.rules import acting
from logistics.waybill.commands import (
    BookWaybill,
    CarrierReport,
    RecallWaybill,
    RedirectWaybill,
    ReportMilestone,
)
from logistics.waybill.custody import settle
from logistics.waybill.events import (
    Report,
    WaybillBooked,
    WaybillRecalled,
    WaybillRedirected,
    WaybillReported,
)
from logistics.waybill.milestones import FINAL, POSSESSION
from logistics.waybill.state import Waybill, evolve, possession, standing
from logistics.world import World

OPERATORS = frozenset({PartyKind.OPERATOR})

Consequence = HandoverEvent | PaperEvent | DossierEvent


def needs_to_report(command: ReportMilestone, world: World) -> list[StreamId]:
    """The waybill alone, unless the report changes who holds the papers.

    Most scans change nothing but the history, so most reports cost one stream, not ten.
    """
    waybill = world.waybill(command.waybill)
    if waybill is None or waybill.booking is None or not _moves_custody(waybill, command.report):
        return [command.waybill.stream]
    booking = waybill.booking
    return [command.waybill.stream, *_settling_needs(booking.papers, booking.dossiers, world)]


def _moves_custody(waybill: Waybill, told: CarrierReport) -> bool:
    """Whether a report can change custody: an end, a first scan, or a better date of either."""
    if told.milestone in FINAL:
        return True
    if told.milestone not in POSSESSION:
        return False
    had = possession(waybill.reports)
    return had is None or told.occurred_at < had.occurred_at


def _settling_needs(
    papers: tuple[PaperId, ...], dossiers: tuple[DossierCode, ...], world: World
) -> list[StreamId]:
    """The papers, whatever is on offer of them, and the dossiers with their results."""
    states = [world.paper(paper) for paper in papers]
    offers = [paper.offer.handover for paper in states if paper and paper.offer]
    known = [world.dossier(code) for code in dossiers]
    results = [paper for dossier in known if dossier for paper in dossier.results]
    return [
        *map(paper_stream, papers),
        *map(handover_stream, offers),
        *map(dossier_stream, dossiers),
        *map(paper_stream, results),
    ]


def report(command: ReportMilestone, world: World) -> list[WaybillReported | Consequence]:
    """Record what the operator says, and what follows from it for the custody of the papers.

    A repeat changes nothing; the same key with other content is kept as a conflict.
    """
    waybill = world.waybill(command.waybill) or Waybill(ref=command.waybill)
    if command.report.content_digest in waybill.digests_of(command.report.repeat_key):
        return []
    reported = _reported(command, waybill)
    if not _moves_custody(waybill, command.report):
        return [reported]
    return [reported, *settle(evolve(waybill, reported), world)]


def _reported(command: ReportMilestone, waybill: Waybill) -> WaybillReported:
    told = command.report
    return WaybillReported(
        operator=command.waybill.operator,
        number=command.waybill.number,
        dossiers=waybill.dossiers,
        report=Report(
            milestone=told.milestone,
            milestone_on_return=told.milestone_on_return,
            original_code=told.original_code,
            original_text=told.original_text,
            place=told.place,
            occurred_at=told.occurred_at,
            occurred_at_text=told.occurred_at_text,
            time_flag=told.time_flag,
            repeat_key=told.repeat_key,
            content_digest=told.content_digest,
            warnings=told.warnings,
            receipt=command.receipt,
            authentication=command.authentication,
        ),
        conflict=bool(waybill.digests_of(told.repeat_key)),
        occurred_at=told.occurred_at,
    )


def needs_to_book(command: BookWaybill, world: World) -> list[StreamId]:
    parties = [command.sender, command.waybill.operator]
    if command.receiver != CITIZEN:
        parties.append(command.receiver)
    return [
        command.waybill.stream,
        *map(party_stream, parties),
        *_settling_needs(command.papers, command.dossiers, world),
    ]


def book(command: BookWaybill, world: World) -> list[WaybillBooked | Consequence]:
    """A sender books a consignment for papers that it holds; earlier reports are adopted."""
    waybill = world.waybill(command.waybill) or Waybill(ref=command.waybill)
    booked = _booked(command, waybill)
    if waybill.booking:
        if evolve(Waybill(ref=waybill.ref, reports=waybill.reports), booked) == waybill:
            return []
        raise Refused(
            "waybill-exists", f"Waybill {command.waybill.number} has been booked already."
        )
    _check_booking(command, world)
    return [booked, *settle(evolve(waybill, booked), world)]


def _booked(command: BookWaybill, waybill: Waybill) -> WaybillBooked:
    return WaybillBooked(
        operator=command.waybill.operator,
        number=command.waybill.number,
        purpose=command.purpose,
        sender=command.sender,
        receiver=command.receiver,
        dossiers=command.dossiers,
        papers=command.papers,
        seal_number=command.seal_number,
        service=command.service,
        adopted=waybill.reports,
        occurred_at=command.occurred_at,
    )


def _check_booking(command: BookWaybill, world: World) -> None:
    if command.by_party != command.sender:
        raise Forbidden("not-the-sender", f"{command.by_party} cannot book for {command.sender}.")
    acting(world, command.waybill.operator, "operator", OPERATORS)
    if command.receiver == command.sender:
        raise Refused("no-such-receiver", "to: a consignment goes to another party.")
    if command.receiver != CITIZEN:
        acting(world, command.receiver, "to")
    for code in command.dossiers:
        if world.dossier(code) is None:
            raise NotFound("unknown-dossier", f"dossiers: there is no dossier {code}.")
    for paper in command.papers:
        _check_bookable(world.paper(paper), paper, command)


def _check_bookable(paper: Paper | None, paper_id: PaperId, command: BookWaybill) -> None:
    if paper is None:
        raise NotFound("unknown-paper", f"papers: there is no paper {paper_id}.")
    if paper.dossier not in command.dossiers:
        raise Refused("not-of-the-dossiers", f"papers: {paper.id} is of dossier {paper.dossier}.")
    if not paper.physical:
        raise Refused("not-a-physical-paper", f"papers: {paper.id} is electronic.")
    if paper.ended:
        raise Refused("given-back", f"papers: {paper.id} has been given back to the applicant.")
    if paper.custodian not in {command.sender, command.waybill.operator}:
        raise Refused("not-the-custodian", f"papers: {paper.id} is held by {paper.custodian}.")


def needs_to_divert(command: RedirectWaybill | RecallWaybill, world: World) -> list[StreamId]:
    receiver = getattr(command, "receiver", CITIZEN)
    parties = [] if receiver == CITIZEN else [party_stream(receiver)]
    return [command.waybill.stream, *parties]


def redirect(command: RedirectWaybill, world: World) -> list[WaybillRedirected]:
    """Until delivery the sender may name another receiver (Luật Bưu chính Đ16)."""
    waybill = _divertible(command, world)
    if waybill.booking and command.receiver == waybill.booking.receiver:
        return []
    if command.receiver != CITIZEN:
        acting(world, command.receiver, "to")
    return [
        WaybillRedirected(
            operator=waybill.ref.operator,
            number=waybill.ref.number,
            dossiers=waybill.dossiers,
            receiver=command.receiver,
            reason=command.reason,
            signed_by=command.signed_by,
            occurred_at=command.occurred_at,
        )
    ]


def recall(command: RecallWaybill, world: World) -> list[WaybillRecalled]:
    """Until delivery the sender may ask for it back; its delivery is then one to the sender."""
    waybill = _divertible(command, world)
    if waybill.recalled:
        return []
    return [
        WaybillRecalled(
            operator=waybill.ref.operator,
            number=waybill.ref.number,
            dossiers=waybill.dossiers,
            reason=command.reason,
            signed_by=command.signed_by,
            occurred_at=command.occurred_at,
        )
    ]


def _divertible(command: RedirectWaybill | RecallWaybill, world: World) -> Waybill:
    waybill = world.waybill(command.waybill)
    if waybill is None or waybill.booking is None:
        raise NotFound("unknown-waybill", f"There is no waybill {command.waybill.number}.")
    if command.by_party != waybill.booking.sender:
        raise Forbidden("not-the-sender", f"Waybill {waybill.ref.number} is somebody else's.")
    now = standing(waybill.reports)
    if now is not None and now.milestone in FINAL:
        raise Refused("already-ended", f"Waybill {waybill.ref.number} is {now.milestone}.")
    return waybill
