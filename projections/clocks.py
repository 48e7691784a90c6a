"""Which legal clocks run for a dossier, which have run out, and what has to be written down next?

A row holds the facts of a dossier and what follows from them by the laws, the calendar and the terms
in force: its obligations (`owed`), and `attend_at`, the first moment at which the sweeper has something
to write. Beside it stand the open ones, to be found by their due time, the open alarms, and sums, so
that no question about compliance reads more than sums.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Index, text

from logistics.clocks.basis import Basis
from logistics.clocks.verdicts import attend_at
from logistics.dossier_facts import TOPICS, DossierFacts, dossiers_of, evolve_facts
from logistics.recorded import Recorded
from projections.compliance_sums import SUMS_ASIDES
from projections.computing import Computed, computed, remembered
from projections.open_alarms import ALARM_ASIDE
from projections.open_obligations import OPEN_ASIDE
from projections.outcomes import OUTCOME_ASIDES
from projections.owed import owed
from projections.view import View, found_by, view_table

Clocks = dict[str, Any]
"""The facts, and what follows from them under `owed` and `attend_at`."""

CLOCKS: Final = "clocks"
"""The view's name."""

_TABLE: Final = view_table(
    CLOCKS,
    found_by("attend_at"),
    Index("clocks_attend_at", "attend_at", postgresql_where=text("attend_at IS NOT NULL")),
)

_MOMENT: Final = "%Y-%m-%dT%H:%M:%S.%fZ"


def with_owed(
    facts: DossierFacts, basis: Basis, compute: Callable[[DossierFacts, Basis], Computed] = computed
) -> Clocks:
    """The row of a dossier: its facts, and what follows from them."""
    found = compute(facts, basis)
    attend = attend_at(facts["verdicts"], found.obligations, found.conditions)
    return {
        **facts,
        "owed": [owed(each, facts, basis.calendar) for each in found.obligations],
        "attend_at": None if attend is None else moment_text(attend),
    }


def clocks_view(basis: Basis) -> View[Clocks]:
    """The view, computed by a basis."""

    def project(row: Clocks | None, recorded: Recorded, key: str) -> Clocks | None:
        del key  # The facts know their dossier.
        return evolve_facts(row, recorded)  # type: ignore[arg-type,return-value]  # Facts and more.

    def finish(row: Clocks) -> Clocks:
        return with_owed(row, basis, remembered)  # type: ignore[arg-type]  # Facts and more.

    return View(
        name=CLOCKS,
        table=_TABLE,
        topics=TOPICS,
        keys=dossiers_of,
        project=project,
        finish=finish,
        asides=(OPEN_ASIDE, ALARM_ASIDE, *OUTCOME_ASIDES, *SUMS_ASIDES),
        basis=basis.version,
    )


def moment_text(at: datetime) -> str:
    """A moment as text that sorts as moments do."""
    return at.astimezone(UTC).strftime(_MOMENT)
