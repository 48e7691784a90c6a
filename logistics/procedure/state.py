"""What is known of a procedure: its terms, and from which day each was in force."""

from dataclasses import dataclass, replace
from datetime import date

from logistics.procedure.events import ProcedureCatalogued, ProcedureEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """One procedure, with all terms it ever had; of two for one day the later one counts."""

    code: str
    terms: tuple[ProcedureCatalogued, ...] = ()

    def in_force(self, day: date) -> ProcedureCatalogued | None:
        """The terms on a day; None before the first."""
        known = [terms for terms in self.terms if terms.effective_from <= day]
        return max(known, key=lambda terms: terms.effective_from, default=None)


def evolve(procedure: Procedure | None, event: ProcedureEvent) -> Procedure:
    """Fold one event; never raises."""
    before = procedure or Procedure(code=event.procedure)
    others = [terms for terms in before.terms if terms.effective_from != event.effective_from]
    return replace(before, terms=(*others, event))
