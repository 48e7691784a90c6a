"""What is known of a subscription's endpoint."""

from dataclasses import dataclass, replace

from logistics.subscription.events import SubscriptionEvent, SubscriptionPaused


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One subscription, as far as events tell of it."""

    id: str
    is_paused: bool = False


def evolve(subscription: Subscription | None, event: SubscriptionEvent) -> Subscription:
    """Fold one event; never raises."""
    before = subscription or Subscription(id=event.subscription)
    return replace(before, is_paused=isinstance(event, SubscriptionPaused))
