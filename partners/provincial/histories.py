"""The whole history of many dossiers, read in a few queries however many they are."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from logistics.dossier_facts import TOPICS, DossierFacts, evolve_facts
from logistics.event_store import EventStore
from logistics.identifiers import (
    DossierCode,
    PartyCode,
    StreamId,
    WaybillRef,
    dossier_stream,
    handover_stream,
    party_stream,
)
from logistics.participation import dossiers_of, events_of, papers_of
from logistics.party.state import Party
from logistics.recorded import Event, Recorded
from logistics.streams import fold


@dataclass(frozen=True, slots=True)
class Moment:
    """A dossier just before and just after one of its events."""

    before: DossierFacts | None
    after: DossierFacts
    recorded: Recorded


@dataclass(frozen=True, slots=True)
class History:
    """All that happened to a dossier, in the order of the log."""

    events: list[Recorded]

    @property
    def applicant(self) -> str:
        """The reference to who applied; empty where a dossier has no beginning."""
        received = (each for each in self.events if each.name == "dossier.received")
        return next((str(each.data["applicant"]) for each in received), "")

    def moments(self, *, until: int) -> Iterator[Moment]:
        """The dossier at each of its events, up to a position."""
        facts: DossierFacts | None = None
        for recorded in self.events:
            if recorded.position > until:
                return
            before, facts = facts, evolve_facts(facts, recorded)
            if facts is not None:
                yield Moment(before, facts, recorded)


def histories_of(
    store: EventStore, dossiers: Collection[str], batch: Iterable[Recorded]
) -> dict[str, History]:
    """The histories of these dossiers; `batch` names handovers and consignments that no paper does."""
    steps = store.load([dossier_stream(DossierCode(each)) for each in dossiers])
    papers = store.load({each for found in steps.values() for each in papers_of(events_of(found))})
    named = {each.stream for each in batch}
    handovers = store.load(_handovers_of(_all(papers)) | _of_kind(named, "handover"))
    waybills = store.load(
        _waybills_of([*_all(papers), *_all(handovers)]) | _of_kind(named, "waybill")
    )
    found: dict[str, list[Recorded]] = {each: [] for each in dossiers}
    for streams in (steps, papers, handovers, waybills):
        for recorded in (each for events in streams.values() for each in events):
            for dossier in dossiers_of(recorded) if recorded.name in TOPICS else ():
                if dossier in found:
                    found[dossier].append(recorded)
    return {dossier: History(sorted(each, key=_position)) for dossier, each in found.items()}


def names_of(store: EventStore, parties: Iterable[str]) -> dict[str, str]:
    """What these parties are called; those that nobody registered are left out."""
    loaded = store.load({party_stream(PartyCode(each)) for each in parties})
    states = {stream: fold(stream, events_of(found)) for stream, found in loaded.items()}
    return {stream.key: party.name for stream, party in states.items() if isinstance(party, Party)}


def parties_in(facts: DossierFacts) -> Iterator[str]:
    """Every party that a record may name."""
    yield from (facts["desk"], facts["agency"])
    for handover in facts["handovers"].values():
        yield from (handover["giver"], handover["receiver"])
    for waybill in facts["waybills"].values():
        yield from (waybill["operator"], waybill["sender"])


def _all(streams: dict[StreamId, list[Recorded]]) -> list[Event]:
    return [event for found in streams.values() for event in events_of(found)]


def _of_kind(streams: Iterable[StreamId], kind: str) -> set[StreamId]:
    return {stream for stream in streams if stream.kind == kind}


def _handovers_of(events: Iterable[Event]) -> set[StreamId]:
    return {handover_stream(event.handover) for event in events if hasattr(event, "handover")}


def _waybills_of(events: Iterable[Event]) -> set[StreamId]:
    waybills = (getattr(event, "waybill", None) for event in events)
    return {waybill.stream for waybill in waybills if isinstance(waybill, WaybillRef)}


def _position(recorded: Recorded) -> int:
    return recorded.position
