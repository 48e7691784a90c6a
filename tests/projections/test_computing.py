"""What is remembered is what would be computed, and only for the same facts by the same basis."""

from dataclasses import replace

from logistics.dossier.events import DossierTakenOver
from projections import computing
from projections.computing import MOST, computed, remembered
from tests.support.clocked import BASIS, STEP, at, facts, received

TOLD = facts(received("2026-08-10T09:00"))


def test_the_same_facts_are_computed_once_whatever_was_written_about_them() -> None:
    first = remembered(TOLD, BASIS)
    judged = facts(received("2026-08-10T09:00"))
    judged["verdicts"] = {**judged["verdicts"], "stream_version": 7}
    assert remembered(judged, BASIS) is first
    assert first == computed(TOLD, BASIS)


def test_other_facts_and_another_basis_are_computed_anew() -> None:
    taken = facts(
        received("2026-08-10T09:00"), DossierTakenOver(**STEP, occurred_at=at("2026-08-10T10:00"))
    )
    assert remembered(taken, BASIS) is not remembered(TOLD, BASIS)
    other = replace(BASIS, calendar=replace(BASIS.calendar, version="other"))
    assert remembered(TOLD, other).obligations[0].calendar_version == "other"


def test_no_more_is_remembered_than_fits() -> None:
    for number in range(MOST + 10):
        remembered(facts(received("2026-08-10T09:00", procedure_code=str(number))), BASIS)
    assert len(computing._memory) == MOST
