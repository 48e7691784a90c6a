"""Which parties take part in a dossier: what is personal in it is for them and for nobody else.

It is read from the log and from no view, so that a party may read what it has just written.
"""

from collections.abc import Collection, Iterable, Sequence

from logistics.async_event_log import AsyncEventLog
from logistics.dossier.events import DossierDecided, DossierReceived
from logistics.event_store import EventStore
from logistics.identifiers import DossierCode, PartyCode, StreamId, dossier_stream, paper_stream
from logistics.paper.events import PaperEntrusted, PaperOffered, PaperTransferred
from logistics.recorded import Event, Recorded


async def takes_part(log: AsyncEventLog, party: PartyCode, dossier: DossierCode) -> bool:
    """Say whether a party received, acted on or decides a dossier, or has to do with its papers."""
    stream = dossier_stream(dossier)
    steps = events_of((await log.load([stream]))[stream])
    if party in parties_of(steps):
        return True
    papers = await log.load(papers_of(steps))
    return any(party in parties_of(events_of(recorded)) for recorded in papers.values())


def events_of(recorded: Sequence[Recorded]) -> list[Event]:
    return [each.event for each in recorded]


def papers_of(steps: Iterable[Event]) -> list[StreamId]:
    """The streams of every paper that was filed with a dossier or issued by its decision."""
    papers: list[StreamId] = []
    for step in steps:
        match step:
            case DossierReceived(papers=entrusted) | DossierDecided(results=entrusted):
                papers += map(paper_stream, entrusted)
    return papers


def parties_of(events: Iterable[Event]) -> set[PartyCode]:
    """Every party that these events of a dossier or of a paper name as taking part."""
    parties: set[PartyCode] = set()
    for event in events:
        match event:
            case DossierReceived():
                parties |= {event.received_by, event.competent_agency}
                if event.return_to.party is not None:
                    parties.add(event.return_to.party)
            case PaperOffered() | PaperTransferred():
                parties |= {event.giver, event.receiver}
            case PaperEntrusted():
                parties.add(event.custodian)
            case _ if (by_party := getattr(event, "by_party", None)) is not None:
                parties.add(by_party)
    return parties


def dossiers_of(recorded: Recorded) -> tuple[DossierCode, ...]:
    """Every dossier that an event names: none for parties, procedures and strangers' waybills."""
    data = recorded.data
    if "dossiers" in data:
        return tuple(map(DossierCode, data["dossiers"]))
    return (DossierCode(data["dossier"]),) if "dossier" in data else ()


def parties_by_dossier(
    store: EventStore, dossiers: Collection[DossierCode]
) -> dict[DossierCode, set[PartyCode]]:
    """Say of many dossiers who takes part in each; two queries, however many they are."""
    loaded = store.load([dossier_stream(dossier) for dossier in dossiers])
    steps = {dossier: events_of(loaded[dossier_stream(dossier)]) for dossier in dossiers}
    papers = {dossier: papers_of(steps[dossier]) for dossier in dossiers}
    moves = store.load({paper for each in papers.values() for paper in each})
    return {
        dossier: parties_of(steps[dossier]).union(
            *(parties_of(events_of(moves[paper])) for paper in papers[dossier])
        )
        for dossier in dossiers
    }
