"""Folds of offers, and of how they end."""

from collections.abc import Mapping
from typing import Final

from logistics.dossier_facts.shapes import DossierFacts, Fold, HandoverFact, time
from logistics.recorded import Recorded


def _offered(facts: DossierFacts, recorded: Recorded) -> DossierFacts:
    data = recorded.data
    waybill = data["waybill"]
    before = facts["handovers"].get(data["handover"])
    offered: HandoverFact = {
        "giver": data["giver"],
        "receiver": data["receiver"],
        "papers": data["papers"],
        "waybill": f"{waybill['operator']}:{waybill['number']}" if waybill else None,
        "offered_at": data["occurred_at"],
        "offered_position": recorded.position,
    }
    merged: HandoverFact = {**before, **offered} if before else offered
    return {**facts, "handovers": {**facts["handovers"], data["handover"]: merged}}


def _ended(as_: str) -> Fold:
    """A fold for events that end an offer."""

    def fold(facts: DossierFacts, recorded: Recorded) -> DossierFacts:
        data = recorded.data
        offered = facts["handovers"].get(data["handover"])
        if offered is None:
            return facts
        at = data["occurred_at"]
        if offered.get("ended_as") == as_:
            at = min(at, offered["ended_at"], key=time)
        ended: HandoverFact = {
            **offered,
            "ended_as": as_,
            "ended_at": at,
            "ended_position": recorded.position,
        }
        if "known_by" in data:
            ended["signed"] = data["known_by"]["word"] == "signature"
        return {**facts, "handovers": {**facts["handovers"], data["handover"]: ended}}

    return fold


FOLDS: Final[Mapping[str, Fold]] = {
    "handover.offered": _offered,
    "handover.accepted": _ended("accepted"),
    "handover.refused": _ended("refused"),
    "handover.cancelled": _ended("cancelled"),
}
