"""What subscribers look up: their subscriptions, how each is doing, and every attempt on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, LiteralString

from psycopg import AsyncConnection
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool

from logistics.calling_out import Network
from logistics.credentials import Role
from logistics.errors import NotFound
from logistics.handling import Handling
from logistics.personal_data import Vault
from logistics.web.call import Call
from logistics.web.fields import Code, Items
from webhooks.retrying import LAST_ATTEMPT
from webhooks.signing import notice_id
from webhooks.subscription_shapes import (
    NEWEST,
    AfterAttempt,
    AfterId,
    Attempt,
    KnownSubscription,
)
from webhooks.subscriptions import open_address

_COLUMNS: Final = """
id, party, events, sealed, state, position, failures, quiet_until, created_at,
(SELECT count(*) FROM notice WHERE notice.subscription = found.id),
(SELECT count(*) FROM notice WHERE notice.subscription = found.id AND attempts >= %b),
(SELECT count(*) FROM notice_attempt
    WHERE notice_attempt.subscription = found.id AND outcome = 'given-up')
FROM subscription AS found
WHERE deleted_at IS NULL AND (%b OR (party = %b AND NOT sees_everything))"""
_ONE: Final = f"SELECT {_COLUMNS} AND id = %b"
_LIST: Final = f"SELECT {_COLUMNS} AND id > %b ORDER BY id LIMIT %b"
_ATTEMPTS: Final = """
SELECT id, position, number, sent_at, duration_ms, outcome, status, failure, next_at
FROM notice_attempt WHERE subscription = %b AND id < %b ORDER BY id DESC LIMIT %b"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionServices:
    """What these routes stand on."""

    handling: Handling
    vault: Vault
    pool: AsyncConnectionPool[AsyncConnection[Any]]
    allowed_networks: Sequence[Network] = ()

    async def rows(self, query: LiteralString, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        async with (
            self.pool.connection() as connection,
            connection.cursor(binary=True, row_factory=tuple_row) as cursor,
        ):
            await cursor.execute(query, parameters)
            return await cursor.fetchall()


async def list_subscriptions(
    call: Call[SubscriptionServices], query: AfterId
) -> Items[KnownSubscription]:
    """The caller's subscriptions; for the province, everybody's."""
    rows = await call.services.rows(_LIST, [*_first(call), query.after or "", query.limit + 1])
    items = [_subscription(call.services.vault, row) for row in rows[: query.limit]]
    following = items[-1].id if len(rows) > query.limit else None
    return Items[KnownSubscription](items=items, next=following)


async def read_subscription(call: Call[SubscriptionServices], code: Code) -> KnownSubscription:
    """One subscription, and how its endpoint is doing."""
    return await find_subscription(call, code)


async def list_attempts(
    call: Call[SubscriptionServices], code: Code, query: AfterAttempt
) -> Items[Attempt]:
    """Every attempt to deliver a notice in the last 90 days, the newest first."""
    await find_subscription(call, code)
    rows = await call.services.rows(_ATTEMPTS, [code, query.after or NEWEST, query.limit + 1])
    items = [_attempt(code, row) for row in rows[: query.limit]]
    following = items[-1].id if len(rows) > query.limit else None
    return Items[Attempt](items=items, next=following)


async def find_subscription(call: Call[SubscriptionServices], code: str) -> KnownSubscription:
    """The caller's own subscription, or for the province any; others are as good as unknown."""
    for row in await call.services.rows(_ONE, [*_first(call), code]):
        return _subscription(call.services.vault, row)
    raise NotFound("unknown-subscription", "There is no such subscription, or it is not yours.")


def _subscription(vault: Vault, row: tuple[Any, ...]) -> KnownSubscription:
    code, party, events, sealed, state, position, failures, quiet, created, *counted = row
    waiting, stuck, given_up = counted
    address = open_address(vault, code, sealed)
    return KnownSubscription(
        id=code,
        party=party,
        url=address.url,
        events=events,
        description=address.description,
        state=state,
        position=position,
        waiting=waiting,
        stuck=stuck,
        given_up=given_up,
        failures=failures,
        quiet_until=quiet,
        created_at=created,
    )


def _attempt(subscription: str, row: tuple[Any, ...]) -> Attempt:
    number, position, *rest = row
    names = ("number", "sent_at", "duration_ms", "outcome", "status", "failure", "next_at")
    return Attempt(
        id=number,
        notice=notice_id(subscription, position),
        position=position,
        **dict(zip(names, rest, strict=True)),
    )


def _first(call: Call[SubscriptionServices]) -> tuple[int, bool, str]:
    """The first parameters of either query: when a notice is stuck, and whose are asked for."""
    return LAST_ATTEMPT, call.caller.role is Role.PROVINCE, call.caller.party
