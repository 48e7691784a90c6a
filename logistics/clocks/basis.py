"""What obligations are computed by: the laws, the calendar, and what a province has agreed."""

from dataclasses import dataclass
from pathlib import Path

from logistics.clocks.calendar import WorkCalendar
from logistics.clocks.law_files import Laws, packaged_laws
from logistics.clocks.terms import Terms, terms_in
from logistics.clocks.vietnam import vietnam


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What every clock of this process goes by."""

    laws: Laws
    calendar: WorkCalendar
    terms: Terms

    @property
    def version(self) -> str:
        """Names what obligations rest on; another one means to compute them anew."""
        return f"{self.calendar.version}/{self.laws.version}/{self.terms.version}"


def basis_of(terms_file: Path | None = None) -> Basis:
    """The newest laws and calendar, and the terms of a file or those that come with the service.

    Raises `ValueError` that names the field when the file is not as it should be.
    """
    return Basis(laws=packaged_laws(), calendar=vietnam(), terms=terms_in(terms_file))
