"""Reads of personal data: the only routes that open what is sealed.

What was erased, what never was, and what the caller has no part in are answered alike. Each read
leaves a line in the log that says who read what, and nothing of what it said.
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

import structlog
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from pydantic import Field

from logistics.async_event_log import AsyncEventLog
from logistics.credentials import Role
from logistics.dossier.events import DossierReceived
from logistics.errors import NotFound
from logistics.identifiers import DossierCode, PartyCode, SealedRef, dossier_stream
from logistics.personal_data import SealedItem, Vault, fetch
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.fields import Answer, Code

TakesPart = Callable[[PartyCode, DossierCode], Awaitable[bool]]
"""Says whether a party takes part in a dossier."""

SEE_EVERYTHING: Final = frozenset({Role.PROVINCE, Role.AUDITOR})

_log = structlog.get_logger()


async def nobody(party: PartyCode, dossier: DossierCode) -> bool:
    """Let no party see a dossier as its own."""
    del party, dossier
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedServices:
    """What the reads of personal data stand on."""

    pool: AsyncConnectionPool[AsyncConnection[Any]]
    log: AsyncEventLog
    vault: Vault
    takes_part: TakesPart = nobody


class KnownApplicant(Answer):
    """Who applied, and where the result goes if it goes to an address."""

    name: str
    phone: str
    id_number: str | None
    return_address: str | None


class Opened(Answer):
    """A sealed value: a text, an address, or a person."""

    ref: str
    kind: str
    value: str | dict[str, str | None] = Field(description="A person is an object.")


async def read_applicant(call: Call[SealedServices], code: Code) -> KnownApplicant:
    """Who applied. For the parties that take part in the dossier, the province and auditors.

    Erased data is not found, as is the dossier that another party has nothing to do with.
    """
    dossier = DossierCode(code)
    received = await _received(call, dossier)
    if received is None or not await _may_see(call, dossier):
        raise NotFound("unknown-dossier", "There is no such dossier, or nothing to see of it.")
    refs = [ref for ref in (received.applicant, received.return_to.address) if ref is not None]
    found = await _fetch(call, refs)
    person = found.get(received.applicant)
    if person is None:
        raise NotFound("unknown-dossier", "There is no such dossier, or nothing to see of it.")
    address = found.get(received.return_to.address) if received.return_to.address else None
    _tell(call, "applicant-read", dossier=dossier, ref=person.ref)
    return KnownApplicant(
        **_open(call, person), return_address=_open(call, address) if address else None
    )


async def read_sealed(call: Call[SealedServices], ref: Code) -> Opened:
    """One sealed value, by the reference that an event holds. Erased data is not found."""
    item = (await _fetch(call, [ref])).get(SealedRef(ref))
    if item is None:
        raise NotFound("nothing-sealed", "Nothing is sealed under this reference.")
    _tell(call, "sealed-read", ref=item.ref)
    return Opened(ref=item.ref, kind=item.kind, value=_open(call, item))


async def _received(call: Call[SealedServices], dossier: DossierCode) -> DossierReceived | None:
    stream = dossier_stream(dossier)
    recorded = (await call.services.log.load([stream]))[stream]
    first = recorded[0].event if recorded else None
    return first if isinstance(first, DossierReceived) else None


async def _may_see(call: Call[SealedServices], dossier: DossierCode) -> bool:
    caller = call.caller
    return caller.role in SEE_EVERYTHING or await call.services.takes_part(caller.party, dossier)


async def _fetch(call: Call[SealedServices], refs: Collection[str]) -> dict[SealedRef, SealedItem]:
    async with call.services.pool.connection() as connection:
        return await fetch(connection, refs)


def _open(call: Call[SealedServices], item: SealedItem) -> Any:
    return call.services.vault.open(item.ref, item.ciphertext)


def _tell(call: Call[SealedServices], event: str, **about: str) -> None:
    caller = call.caller
    _log.info(
        event,
        party=caller.party,
        role=caller.role.value,
        credential_id=caller.credential,
        **about,
    )


ENDPOINTS: Final = (
    Endpoint(
        "GET",
        "/v1/dossiers/{code}/applicant",
        read_applicant,
        roles=SEE_EVERYTHING | {Role.DESK, Role.AGENT, Role.AGENCY},
        views=(),
        tags=("personal data",),
        problems={404: ("unknown-dossier",)},
    ),
    Endpoint(
        "GET",
        "/v1/sealed/{ref}",
        read_sealed,
        roles=SEE_EVERYTHING,
        views=(),
        tags=("personal data",),
        problems={404: ("nothing-sealed",)},
    ),
)
