"""An operator's report as evidence: whose word it is, and the handovers that follow from it."""

from base64 import b32encode
from collections.abc import Iterable, Sequence
from hashlib import sha256

from logistics.evidence import KnownBy, Word
from logistics.handover.events import HandoverAccepted, HandoverOffered
from logistics.handover.rules import dossiers_of
from logistics.identifiers import HandoverId, PartyCode
from logistics.paper.events import PaperEvent
from logistics.paper.state import Paper, evolve
from logistics.waybill.events import Report
from logistics.waybill.state import Waybill


def by(report: Report) -> KnownBy:
    """The word of this report, with the receipt it came in."""
    return KnownBy(word=Word.REPORT, receipt=report.receipt, authentication=report.authentication)


def handover_id(waybill: Waybill, purpose: str, papers: Sequence[Paper]) -> HandoverId:
    """An id that the same facts always give, and a later attempt does not."""
    attempt = sum(paper.offers_ended for paper in papers)
    listed = ",".join(sorted(paper.id for paper in papers))
    facts = f"{waybill.ref.stream}:{purpose}:{attempt}:{listed}"
    return HandoverId(f"H-{b32encode(sha256(facts.encode()).digest()[:15]).decode()}")


def offered_by_report(
    waybill: Waybill,
    handover: HandoverId,
    giver: PartyCode,
    receiver: PartyCode,
    papers: Sequence[Paper],
    report: Report,
) -> HandoverOffered:
    """A giver's side that nobody signed: the operator's report stands for it."""
    return HandoverOffered(
        handover=handover,
        giver=giver,
        receiver=receiver,
        papers=tuple(paper.id for paper in papers),
        dossiers=dossiers_of(papers),
        waybill=waybill.ref,
        seal_number=None,
        place=report.place,
        signed_by=None,
        known_by=by(report),
        occurred_at=report.occurred_at,
    )


def accepted_by_report(
    waybill: Waybill, offered: HandoverOffered, report: Report
) -> HandoverAccepted:
    """The operator has scanned what was offered to it: accepted, in full."""
    return HandoverAccepted(
        handover=offered.handover,
        giver=offered.giver,
        receiver=offered.receiver,
        dossiers=offered.dossiers,
        accepted=offered.papers,
        rejected=(),
        missing=(),
        extra=(),
        waybill=waybill.ref,
        place=report.place,
        signed_by=None,
        known_by=by(report),
        occurred_at=report.occurred_at,
    )


def after(papers: Iterable[Paper], events: Iterable[object]) -> list[Paper]:
    """The papers as they will be once these events are recorded."""
    states = {paper.id: paper for paper in papers}
    for event in events:
        if isinstance(event, PaperEvent) and event.paper in states:
            states[event.paper] = evolve(states[event.paper], event) or states[event.paper]
    return list(states.values())
