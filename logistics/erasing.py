"""Erasing what is personal in a dossier, and leaving the facts (Luật BVDLCN 91/2025)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from psycopg import Cursor

from logistics.errors import NotFound
from logistics.event_store import EventStore
from logistics.identifiers import (
    DossierCode,
    SealedRef,
    StreamId,
    WaybillRef,
    dossier_stream,
    handover_stream,
)
from logistics.paper.events import PaperDisputed
from logistics.participation import events_of, papers_of
from logistics.personal_data import erase
from logistics.recorded import Event
from logistics.waybill.events import WaybillBooked, WaybillReported

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """Where something personal of one dossier may lie.

    `refs` are reasons given for its papers in handovers that other dossiers share. `receipts` are
    what carriers pushed about its consignments: their bodies hold names and telephone numbers.
    """

    subjects: tuple[StreamId, ...]
    refs: tuple[SealedRef, ...]
    receipts: tuple[str, ...]


def erase_dossier(store: EventStore, cursor: Cursor[Any], dossier: DossierCode) -> Traces:
    """Erase what is sealed about a dossier, its papers, its handovers and its consignments.

    A handover or consignment shared with other dossiers keeps what was said of it as a whole. The
    receipts of the answer are for their keeper to erase, in the same transaction. Erasing again
    changes nothing. Raises `NotFound`.
    """
    traces = traces_of(store, dossier)
    count = erase(cursor, *map(str, traces.subjects), refs=traces.refs)
    _log.info("personal-data-erased", dossier=dossier, count=count)
    return traces


def traces_of(store: EventStore, dossier: DossierCode) -> Traces:
    """Find where something personal of a dossier may lie, by following what its events refer to."""
    stream = dossier_stream(dossier)
    steps = _load(store, [stream])[stream]
    if not steps:
        raise NotFound("unknown-dossier", f"There is no dossier {dossier}.")
    papers = _load(store, papers_of(steps))
    handovers = _load(store, _handovers_of(_all(papers)))
    waybills = _load(store, _waybills_of([*_all(papers), *_all(handovers)]))
    own = {
        each: events
        for each, events in (handovers | waybills).items()
        if all(set(event.dossiers) <= {dossier} for event in events if hasattr(event, "dossiers"))
    }
    return Traces(
        subjects=(stream, *papers, *own),
        refs=tuple(
            event.reason
            for event in _all(papers)
            if isinstance(event, PaperDisputed) and event.reason is not None
        ),
        receipts=tuple(dict.fromkeys(_receipts_of(_all(own)))),
    )


def _load(store: EventStore, streams: Iterable[StreamId]) -> dict[StreamId, list[Event]]:
    loaded = store.load(list(dict.fromkeys(streams)))
    return {stream: events_of(recorded) for stream, recorded in loaded.items()}


def _all(streams: dict[StreamId, list[Event]]) -> list[Event]:
    return [event for events in streams.values() for event in events]


def _handovers_of(events: Iterable[Event]) -> Iterable[StreamId]:
    return (handover_stream(event.handover) for event in events if hasattr(event, "handover"))


def _waybills_of(events: Iterable[Event]) -> Iterable[StreamId]:
    waybills = (getattr(event, "waybill", None) for event in events)
    return (waybill.stream for waybill in waybills if isinstance(waybill, WaybillRef))


def _receipts_of(events: Iterable[Event]) -> Iterable[str]:
    for event in events:
        match event:
            case WaybillBooked(adopted=reports):
                yield from (report.receipt for report in reports)
            case WaybillReported(report=report):
                yield report.receipt
