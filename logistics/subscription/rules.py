"""When an endpoint is paused, and when it is resumed: each once, whoever finds out first."""

from logistics.identifiers import StreamId, subscription_stream
from logistics.subscription.commands import PauseSubscription, ResumeSubscription
from logistics.subscription.events import SubscriptionPaused, SubscriptionResumed
from logistics.world import World


def needs(command: PauseSubscription | ResumeSubscription, world: World) -> list[StreamId]:
    return [subscription_stream(command.subscription)]


def pause(command: PauseSubscription, world: World) -> list[SubscriptionPaused]:
    """An endpoint that is paused stays so."""
    if _is_paused(command.subscription, world):
        return []
    return [
        SubscriptionPaused(
            subscription=command.subscription,
            party=command.party,
            position=command.position,
            failure=command.failure,
            failures_in_a_row=command.failures_in_a_row,
            occurred_at=command.occurred_at,
        )
    ]


def resume(command: ResumeSubscription, world: World) -> list[SubscriptionResumed]:
    """An endpoint that is not paused goes on as it was."""
    if not _is_paused(command.subscription, world):
        return []
    return [
        SubscriptionResumed(
            subscription=command.subscription,
            party=command.party,
            by=command.by,
            occurred_at=command.occurred_at,
        )
    ]


def _is_paused(subscription: str, world: World) -> bool:
    known = world.subscription(subscription)
    return known is not None and known.is_paused
