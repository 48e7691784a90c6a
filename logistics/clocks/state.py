"""Which verdicts stand and which alarms are open, as the events say."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from logistics.clocks.events import (
    AlarmAcknowledged,
    AlarmClosed,
    AlarmRaised,
    BreachRetracted,
    ClockEvent,
    LimitBreached,
)
from logistics.identifiers import DossierCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The findings about one dossier that hold: obligations in breach, alarms since when."""

    dossier: DossierCode
    breached: frozenset[str] = frozenset()
    alarms: Mapping[str, datetime] = field(default_factory=dict)
    acknowledged: frozenset[str] = frozenset()


def evolve(clocks: Clocks | None, event: ClockEvent) -> Clocks:
    """Fold one event; never raises."""
    before = clocks or Clocks(dossier=event.dossier)
    match event:
        case LimitBreached():
            return replace(before, breached=before.breached | {event.obligation})
        case BreachRetracted():
            return replace(before, breached=before.breached - {event.obligation})
        case AlarmRaised():
            return replace(before, alarms={**before.alarms, event.alarm: event.occurred_at})
        case AlarmClosed():
            left = {alarm: at for alarm, at in before.alarms.items() if alarm != event.alarm}
            return replace(before, alarms=left, acknowledged=before.acknowledged - {event.alarm})
        case AlarmAcknowledged():
            return replace(before, acknowledged=before.acknowledged | {event.alarm})
