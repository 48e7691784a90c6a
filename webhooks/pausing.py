"""An endpoint that failed to the last is paused, and one that answers again is resumed: as events.

The event and the subscription's state commit together. The province is told by an alarm.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import structlog
from psycopg import Cursor

from logistics.evidence import Source, SourceKind
from logistics.handling import Envelope, Handling
from logistics.recorded import Metadata
from logistics.subscription.commands import PauseSubscription, ResumeSubscription
from logistics.subscription.events import ResumedBy
from webhooks.endpoints import Endpoint
from webhooks.subscriptions import SubscriptionState

_SET: Final = """
UPDATE subscription SET state = %b WHERE id = %b AND generation = %b AND deleted_at IS NULL"""

_log = structlog.get_logger()


async def pause(handling: Handling, endpoint: Endpoint, now: datetime) -> None:
    """Say that an endpoint failed until the last try of a notice."""
    command = PauseSubscription(
        subscription=endpoint.id,
        party=endpoint.stored.party,
        position=endpoint.ran_out or 0,
        failure=endpoint.last_failure or "unknown",
        failures_in_a_row=endpoint.failures,
        occurred_at=now,
    )
    await _record(handling, endpoint, command, SubscriptionState.PAUSED, now)
    _log.error("subscription-paused", subscription=endpoint.id, party=endpoint.stored.party)


async def resume(handling: Handling, endpoint: Endpoint, now: datetime) -> None:
    """Say that an endpoint has answered again."""
    command = ResumeSubscription(
        subscription=endpoint.id,
        party=endpoint.stored.party,
        by=ResumedBy.ANSWER,
        occurred_at=now,
    )
    await _record(handling, endpoint, command, SubscriptionState.ACTIVE, now)
    endpoint.ran_out = None
    _log.info("subscription-resumed", subscription=endpoint.id, party=endpoint.stored.party)


async def _record(
    handling: Handling, endpoint: Endpoint, command: Any, state: SubscriptionState, now: datetime
) -> None:
    def alongside(cursor: Cursor[Any], _: Sequence[int]) -> None:
        cursor.execute(_SET, [state.value, endpoint.id, endpoint.generation])

    metadata = Metadata(
        recorded_at=now,
        actor=endpoint.stored.party,
        source=Source(kind=SourceKind.SYSTEM),
        correlation_id=endpoint.id,
    )
    envelope = Envelope(command=command, metadata=metadata)
    await asyncio.to_thread(handling.handle, envelope, alongside=alongside)
    endpoint.state = state
