"""What can be asked about a subscription's endpoint."""

from dataclasses import dataclass
from datetime import datetime

from logistics.identifiers import PartyCode
from logistics.subscription.events import ResumedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseSubscription:
    """Stop sending; the last try of a notice has failed."""

    subscription: str
    party: PartyCode
    position: int
    failure: str
    failures_in_a_row: int
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeSubscription:
    """Go on sending."""

    subscription: str
    party: PartyCode
    by: ResumedBy
    occurred_at: datetime
