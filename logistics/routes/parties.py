"""Writes about parties: the province registers them and gives them keys."""

from functools import partial
from typing import Final

from logistics import credentials
from logistics.credentials import Role
from logistics.identifiers import PartyCode
from logistics.party.commands import ChangeParty, IssueCredential, RegisterParty, SuspendParty
from logistics.party.events import CredentialKind
from logistics.routes.bodies import (
    IssuedKey,
    NewKey,
    NewParty,
    PartyDescription,
    RegisteredParty,
)
from logistics.routes.writing import WriteServices, record, written
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.fields import Code, Written

PROVINCE_ONLY: Final = frozenset({Role.PROVINCE})


async def register_party(call: Call[WriteServices], body: NewParty) -> RegisteredParty:
    """Register a desk, agent, kiosk, postal operator or agency.

    Registering the same party again changes nothing.
    """
    command = RegisterParty(
        party=PartyCode(body.code),
        kind=body.kind,
        name=body.name,
        commune=body.commune,
        opening_hours=body.opening_hours,
        occurred_at=call.received_at,
    )
    return await record(call, command, partial(_registered, body.code))


def _registered(code: str, position: int) -> RegisteredParty:
    return RegisteredParty(code=code, position=position)


async def change_party(call: Call[WriteServices], code: Code, body: PartyDescription) -> Written:
    """Replace a party's description in full."""
    command = ChangeParty(
        party=PartyCode(code),
        name=body.name,
        commune=body.commune,
        opening_hours=body.opening_hours,
        occurred_at=call.received_at,
    )
    return await record(call, command, written)


async def suspend_party(call: Call[WriteServices], code: Code) -> Written:
    """Suspend a party: nothing more can be given to it, and what it holds it still holds."""
    command = SuspendParty(party=PartyCode(code), occurred_at=call.received_at)
    return await record(call, command, written)


async def issue_key(call: Call[WriteServices], code: Code, body: NewKey) -> IssuedKey:
    """Give a party a key.

    The key is shown in this answer and never again; only a digest of it is kept.
    """
    key = credentials.new_key()
    party = PartyCode(code)
    command = IssueCredential(
        party=party,
        credential=key.id,
        kind=CredentialKind.API_KEY,
        role=body.role,
        occurred_at=call.received_at,
    )
    issued = credentials.credential(key, party, body.role, call.received_at)
    return await record(
        call,
        command,
        lambda position: IssuedKey(id=key.id, key=key.text, position=position),
        also=lambda cursor, _: credentials.insert(cursor, issued),
        again=lambda position: IssuedKey(id=key.id, key=None, position=position),
    )


ENDPOINTS: Final = (
    Endpoint(
        "POST",
        "/v1/parties",
        register_party,
        roles=PROVINCE_ONLY,
        status=201,
        tags=("parties",),
        problems={409: ("party-exists", "reserved-code")},
    ),
    Endpoint(
        "PUT",
        "/v1/parties/{code}",
        change_party,
        roles=PROVINCE_ONLY,
        tags=("parties",),
        problems={404: ("unknown-party",)},
    ),
    Endpoint(
        "POST",
        "/v1/parties/{code}/suspension",
        suspend_party,
        roles=PROVINCE_ONLY,
        status=201,
        tags=("parties",),
        problems={404: ("unknown-party",), 409: ("reserved-code",)},
    ),
    Endpoint(
        "POST",
        "/v1/parties/{code}/keys",
        issue_key,
        roles=PROVINCE_ONLY,
        status=201,
        tags=("parties",),
        problems={404: ("unknown-party",), 409: ("party-suspended", "wrong-role")},
    ),
)
