"""What was found out about a dossier's clocks: verdicts, and alarms on what did not happen.

They are found by a sweeper and written once each; what they rest on can be computed anew at any
time, so an event says when it was found and by which rule and calendar, and not how.
"""

from dataclasses import dataclass
from datetime import datetime

from logistics.identifiers import DossierCode, PartyCode, SealedRef


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleUsed:
    """The rule, in its version, that a due time was computed by, and the article it states."""

    id: str
    version: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitBreached:
    """A limit ran out before its duty was done. `occurred_at` is the first moment of being late."""

    dossier: DossierCode
    obligation: str
    kind: str
    obligor: PartyCode
    due_at: datetime
    rule: RuleUsed
    calendar_version: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachRetracted:
    """What was called late turns out not to be; `cause` says by what, `cause_position` by which event."""

    dossier: DossierCode
    obligation: str
    kind: str
    obligor: PartyCode
    cause: str
    cause_position: int | None
    calendar_version: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRaised:
    """Something did not happen that should have; `evidence` are positions in the log."""

    dossier: DossierCode
    alarm: str
    kind: str
    party: PartyCode | None
    evidence: tuple[int, ...]
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmClosed:
    """What an alarm was about has happened after all, or no longer matters."""

    dossier: DossierCode
    alarm: str
    kind: str
    cause_position: int | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmAcknowledged:
    """Somebody has seen the alarm and says what is done about it; both are sealed."""

    dossier: DossierCode
    alarm: str
    signed_by: SealedRef | None
    note: SealedRef | None
    occurred_at: datetime


ClockEvent = LimitBreached | BreachRetracted | AlarmRaised | AlarmClosed | AlarmAcknowledged
