"""Everything that is known of one dossier, folded from its events: what several views start from."""

from logistics.dossier_facts.fold import TOPICS, dossiers_of, evolve_facts
from logistics.dossier_facts.shapes import (
    CustodyFact,
    DossierFacts,
    HandoverFact,
    OfferFact,
    PaperFact,
    ReportFact,
    StepFact,
    VerdictFacts,
    WaybillFact,
    time,
)

__all__ = [
    "TOPICS",
    "CustodyFact",
    "DossierFacts",
    "HandoverFact",
    "OfferFact",
    "PaperFact",
    "ReportFact",
    "StepFact",
    "VerdictFacts",
    "WaybillFact",
    "dossiers_of",
    "evolve_facts",
    "time",
]
