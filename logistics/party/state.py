"""What a party is, and which credentials it may act with."""

from dataclasses import dataclass, replace

from logistics.identifiers import PartyCode
from logistics.party.events import (
    CredentialIssued,
    CredentialRevoked,
    PartyChanged,
    PartyEvent,
    PartyKind,
    PartyRegistered,
    PartySuspended,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One participant."""

    code: PartyCode
    kind: PartyKind
    name: str
    commune: str | None
    opening_hours: str | None
    suspended: bool = False
    credentials: frozenset[str] = frozenset()


def evolve(party: Party | None, event: PartyEvent) -> Party | None:
    """Fold one event, in the order of the log; never raises, whatever came before."""
    if isinstance(event, PartyRegistered):
        return party or Party(
            code=event.party,
            kind=event.kind,
            name=event.name,
            commune=event.commune,
            opening_hours=event.opening_hours,
        )
    if party is None:
        return None
    match event:
        case PartyChanged():
            return replace(
                party,
                name=event.name,
                commune=event.commune,
                opening_hours=event.opening_hours,
            )
        case PartySuspended():
            return replace(party, suspended=True)
        case CredentialIssued():
            return replace(party, credentials=party.credentials | {event.credential})
        case CredentialRevoked():
            return replace(party, credentials=party.credentials - {event.credential})
