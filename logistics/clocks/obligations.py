"""From what is known of a dossier to its duties: who owes what by when, and when it was done.

Pure: the same facts, laws, calendar and terms always give the same obligations, so a late-arriving
fact simply gives others. Nothing here looks at a clock; what depends on the time is asked of an
obligation with a time (`state`, `lateness_minutes`).

The statutory deadline moves by a legal act only: a supplement, a payment or a suspension lets the
agency's clock stand still, and an apology names a new date. No late leg of a carrier ever moves it.
"""

from collections.abc import Callable, Iterator
from typing import Final

from logistics.clocks.basis import Basis
from logistics.clocks.duties import agency, desk, post
from logistics.clocks.duties.dossier import DossierClocks
from logistics.clocks.obligation import Obligation
from logistics.dossier_facts import DossierFacts

DUTIES: Final[tuple[Callable[[DossierClocks], Iterator[Obligation]], ...]] = (
    desk.forward,
    desk.forward_papers,
    agency.decide,
    post.deliver,
    post.answer_complaints,
)


def obligations(facts: DossierFacts, basis: Basis) -> tuple[Obligation, ...]:
    """Every duty that the facts give rise to."""
    dossier = DossierClocks(facts, basis)
    return tuple(each for duty in DUTIES for each in duty(dossier))
