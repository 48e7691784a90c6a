"""A dossier whose duties are being computed: its facts, and what they are computed by."""

from datetime import date, datetime

from logistics.clocks.basis import Basis
from logistics.clocks.events import RuleUsed
from logistics.clocks.law_files import Rule
from logistics.clocks.obligation import Moment, Obligation, PauseOf
from logistics.clocks.office_hours import VIETNAM, OfficeHours, hours_of
from logistics.clocks.working_time import Office
from logistics.dossier_facts import DossierFacts, StepFact, time
from logistics.identifiers import PartyCode


class DossierClocks:
    """One dossier under computation; what several duties ask for is read once."""

    __slots__ = ("_steps", "basis", "facts", "received")

    def __init__(self, facts: DossierFacts, basis: Basis) -> None:
        self.facts = facts
        self.basis = basis
        self.received = Moment(time(facts["received_at"]), facts["received_position"])
        steps = [(moment_of(step), step) for step in facts["steps"]]
        self._steps = sorted(steps, key=_when)

    def office(self, hours: str | None) -> Office:
        return Office(self.basis.calendar, hours_of(hours))

    def rule(self, kind: str, day: date) -> Rule | None:
        facts = self.facts
        return self.basis.laws.rule(
            kind, day, facts["channel"], non_territorial=facts["non_territorial"]
        )

    def steps(self, *names: str) -> list[StepFact]:
        """The steps of these names, by the time they claim."""
        return [step for _, step in self._steps if step["step"] in names]

    def first(self, *names: str) -> Moment | None:
        return next((moment for moment, step in self._steps if step["step"] in names), None)

    def obligation(
        self,
        rule: Rule,
        *,
        obligor: PartyCode,
        started: Moment,
        limit: str,
        due_at: datetime | None,
        runs_out_at: datetime | None,
        met: Moment | None,
        hours: OfficeHours,
        named: str | None = None,
        used: RuleUsed | None = None,
        by_date: bool = False,
        pauses: tuple[PauseOf, ...] = (),
        waived: Moment | None = None,
    ) -> Obligation:
        """An obligation by a rule; `used` stands in for the rule where a contract binds."""
        return Obligation(
            id=named or rule.kind,
            kind=rule.kind,
            obligor=obligor,
            started=started,
            start_reason=rule.start,
            limit=limit,
            due_at=due_at,
            runs_out_at=runs_out_at,
            by_date=by_date,
            pauses=pauses,
            met=met,
            waived=waived,
            rule=used or rule.used,
            calendar_version=self.basis.calendar.version,
            hours=hours,
        )


def _when(each: tuple[Moment, StepFact]) -> tuple[datetime, int]:
    return each[0].at, each[0].position


def by_time(each: Moment) -> datetime:
    return each.at


def moment_of(step: StepFact) -> Moment:
    return Moment(time(step["at"]), step["position"])


def day_of(at: datetime) -> date:
    return at.astimezone(VIETNAM).date()
