"""Which legal clocks run for a dossier, which have run out, and what has to be written down next?

A row holds the facts of a dossier and what follows from them by the laws, the calendar and the terms
in force: obligations, conditions for alarms, and `attend_at`, the first moment at which the sweeper has
something to write. Beside it stand the obligations one by one, to be found by their due time, and sums
over them, so that no question about compliance reads more than sums.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Index, text

from logistics.clocks.alarms import AlarmCondition, alarms
from logistics.clocks.duties.dossier import Basis
from logistics.clocks.law_files import packaged_laws
from logistics.clocks.obligation import Obligation
from logistics.clocks.obligations import obligations
from logistics.clocks.terms import terms_in
from logistics.clocks.verdicts import attend_at
from logistics.clocks.vietnam import vietnam
from logistics.dossier_facts import TOPICS, DossierFacts, dossiers_of, evolve_facts
from logistics.recorded import Recorded
from projections.obligations import OBLIGATION_ASIDE, TALLY_ASIDE, owed
from projections.open_alarms import ALARM_ASIDE
from projections.view import View, found_by, view_table

Clocks = dict[str, Any]
"""The facts, and what follows from them under `owed`, `attend_at` and `basis`."""

_MOMENT: Final = "%Y-%m-%dT%H:%M:%S.%fZ"


def basis_of(terms_file: Path | None = None) -> Basis:
    """The laws, the calendar and the terms that this process computes by."""
    return Basis(laws=packaged_laws(), calendar=vietnam(), terms=terms_in(terms_file))


@dataclass(frozen=True, slots=True)
class Computed:
    """What follows from the facts of one dossier."""

    obligations: tuple[Obligation, ...]
    conditions: tuple[AlarmCondition, ...]


def computed(facts: DossierFacts, basis: Basis) -> Computed:
    """Compute everything anew."""
    return Computed(obligations(facts, basis), alarms(facts, basis))


def clocks_view(basis: Basis) -> View[Clocks]:
    """The view, computed by a basis."""

    def project(row: Clocks | None, recorded: Recorded, key: str) -> Clocks | None:
        del key  # The facts know their dossier.
        return evolve_facts(row, recorded)  # type: ignore[arg-type,return-value]  # Facts and more.

    def finish(row: Clocks) -> Clocks:
        facts: DossierFacts = row  # type: ignore[assignment]  # Facts and more.
        found = computed(facts, basis)
        attend = attend_at(facts["verdicts"], found.obligations, found.conditions)
        return {
            **row,
            "owed": [owed(each, facts, basis.calendar) for each in found.obligations],
            "attend_at": None if attend is None else moment_text(attend),
            "basis": basis.version,
        }

    return View(
        name="clocks",
        table=view_table(
            "clocks",
            found_by("attend_at"),
            Index("clocks_attend_at", "attend_at", postgresql_where=text("attend_at IS NOT NULL")),
        ),
        topics=TOPICS,
        keys=dossiers_of,
        project=project,
        finish=finish,
        asides=(OBLIGATION_ASIDE, TALLY_ASIDE, ALARM_ASIDE),
    )


def moment_text(at: datetime) -> str:
    """A moment as text that sorts as moments do."""
    return at.astimezone(UTC).strftime(_MOMENT)


CLOCKS: Final = clocks_view(basis_of())
