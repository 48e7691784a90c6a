"""Which subscribers' endpoints are paused, since when, and what did they fail with?"""

from collections.abc import Iterable
from typing import Final, TypedDict

from logistics.event_types import name_of
from logistics.recorded import Recorded
from logistics.subscription.events import SubscriptionPaused, SubscriptionResumed
from projections.view import View, view_table


class PausedEndpoint(TypedDict):
    """A subscription that gets nothing for now; `position` is that of the event that paused it."""

    subscription: str
    party: str
    position: int
    failure: str
    failures_in_a_row: int
    evidence: list[int]
    paused_at: str


def keys(recorded: Recorded) -> Iterable[str]:
    """The subscription itself."""
    return (recorded.data["subscription"],)


def project(row: PausedEndpoint | None, recorded: Recorded, key: str) -> PausedEndpoint | None:
    """A pause makes the row, what ends it takes the row away."""
    del row
    match recorded.event:
        case SubscriptionPaused() as event:
            return {
                "subscription": key,
                "party": event.party,
                "position": recorded.position,
                "failure": event.failure,
                "failures_in_a_row": event.failures_in_a_row,
                "evidence": [event.position],
                "paused_at": event.occurred_at.isoformat(),
            }
    return None


PAUSED_ENDPOINTS: Final[View[PausedEndpoint]] = View(
    name="paused_endpoints",
    table=view_table("paused_endpoints"),
    topics=frozenset(map(name_of, (SubscriptionPaused, SubscriptionResumed))),
    keys=keys,
    project=project,
)
