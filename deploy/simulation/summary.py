"""What was sent, and what was said to it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.simulation.acts import Ask, Kind
from deploy.simulation.pen import Act


@dataclass(slots=True)
class Summary:
    """Counts of what the service acknowledged; `refused` counts by the code of the refusal.

    A refusal ends its dossier's story: `unsent` is what would have come after it. What is planned
    is to be found in the service's own answers, unless something was refused.
    """

    acknowledged: Counter[Kind] = field(default_factory=Counter)
    pushes: Counter[str] = field(default_factory=Counter)
    oddities: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    breaches_planned: Counter[str] = field(default_factory=Counter)
    alarms_planned: Counter[str] = field(default_factory=Counter)
    unsent: int = 0
    sent_again: int = 0
    seconds: float = 0.0

    def acknowledge(self, act: Act) -> None:
        if isinstance(act, Ask):
            self.acknowledged[act.kind] += 1
            return
        self.pushes[act.carrier] += 1
        if act.oddity:
            self.oddities[act.oddity] += 1
        if act.other_format:
            self.oddities[f"the other format of {act.carrier}"] += 1

    @property
    def total(self) -> int:
        """How many requests were acknowledged."""
        return self.acknowledged.total() + self.pushes.total()

    def rows(self) -> list[tuple[str, str, int]]:
        """A table to print: what kind of thing, which, how many."""
        groups: dict[str, Mapping[Any, int]] = {
            "acknowledged": self.acknowledged,
            "pushes": self.pushes,
            "of these": self.oddities,
            "refused": self.refused,
            "breaches planned": self.breaches_planned,
            "alarms left open": self.alarms_planned,
            "": {"not sent after a refusal": self.unsent, "sent again": self.sent_again},
        }
        return [
            (group, str(name), count)
            for group, counts in groups.items()
            for name, count in sorted(counts.items())
        ]
