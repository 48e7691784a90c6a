"""What the province does about carriers: connects them, and looks after what could not be applied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from urllib.parse import quote

from psycopg import Cursor

from logistics.carriers import Carrier
from logistics.credentials import Role
from logistics.errors import NotFound
from logistics.handling import Handling
from logistics.identifiers import PartyCode
from logistics.party.commands import IssueCredential
from logistics.party.events import CredentialKind
from logistics.routes.writing import record
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.fields import Answer, Body, Code, Items, Limit, Query, Written
from webhooks.intake import Intake, Replayed
from webhooks.quarantine import Quarantine, Quarantined, read_id
from webhooks.secrets import NewSecret, connect, new_secret

PROVINCE_ONLY: Final = frozenset({Role.PROVINCE})


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierServices:
    """What these routes stand on."""

    handling: Handling
    intake: Intake
    quarantine: Quarantine
    carriers: Mapping[str, Carrier]


class NewConnection(Body):
    """The party that a carrier is."""

    operator: Code


class Connected(Written):
    """A new secret, in the path to give to the carrier."""

    id: str
    path: str | None


class After(Query):
    """One page of what waits."""

    after: str | None = None
    limit: Limit = 100


class SetAside(Answer):
    """One item of a receipt that could not be applied, and why."""

    id: str
    carrier: str
    reason: str
    detail: str
    received_at: datetime

    @classmethod
    def of(cls, aside: Quarantined) -> "SetAside":
        return cls(
            id=aside.id,
            carrier=aside.carrier,
            reason=aside.reason,
            detail=aside.detail,
            received_at=aside.received_at,
        )


class ReplayAnswer(Written):
    """What became of it."""

    id: str
    state: Literal["applied", "still-quarantined"]
    reason: str | None = None


async def connect_carrier(
    call: Call[CarrierServices], carrier: Code, body: NewConnection
) -> Connected:
    """Give a carrier a secret, in the path that it is to push to.

    The path is shown in this answer and never again. Once more makes a second valid secret, so that
    the first can be replaced without losing a push; a third retires the oldest.
    """
    if carrier not in call.services.carriers:
        raise NotFound("unknown-carrier", "There is no such carrier.")
    secret = new_secret(carrier, body.operator)
    return await record(
        call,
        connection(secret, call.received_at),
        lambda position: Connected(id=secret.id, path=hook_path(secret), position=position),
        also=lambda cursor, _: keep_secret(cursor, secret, call.received_at),
        again=lambda position: Connected(id=secret.id, path=None, position=position),
    )


def connection(secret: NewSecret, now: datetime) -> IssueCredential:
    """The command that records a new secret; the secret itself is not in it."""
    return IssueCredential(
        party=PartyCode(secret.operator),
        credential=secret.id,
        kind=CredentialKind.WEBHOOK_SECRET,
        role=secret.carrier,
        occurred_at=now,
    )


def keep_secret(cursor: Cursor[Any], secret: NewSecret, now: datetime) -> None:
    """Keep a new secret with the event that records it."""
    connect(cursor, secret, now)


def hook_path(secret: NewSecret) -> str:
    """The path to give to the carrier: every carrier can be told one, whatever else it can do."""
    return f"/hooks/{secret.carrier}/{quote(secret.text, safe='')}"


async def list_quarantine(call: Call[CarrierServices], query: After) -> Items[SetAside]:
    """What carriers sent and could not be applied, with the reason."""
    after = (0, 0) if query.after is None else _id(query.after)
    found = await call.services.quarantine.open_items(after, query.limit + 1)
    return _page(found, query.limit)


def _page(found: Sequence[Quarantined], limit: int) -> Items[SetAside]:
    items = [SetAside.of(each) for each in found[:limit]]
    return Items[SetAside](items=items, next=items[-1].id if len(found) > limit else None)


async def replay(call: Call[CarrierServices], item_id: Code) -> ReplayAnswer:
    """Work a receipt off again, as it was received then.

    What it led to already is recognised as a repeat, so a second click is harmless.
    """
    receipt, item = _id(item_id)
    if not await call.services.quarantine.knows(receipt, item):
        raise NotFound("unknown-receipt", "There is no such item in quarantine.")

    def keep(cursor: Cursor[Any], replayed: Replayed) -> None:
        call.keep(cursor, _replayed(item_id, item, replayed), replayed.position)

    replayed = await call.run(call.services.intake.replay, receipt, keep)
    return _replayed(item_id, item, replayed)


def _replayed(item_id: str, item: int, replayed: Replayed) -> ReplayAnswer:
    aside = next((each for each in replayed.aside if each.item == item), None)
    return ReplayAnswer(
        id=item_id,
        state="still-quarantined" if aside else "applied",
        reason=aside.reason if aside else None,
        position=replayed.position,
    )


def _id(text: str) -> tuple[int, int]:
    read = read_id(text)
    if read is None:
        raise NotFound("unknown-receipt", "There is no such item in quarantine.")
    return read


ENDPOINTS: Final = (
    Endpoint(
        "POST",
        "/v1/carriers/{carrier}/secrets",
        connect_carrier,
        roles=PROVINCE_ONLY,
        status=201,
        tags=("carriers",),
        problems={404: ("unknown-carrier", "unknown-party"), 409: ("party-suspended",)},
    ),
    Endpoint(
        "GET",
        "/v1/quarantine",
        list_quarantine,
        roles=PROVINCE_ONLY,
        tags=("carriers",),
        problems={404: ("unknown-receipt",)},
    ),
    Endpoint(
        "POST",
        "/v1/quarantine/{item_id}/replay",
        replay,
        roles=PROVINCE_ONLY,
        tags=("carriers",),
        problems={404: ("unknown-receipt",)},
    ),
)
