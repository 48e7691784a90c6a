"""Who may take part."""

from logistics.errors import NotFound, Refused
from logistics.identifiers import CITIZEN, PROVINCE, PartyCode, StreamId, party_stream
from logistics.party.commands import (
    ChangeParty,
    IssueCredential,
    RegisterParty,
    RevokeCredential,
    SuspendParty,
)
from logistics.party.events import (
    CredentialIssued,
    CredentialRevoked,
    PartyChanged,
    PartyKind,
    PartyRegistered,
    PartySuspended,
)
from logistics.party.state import Party
from logistics.world import World

PartyCommand = RegisterParty | ChangeParty | SuspendParty | IssueCredential | RevokeCredential


def needs(command: PartyCommand, world: World) -> list[StreamId]:
    return [party_stream(command.party)]


def known(world: World, code: PartyCode) -> Party:
    """The party, or `NotFound`."""
    party = world.party(code)
    if party is None:
        raise NotFound("unknown-party", f"There is no party {code}.")
    return party


def acting(
    world: World, code: PartyCode, field: str, kinds: frozenset[PartyKind] | None = None
) -> Party:
    """The party named in `field` of a request, if it is registered, active and of a fitting kind."""
    party = world.party(code)
    if party is None:
        raise Refused("unknown-party", f"{field}: there is no party {code}.")
    if party.suspended:
        raise Refused("party-suspended", f"{field}: party {code} is suspended.")
    if kinds is not None and party.kind not in kinds:
        expected = " or ".join(sorted(kinds))
        raise Refused("wrong-party-kind", f"{field}: party {code} is not of kind {expected}.")
    return party


def register(command: RegisterParty, world: World) -> list[PartyRegistered]:
    """A code is given once; registering the same party again changes nothing."""
    if command.party == CITIZEN:
        raise Refused("reserved-code", f"code: {CITIZEN} stands for the applicant.")
    registered = PartyRegistered(
        party=command.party,
        kind=command.kind,
        name=command.name,
        commune=command.commune,
        opening_hours=command.opening_hours,
        occurred_at=command.occurred_at,
    )
    party = world.party(command.party)
    if party is None:
        return [registered]
    same = (party.kind, party.name, party.commune, party.opening_hours) == (
        command.kind,
        command.name,
        command.commune,
        command.opening_hours,
    )
    if same:
        return []
    raise Refused("party-exists", f"Party {command.party} is registered already.")


def change(command: ChangeParty, world: World) -> list[PartyChanged]:
    """The new description replaces the old one in full."""
    known(world, command.party)
    return [
        PartyChanged(
            party=command.party,
            name=command.name,
            commune=command.commune,
            opening_hours=command.opening_hours,
            occurred_at=command.occurred_at,
        )
    ]


def suspend(command: SuspendParty, world: World) -> list[PartySuspended]:
    """A suspended party keeps what it holds; the province cannot suspend itself."""
    if command.party == PROVINCE:
        raise Refused("reserved-code", "The province cannot be suspended.")
    if known(world, command.party).suspended:
        return []
    return [PartySuspended(party=command.party, occurred_at=command.occurred_at)]


def issue(command: IssueCredential, world: World) -> list[CredentialIssued]:
    """Only an active party gets a credential, and only the province one that opens everything."""
    known(world, command.party)
    acting(world, command.party, "party")
    if command.role == PROVINCE and command.party != PROVINCE:
        raise Refused("wrong-role", f"role: only the party {PROVINCE} acts as the province.")
    return [
        CredentialIssued(
            party=command.party,
            credential=command.credential,
            kind=command.kind,
            role=command.role,
            occurred_at=command.occurred_at,
        )
    ]


def revoke(command: RevokeCredential, world: World) -> list[CredentialRevoked]:
    """Revoking twice changes nothing."""
    if command.credential not in known(world, command.party).credentials:
        return []
    return [
        CredentialRevoked(
            party=command.party,
            credential=command.credential,
            occurred_at=command.occurred_at,
        )
    ]
