"""Whose waybill a report is about, when its secret may be shown for more than one operator."""

from collections.abc import Iterable

from logistics.event_store import EventStore
from logistics.evidence import Authentication, Source, SourceKind
from logistics.handling import Envelope
from logistics.identifiers import PartyCode, WaybillRef
from logistics.recorded import Metadata
from logistics.streams import fold
from logistics.waybill.commands import ReportMilestone
from logistics.waybill.state import Waybill
from webhooks.quarantine import Quarantined
from webhooks.reading import Item, set_aside


def booked(store: EventStore, items: Iterable[Item]) -> set[WaybillRef]:
    """Of all waybills that could be meant, those that somebody has booked."""
    meant = {
        waybill.stream: waybill
        for item in items
        if len(item.receipt.operators) > 1
        for waybill in _candidates(item)
    }
    if not meant:
        return set()
    loaded = store.load(meant)
    states = {each: fold(each, (e.event for e in events)) for each, events in loaded.items()}
    return {
        meant[stream]
        for stream, state in states.items()
        if isinstance(state, Waybill) and state.booking is not None
    }


def waybill_of(item: Item, booked: set[WaybillRef]) -> WaybillRef | None:
    """Whose waybill is meant: the only one it can be, or the only one that is booked."""
    candidates = _candidates(item)
    if len(candidates) > 1:
        candidates = [waybill for waybill in candidates if waybill in booked]
    return candidates[0] if len(candidates) == 1 else None


def two_candidates(item: Item) -> Quarantined:
    """The item, for quarantine: a guess would put a report on somebody else's waybill."""
    operators = ", ".join(item.receipt.operators)
    detail = f"Several operators use this secret: {operators}."
    return set_aside(item.receipt, item.number, "two-candidates", detail)


def addressed(item: Item, waybill: WaybillRef, *, replayed: bool) -> Envelope[ReportMilestone]:
    """The command that records a report, as of the time it was received."""
    receipt = item.receipt
    authentication = Authentication(receipt.authentication)
    return Envelope(
        command=ReportMilestone(
            waybill=waybill,
            report=item.report,
            receipt=str(receipt.position),
            authentication=authentication,
            recorded_at=receipt.received_at,
        ),
        metadata=Metadata(
            recorded_at=receipt.received_at,
            actor=waybill.operator,
            source=Source(
                kind=SourceKind.WEBHOOK, id=str(receipt.position), authentication=authentication
            ),
            correlation_id=f"{'replay' if replayed else 'receipt'}-{receipt.position}",
        ),
    )


def _candidates(item: Item) -> list[WaybillRef]:
    return [
        WaybillRef(operator=PartyCode(operator), number=item.report.number)
        for operator in item.receipt.operators
    ]
