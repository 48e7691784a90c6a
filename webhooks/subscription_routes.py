"""What subscribers do: say what they want to hear and where, and look after their endpoint."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, LiteralString, TypeVar

from psycopg import AsyncConnection, Cursor
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool

from logistics.calling_out import Network
from logistics.credentials import Role
from logistics.errors import NotFound, Refused
from logistics.handling import Decided, Envelope, Handling
from logistics.identifiers import PartyCode
from logistics.personal_data import Vault
from logistics.routes.writing import metadata, written
from logistics.subscription.commands import ResumeSubscription
from logistics.subscription.events import ResumedBy
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint, Handler, Method
from logistics.web.fields import Code, Items, Written
from webhooks import subscriptions
from webhooks.signing import new_secret, notice_id
from webhooks.subscription_shapes import (
    NEWEST,
    AfterAttempt,
    AfterId,
    Attempt,
    From,
    KnownSubscription,
    Subscribed,
    Wanted,
    check_url,
)
from webhooks.subscriptions import NewSubscription, open_address

W = TypeVar("W", bound=Written)

SUBSCRIBERS: Final = frozenset(Role) - {Role.AUDITOR}
MOST_OF_A_PARTY: Final = 50

_COLUMNS: Final = """
id, party, events, sealed, state, position, failures, quiet_until, created_at,
(SELECT count(*) FROM notice WHERE notice.subscription = found.id),
(SELECT count(*) FROM notice WHERE notice.subscription = found.id AND attempts > 9),
(SELECT count(*) FROM notice_attempt
    WHERE notice_attempt.subscription = found.id AND outcome = 'given-up')
FROM subscription AS found
WHERE deleted_at IS NULL AND (%b OR (party = %b AND NOT sees_everything))"""
_ONE: Final = f"SELECT {_COLUMNS} AND id = %b"
_LIST: Final = f"SELECT {_COLUMNS} AND id > %b ORDER BY id LIMIT %b"
_ATTEMPTS: Final = """
SELECT id, position, number, sent_at, duration_ms, outcome, status, failure, next_at
FROM notice_attempt WHERE subscription = %b AND id < %b ORDER BY id DESC LIMIT %b"""
_COUNT: Final = "SELECT count(*) FROM subscription WHERE party = %b AND deleted_at IS NULL"


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


async def subscribe(call: Call[SubscriptionServices], body: Wanted) -> Subscribed:
    """Ask to be told of events as they happen, signed as Standard Webhooks says.

    The province is told of everything, a party of the dossiers that it takes part in. The secret is
    shown in this answer and never again. Notices of a dossier come in the order of the log; what is
    not answered 2xx is sent again after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h,
    under the same `webhook-id`.
    """
    check_url(body.url, call.services.allowed_networks)
    caller = call.caller
    new = NewSubscription(
        id=f"sub_{secrets.token_hex(8)}",
        party=caller.party,
        sees_everything=caller.role is Role.PROVINCE,
        events=tuple(dict.fromkeys(body.events)),
        url=body.url,
        description=body.description,
        secret=new_secret(),
        created_at=call.received_at,
    )

    def keep(cursor: Cursor[Any]) -> None:
        if cursor.execute(_COUNT, [new.party]).fetchone() == (MOST_OF_A_PARTY,):
            raise Refused("too-many-subscriptions", "A party has 50 subscriptions at most.")
        subscriptions.insert(cursor, call.services.vault, new)

    return await _change(call, keep, *_shown_once(new.id, new.secret))


async def list_subscriptions(
    call: Call[SubscriptionServices], query: AfterId
) -> Items[KnownSubscription]:
    """The caller's subscriptions; for the province, everybody's."""
    rows = await call.services.rows(_LIST, [*_whose(call), query.after or "", query.limit + 1])
    items = [_subscription(call.services.vault, row) for row in rows[: query.limit]]
    following = items[-1].id if len(rows) > query.limit else None
    return Items[KnownSubscription](items=items, next=following)


async def read_subscription(call: Call[SubscriptionServices], code: Code) -> KnownSubscription:
    """One subscription, and how its endpoint is doing."""
    return await _found(call, code)


async def unsubscribe(call: Call[SubscriptionServices], code: Code) -> Written:
    """Send nothing more. What was sent stays on record."""
    await _found(call, code)
    return await _change(
        call, lambda cursor: subscriptions.delete(cursor, code, call.received_at), written
    )


async def rotate_secret(call: Call[SubscriptionServices], code: Code) -> Subscribed:
    """Sign with a new secret. For 24 hours the one before signs too, so that nothing is lost."""
    await _found(call, code)
    secret = new_secret()

    def keep(cursor: Cursor[Any]) -> None:
        subscriptions.rotate(cursor, call.services.vault, code, secret, call.received_at)

    return await _change(call, keep, *_shown_once(code, secret))


async def list_attempts(
    call: Call[SubscriptionServices], code: Code, query: AfterAttempt
) -> Items[Attempt]:
    """Every attempt to deliver a notice in the last 90 days, the newest first."""
    await _found(call, code)
    rows = await call.services.rows(_ATTEMPTS, [code, query.after or NEWEST, query.limit + 1])
    items = [_attempt(code, row) for row in rows[: query.limit]]
    following = items[-1].id if len(rows) > query.limit else None
    return Items[Attempt](items=items, next=following)


async def replay_notices(call: Call[SubscriptionServices], code: Code, query: From) -> Written:
    """Send everything behind a position again, under the same ids."""
    await _found(call, code)
    return await _change(
        call, lambda cursor: subscriptions.replay(cursor, code, query.after), written
    )


async def resume_notices(call: Call[SubscriptionServices], code: Code) -> Written:
    """Go on sending to an endpoint that was paused or disabled, every notice from its first try."""
    found = await _found(call, code)
    command = ResumeSubscription(
        subscription=code,
        party=PartyCode(found.party),
        by=ResumedBy.REQUEST,
        occurred_at=call.received_at,
    )
    keep = call.keeping(written)

    def alongside(cursor: Cursor[Any], positions: Sequence[int]) -> None:
        subscriptions.resume(cursor, code, call.received_at)
        keep(cursor, positions)

    envelope = Envelope(command=command, metadata=metadata(call))
    handled = await call.run(call.services.handling.handle, envelope, alongside=alongside)
    return written(handled.position)


async def _change(
    call: Call[SubscriptionServices],
    work: Callable[[Cursor[Any]], None],
    answer: Callable[[int], W],
    again: Callable[[int], Written] | None = None,
) -> W:
    """Change a subscription together with the kept answer; no event tells of it."""
    told: list[W] = []

    def tell(position: int) -> W:
        told.append(answer(position))
        return told[-1]

    keep = call.keeping(tell, again)

    def alongside(cursor: Cursor[Any], positions: Sequence[int]) -> None:
        work(cursor)
        keep(cursor, positions)

    await call.run(call.services.handling.record, Decided(), alongside=alongside)
    return told[-1]


def _whose(call: Call[SubscriptionServices]) -> tuple[bool, str]:
    return call.caller.role is Role.PROVINCE, call.caller.party


def _shown_once(
    code: str, secret: str
) -> tuple[Callable[[int], Subscribed], Callable[[int], Subscribed]]:
    """The answer with the secret, and the one that a repeat is given."""
    return (
        lambda position: Subscribed(id=code, secret=secret, position=position),
        lambda position: Subscribed(id=code, secret=None, position=position),
    )


async def _found(call: Call[SubscriptionServices], code: str) -> KnownSubscription:
    for row in await call.services.rows(_ONE, [*_whose(call), code]):
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


def _endpoint(
    method: Method,
    path: str,
    handler: Handler[SubscriptionServices],
    *,
    status: int = 200,
    refusals: tuple[str, ...] = (),
) -> Endpoint[SubscriptionServices]:
    problems = {404: ("unknown-subscription",)} if "{code}" in path else {}
    return Endpoint(
        method,
        path,
        handler,
        roles=SUBSCRIBERS,
        status=status,
        tags=("subscriptions",),
        problems={**problems, **({409: refusals} if refusals else {})},
    )


_PATH: Final = "/v1/subscriptions"

ENDPOINTS: Final = (
    _endpoint("POST", _PATH, subscribe, status=201, refusals=("too-many-subscriptions",)),
    _endpoint("GET", _PATH, list_subscriptions),
    _endpoint("GET", f"{_PATH}/{{code}}", read_subscription),
    _endpoint("DELETE", f"{_PATH}/{{code}}", unsubscribe),
    _endpoint("POST", f"{_PATH}/{{code}}/secret", rotate_secret, status=201),
    _endpoint("GET", f"{_PATH}/{{code}}/attempts", list_attempts),
    _endpoint("POST", f"{_PATH}/{{code}}/replay", replay_notices, status=201),
    _endpoint("POST", f"{_PATH}/{{code}}/resumption", resume_notices, status=201),
)
