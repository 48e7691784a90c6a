"""What subscribers do: say what they want to hear and where, and look after their endpoint."""

import secrets
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from psycopg import Cursor

from logistics.credentials import Role
from logistics.errors import Refused
from logistics.handling import Decided, Envelope
from logistics.identifiers import PartyCode
from logistics.routes.writing import metadata, written
from logistics.subscription.commands import ResumeSubscription
from logistics.subscription.events import ResumedBy
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint, Handler, Method
from logistics.web.fields import Code, Written
from webhooks import subscriptions
from webhooks.signing import new_secret
from webhooks.subscription_reads import (
    SubscriptionServices,
    find_subscription,
    list_attempts,
    list_subscriptions,
    read_subscription,
)
from webhooks.subscription_shapes import From, Subscribed, Wanted, check_url
from webhooks.subscriptions import NewSubscription

W = TypeVar("W", bound=Written)

SUBSCRIBERS: Final = frozenset(Role) - {Role.AUDITOR}
MOST_OF_A_PARTY: Final = 50

_OF_PARTY: Final = "SELECT FROM subscription WHERE party = %b AND deleted_at IS NULL"


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
        if len(cursor.execute(_OF_PARTY, [new.party]).fetchall()) >= MOST_OF_A_PARTY:
            raise Refused("too-many-subscriptions", "A party has 50 subscriptions at most.")
        subscriptions.insert(cursor, call.services.vault, new)

    return await _change(call, keep, *_shown_once(new.id, new.secret))


async def unsubscribe(call: Call[SubscriptionServices], code: Code) -> Written:
    """Send nothing more. What was sent stays on record."""
    await find_subscription(call, code)
    return await _change(
        call, lambda cursor: subscriptions.delete(cursor, code, call.received_at), written
    )


async def rotate_secret(call: Call[SubscriptionServices], code: Code) -> Subscribed:
    """Sign with a new secret. For 24 hours the one before signs too, so that nothing is lost."""
    await find_subscription(call, code)
    secret = new_secret()

    def keep(cursor: Cursor[Any]) -> None:
        subscriptions.rotate(cursor, call.services.vault, code, secret, call.received_at)

    return await _change(call, keep, *_shown_once(code, secret))


async def replay_notices(call: Call[SubscriptionServices], code: Code, query: From) -> Written:
    """Send everything behind a position again, under the same ids."""
    await find_subscription(call, code)
    return await _change(
        call, lambda cursor: subscriptions.replay(cursor, code, query.after), written
    )


async def resume_notices(call: Call[SubscriptionServices], code: Code) -> Written:
    """Go on sending to an endpoint that was paused or disabled, every notice from its first try."""
    found = await find_subscription(call, code)
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


def _shown_once(
    code: str, secret: str
) -> tuple[Callable[[int], Subscribed], Callable[[int], Subscribed]]:
    """The answer with the secret, and the one that a repeat is given."""
    return (
        lambda position: Subscribed(id=code, secret=secret, position=position),
        lambda position: Subscribed(id=code, secret=None, position=position),
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
