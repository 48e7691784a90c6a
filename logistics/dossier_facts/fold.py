"""The fold of a whole dossier, over its own stream and those of its papers, handovers and waybills."""

from collections.abc import Iterable, Mapping
from typing import Final

from logistics.dossier_facts import handovers, papers, verdicts, waybills
from logistics.dossier_facts.shapes import DossierFacts, Fold, StepFact, VerdictFacts
from logistics.recorded import Recorded

NO_VERDICTS: Final[VerdictFacts] = {"stream_version": 0, "breached": {}, "alarms": {}}

STEPS: Final = frozenset(
    {
        "dossier.digitised",
        "dossier.forwarded",
        "dossier.taken-over",
        "dossier.assigned",
        "dossier.refused",
        "dossier.supplement-requested",
        "dossier.supplement-received",
        "dossier.payment-requested",
        "dossier.payment-made",
        "dossier.suspended",
        "dossier.resumed",
        "dossier.apologised",
        "dossier.complained",
        "dossier.complaint-answered",
        "dossier.withdrawn",
        "dossier.decided",
        "dossier.returned",
    }
)

FOLDS: Final[Mapping[str, Fold]] = {
    **papers.FOLDS,
    **handovers.FOLDS,
    **waybills.FOLDS,
    **verdicts.FOLDS,
}

TOPICS: Final = frozenset({"dossier.received", *STEPS, *FOLDS})
"""The stored names that the fold looks at."""


def dossiers_of(recorded: Recorded) -> Iterable[str]:
    """The dossiers that an event is about; none for a report on a waybill nobody has booked yet."""
    dossiers: Iterable[str] | None = recorded.data.get("dossiers")
    return (recorded.data["dossier"],) if dossiers is None else dossiers


def evolve_facts(facts: DossierFacts | None, recorded: Recorded) -> DossierFacts | None:
    """Fold one event; what came before is left as it was. None before the dossier is received."""
    if recorded.name == "dossier.received":
        return facts or _received(recorded)
    if facts is None:
        return None
    fold = FOLDS.get(recorded.name)
    if fold is not None:
        return fold(facts, recorded)
    return _step(facts, recorded) if recorded.name in STEPS else facts


def _received(recorded: Recorded) -> DossierFacts:
    data = recorded.data
    terms = data["terms"]
    return {
        "dossier": data["dossier"],
        "return_to": {"way": data["return_to"]["way"], "party": data["return_to"]["party"]},
        "received_at": data["occurred_at"],
        "received_position": recorded.position,
        "desk": data["received_by"],
        "agency": data["competent_agency"],
        "channel": data["channel"],
        "non_territorial": data["non_territorial"],
        "procedure": data["procedure_code"],
        "procedure_name": data["procedure_name"],
        "field": terms["field"] if terms else None,
        "limit": terms["limit"] if terms else None,
        "promised_at": data["promised_at"],
        "desk_hours": data["desk_hours"],
        "agency_hours": data["agency_hours"],
        "steps": [],
        "papers": {},
        "handovers": {},
        "waybills": {},
        "verdicts": NO_VERDICTS,
    }


def _step(facts: DossierFacts, recorded: Recorded) -> DossierFacts:
    data = recorded.data
    step: StepFact = {
        "step": recorded.name.removeprefix("dossier."),
        "at": data["occurred_at"],
        "position": recorded.position,
    }
    if "new_date" in data:
        step["new_date"] = data["new_date"]
    if "inter_province" in data:
        step["inter_province"] = data["inter_province"]
    return {**facts, "steps": [*facts["steps"], step]}
