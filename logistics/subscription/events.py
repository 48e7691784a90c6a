"""What can have happened to a subscription: its endpoint was given a rest, and answered again."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from logistics.identifiers import PartyCode


class ResumedBy(StrEnum):
    """What ended a pause."""

    ANSWER = "answer"
    REQUEST = "request"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionPaused:
    """The endpoint failed until the last try of a notice; `position` is that notice's event.

    Nothing is dropped: notices wait, and the endpoint is tried now and then.
    """

    subscription: str
    party: PartyCode
    position: int
    failure: str
    failures_in_a_row: int
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionResumed:
    """The endpoint has answered, or somebody asked to go on."""

    subscription: str
    party: PartyCode
    by: ResumedBy
    occurred_at: datetime


SubscriptionEvent = SubscriptionPaused | SubscriptionResumed
