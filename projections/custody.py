"""Where is each original, who holds it and since when, and what does a party hold?"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, Literal, TypedDict

import orjson
from pydantic import Field
from sqlalchemy import Index, text

from logistics.credentials import Role
from logistics.event_types import name_of
from logistics.identifiers import CITIZEN
from logistics.paper.events import (
    Dispute,
    PaperDamaged,
    PaperDeclaredLost,
    PaperDisputed,
    PaperEntrusted,
    PaperFound,
    PaperGivenBack,
    PaperOffered,
    PaperOfferWithdrawn,
    PaperTransferred,
)
from logistics.paper.state import Condition
from logistics.recorded import Recorded
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.fields import Answer, Code, Items
from projections.parties import find_party
from projections.services import Page, ReadServices, page_of
from projections.view import View, found_by, view_table

State = Literal["held", "offered", "missing", "rejected", "lost", "given_back"]
"""What is known of a paper. An offer shows only on a paper with which nothing else is the matter."""


class Offered(TypedDict):
    """The handover that is open on a paper."""

    handover: str
    to: str
    at: str


Custody = TypedDict(
    "Custody",
    {
        "paper": str,
        "dossier": str,
        "name": str,
        "kind": str,
        "origin": str,
        "quantity": int,
        "holder": str,
        "since": str,
        "from": str | None,
        "handover": str | None,
        "condition": str,
        "damaged": bool,
        "offered": Offered | None,
    },
)
"""Who answers for a paper now; `from` and `handover` say whom it came from, and by which handover."""

_HELD: Final = """document ->> 'kind' = 'original'
    AND document ->> 'condition' NOT IN ('lost', 'given_back')"""
_CONDITION_OF: Final = {
    Dispute.MISSING: Condition.MISSING.value,
    Dispute.REJECTED: Condition.REJECTED.value,
}


def keys(recorded: Recorded) -> Iterable[str]:
    """The paper itself."""
    return (recorded.data["paper"],)


def project(  # noqa: PLR0911 - one flat case per event is the clearest form
    row: Custody | None, recorded: Recorded, key: str
) -> Custody | None:
    """Fold one event of a paper; the rules have seen to it that it fits."""
    event, at = recorded.event, recorded.data["occurred_at"]
    if row is None:
        return _entrusted(event, key, at) if isinstance(event, PaperEntrusted) else None
    match event:
        case PaperOffered(handover=handover, receiver=receiver):
            return {**row, "offered": {"handover": handover, "to": receiver, "at": at}}
        case PaperOfferWithdrawn():
            return {**row, "offered": None}
        case PaperTransferred():
            return _transferred(row, event, at)
        case PaperDisputed(dispute=dispute):
            return {**row, "condition": _CONDITION_OF[dispute], "offered": None}
        case PaperDeclaredLost():
            return {**row, "condition": Condition.LOST.value}
        case PaperFound():
            return {**row, "condition": Condition.HELD.value}
        case PaperDamaged():
            return {**row, "damaged": True}
        case PaperGivenBack():
            return _given_back(row, event, at)
    return row


def state_of(row: Custody) -> State:
    """What to say of a paper in one word."""
    if row["condition"] == Condition.HELD and row["offered"] is not None:
        return "offered"
    state: State = row["condition"]  # type: ignore[assignment]  # Its words are those of Condition.
    return state


def _entrusted(event: PaperEntrusted, key: str, at: str) -> Custody:
    return {
        "paper": key,
        "dossier": event.dossier,
        "name": event.name,
        "kind": event.kind.value,
        "origin": event.origin.value,
        "quantity": event.quantity,
        "holder": event.custodian,
        "since": at,
        "from": None,
        "handover": None,
        "condition": Condition.HELD.value,
        "damaged": False,
        "offered": None,
    }


def _transferred(row: Custody, event: PaperTransferred, at: str) -> Custody:
    if row["handover"] == event.handover:  # The same transfer, dated better.
        return _since_earlier(row, at)
    return {
        **row,
        "holder": event.receiver,
        "since": at,
        "from": event.giver,
        "handover": event.handover,
        "condition": Condition.HELD.value,
        "offered": None,
    }


def _given_back(row: Custody, event: PaperGivenBack, at: str) -> Custody:
    if row["condition"] == Condition.GIVEN_BACK:  # The same delivery, dated better.
        return _since_earlier(row, at)
    return {
        **row,
        "holder": CITIZEN,
        "since": at,
        "from": event.giver,
        "handover": None,
        "condition": Condition.GIVEN_BACK.value,
        "offered": None,
    }


def _since_earlier(row: Custody, at: str) -> Custody:
    if datetime.fromisoformat(row["since"]) <= datetime.fromisoformat(at):
        return row
    return {**row, "since": at}


CUSTODY: Final[View[Custody]] = View(
    name="custody",
    table=view_table(
        "custody",
        found_by("holder"),
        Index("custody_originals_held", "holder", "key", postgresql_where=text(_HELD)),
    ),
    topics=frozenset(
        map(
            name_of,
            (
                PaperEntrusted,
                PaperOffered,
                PaperOfferWithdrawn,
                PaperTransferred,
                PaperDisputed,
                PaperDeclaredLost,
                PaperFound,
                PaperDamaged,
                PaperGivenBack,
            ),
        )
    ),
    keys=keys,
    project=project,
)

_HOLDINGS: Final = f"""
SELECT document::text FROM views.custody
WHERE holder = %b AND key > %b AND {_HELD}
ORDER BY key LIMIT %b"""  # noqa: S608  # Put together from our own constants.


class Holding(Answer):
    """An original that a party holds, and whom it has it from."""

    paper_id: str
    name: str
    dossier: str
    since: datetime
    giver: str | None = Field(alias="from")
    state: State


async def holdings(call: Call[ReadServices], code: Code, query: Page) -> Items[Holding]:
    """Originals that a party holds now, in the order of their ids.

    What its receiver reported missing stays with the giver, and is listed with that state. What
    was lost is held by nobody.
    """
    await find_party(call, code)
    parameters: list[Any] = [code, query.after or "", query.limit + 1]
    rows = await call.services.rows(_HOLDINGS, parameters)
    found = [_holding(orjson.loads(document)) for (document,) in rows]
    return page_of(found, query.limit, "paper_id")


def _holding(row: Custody) -> Holding:
    return Holding(
        paper_id=row["paper"],
        name=row["name"],
        dossier=row["dossier"],
        since=datetime.fromisoformat(row["since"]),
        giver=row["from"],
        state=state_of(row),
    )


ENDPOINTS: Final = (
    Endpoint(
        "GET",
        "/v1/parties/{code}/holdings",
        holdings,
        roles=frozenset(Role) - {Role.AUDITOR},
        views=("custody", "parties"),
        tags=("parties",),
        problems={404: ("unknown-party",)},
    ),
)
