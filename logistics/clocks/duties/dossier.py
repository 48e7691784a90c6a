"""A dossier whose duties are being computed: its facts, and what they are computed by."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from logistics.clocks.basis import Basis
from logistics.clocks.events import RuleUsed
from logistics.clocks.law_files import Rule
from logistics.clocks.obligation import Moment, Obligation
from logistics.clocks.office_hours import VIETNAM, hours_of
from logistics.clocks.working_time import Office
from logistics.dossier_facts import DossierFacts, StepFact, time


@dataclass(slots=True)
class DossierClocks:
    """One dossier under computation."""

    facts: DossierFacts
    basis: Basis

    def office(self, hours: str | None) -> Office:
        return Office(self.basis.calendar, hours_of(hours))

    def received(self) -> Moment:
        return Moment(time(self.facts["received_at"]), self.facts["received_position"])

    def rule(self, kind: str, day: date) -> Rule | None:
        facts = self.facts
        return self.basis.laws.rule(
            kind, day, facts["channel"], non_territorial=facts["non_territorial"]
        )

    def steps(self, *names: str) -> list[StepFact]:
        """The steps of these names, by the time they claim."""
        found = [step for step in self.facts["steps"] if step["step"] in names]
        return sorted(found, key=lambda step: (time(step["at"]), step["position"]))

    def first(self, *names: str) -> Moment | None:
        steps = self.steps(*names)
        return moment_of(steps[0]) if steps else None

    def obligation(self, rule: Rule, *, used: RuleUsed | None = None, **told: Any) -> Obligation:
        """An obligation by a rule; what is not told is nothing, and `used` stands in for the rule."""
        stated = RuleUsed(id=rule.id, version=rule.version, source=rule.source)
        defaults: dict[str, Any] = {
            "id": rule.kind,
            "by_date": False,
            "pauses": (),
            "met": None,
            "waived": None,
            "hours": hours_of(None),
        }
        return Obligation(
            kind=rule.kind,
            start_reason=rule.start,
            rule=used or stated,
            calendar_version=self.basis.calendar.version,
            **{**defaults, **told},
        )


def by_time(each: Moment) -> datetime:
    return each.at


def moment_of(step: StepFact) -> Moment:
    return Moment(time(step["at"]), step["position"])


def day_of(at: datetime) -> date:
    return at.astimezone(VIETNAM).date()
