"""Who takes part: desks, agents, kiosks, operators and agencies, as they describe themselves."""

from collections.abc import Iterable
from typing import Final, TypedDict

import orjson

from logistics.credentials import Role
from logistics.errors import NotFound
from logistics.event_types import name_of
from logistics.party.events import PartyChanged, PartyKind, PartyRegistered, PartySuspended
from logistics.recorded import Recorded
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.fields import Answer, Code, Items
from projections.services import Page, ReadServices, page_of
from projections.view import View, view_table


class Party(TypedDict):
    """A party as it describes itself."""

    code: str
    kind: str
    name: str
    commune: str | None
    opening_hours: str | None
    suspended: bool


def keys(recorded: Recorded) -> Iterable[str]:
    """The party itself."""
    return (recorded.data["party"],)


def project(row: Party | None, recorded: Recorded, key: str) -> Party | None:
    """Fold one event of a party."""
    match recorded.event:
        case PartyRegistered() as event if row is None:
            return {
                "code": key,
                "kind": event.kind.value,
                "name": event.name,
                "commune": event.commune,
                "opening_hours": event.opening_hours,
                "suspended": False,
            }
        case PartyChanged() as event if row is not None:
            return {
                **row,
                "name": event.name,
                "commune": event.commune,
                "opening_hours": event.opening_hours,
            }
        case PartySuspended() if row is not None:
            return {**row, "suspended": True}
    return row


PARTIES: Final[View[Party]] = View(
    name="parties",
    table=view_table("parties"),
    topics=frozenset(map(name_of, (PartyRegistered, PartyChanged, PartySuspended))),
    keys=keys,
    project=project,
)

_ONE: Final = "SELECT document::text FROM views.parties WHERE key = %b"
_LIST: Final = "SELECT document::text FROM views.parties WHERE key > %b ORDER BY key LIMIT %b"


class KnownParty(Answer):
    """A party."""

    code: str
    kind: PartyKind
    name: str
    commune: str | None
    opening_hours: str | None
    suspended: bool


async def find_party(call: Call[ReadServices], code: str) -> KnownParty:
    """The caller's own party, or for the province any; others are as good as unknown."""
    caller = call.caller
    if caller.role is Role.PROVINCE or caller.party == code:
        for (document,) in await call.services.rows(_ONE, [code]):
            return KnownParty(**orjson.loads(document))
    raise NotFound("unknown-party", "There is no such party, or it is not yours to see.")


async def party(call: Call[ReadServices], code: Code) -> KnownParty:
    """A party as it describes itself."""
    return await find_party(call, code)


async def parties(call: Call[ReadServices], query: Page) -> Items[KnownParty]:
    """All parties, in the order of their codes."""
    rows = await call.services.rows(_LIST, [query.after or "", query.limit + 1])
    found = [KnownParty(**orjson.loads(document)) for (document,) in rows]
    return page_of(found, query.limit, "code")


ENDPOINTS: Final = (
    Endpoint(
        "GET",
        "/v1/parties/{code}",
        party,
        roles=frozenset(Role) - {Role.AUDITOR},
        views=("parties",),
        tags=("parties",),
        problems={404: ("unknown-party",)},
    ),
    Endpoint(
        "GET",
        "/v1/parties",
        parties,
        roles=frozenset({Role.PROVINCE}),
        views=("parties",),
        tags=("parties",),
    ),
)
