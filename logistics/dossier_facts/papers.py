"""Folds of what happens to papers."""

from collections.abc import Mapping
from typing import Final

from logistics.dossier_facts.shapes import (
    CustodyFact,
    DossierFacts,
    Fold,
    OfferFact,
    PaperFact,
    time,
)
from logistics.recorded import Recorded


def _with_paper(facts: DossierFacts, paper_id: str, paper: PaperFact) -> DossierFacts:
    return {**facts, "papers": {**facts["papers"], paper_id: paper}}


def _entrusted(facts: DossierFacts, recorded: Recorded) -> DossierFacts:
    data = recorded.data
    first: CustodyFact = {
        "holder": data["custodian"],
        "at": data["occurred_at"],
        "position": recorded.position,
        "handover": "",
    }
    paper: PaperFact = {
        "name": data["name"],
        "kind": data["kind"],
        "origin": data["origin"],
        "quantity": data["quantity"],
        "custody": [first],
        "offer": None,
        "condition": "held",
        "damaged": False,
        "changed_at": data["occurred_at"],
        "changed_position": recorded.position,
    }
    return _with_paper(facts, data["paper"], paper)


def _transferred(facts: DossierFacts, recorded: Recorded) -> DossierFacts:
    """Custody moved; said again for a handover, the earlier time counts."""
    data = recorded.data
    paper = facts["papers"].get(data["paper"])
    if paper is None:
        return facts
    move: CustodyFact = {
        "holder": data["receiver"],
        "at": data["occurred_at"],
        "position": recorded.position,
        "handover": data["handover"],
    }
    known = any(each["handover"] == move["handover"] for each in paper["custody"])
    if known:
        custody = [_earlier(each, move) for each in paper["custody"]]
        return _with_paper(facts, data["paper"], {**paper, "custody": custody})
    moved: PaperFact = {**paper, "custody": [*paper["custody"], move], "offer": None}
    return _with_paper(facts, data["paper"], _in_condition(moved, "held", recorded))


def _earlier(known: CustodyFact, move: CustodyFact) -> CustodyFact:
    """The same transfer dated better, or another one as it was."""
    if known["handover"] != move["handover"] or time(known["at"]) <= time(move["at"]):
        return known
    return move


def _put_on_offer(facts: DossierFacts, recorded: Recorded) -> DossierFacts:
    data = recorded.data
    paper = facts["papers"].get(data["paper"])
    if paper is None:
        return facts
    offer: OfferFact = {
        "handover": data["handover"],
        "to": data["receiver"],
        "at": data["occurred_at"],
    }
    return _with_paper(facts, data["paper"], {**paper, "offer": offer})


def _off_offer(facts: DossierFacts, recorded: Recorded) -> DossierFacts:
    paper = facts["papers"].get(recorded.data["paper"])
    if paper is None:
        return facts
    return _with_paper(facts, recorded.data["paper"], {**paper, "offer": None})


def _damaged(facts: DossierFacts, recorded: Recorded) -> DossierFacts:
    paper = facts["papers"].get(recorded.data["paper"])
    if paper is None:
        return facts
    custodian = recorded.data["custodian"]
    held = [each["handover"] for each in paper["custody"] if each["holder"] == custodian]
    under = [*paper.get("damaged_under", []), *held[-1:]]
    damaged: PaperFact = {**paper, "damaged": True, "damaged_under": under}
    return _with_paper(facts, recorded.data["paper"], damaged)


def _condition(condition: str) -> Fold:
    """A fold for events after which a paper is in another condition."""

    def fold(facts: DossierFacts, recorded: Recorded) -> DossierFacts:
        paper = facts["papers"].get(recorded.data["paper"])
        if paper is None:
            return facts
        told = recorded.data.get("dispute", condition)
        return _with_paper(facts, recorded.data["paper"], _in_condition(paper, told, recorded))

    return fold


def _in_condition(paper: PaperFact, condition: str, recorded: Recorded) -> PaperFact:
    at = recorded.data["occurred_at"]
    if condition == paper["condition"] == "given_back":
        at = min(at, paper["changed_at"], key=time)
    return {
        **paper,
        "offer": None,
        "condition": condition,
        "changed_at": at,
        "changed_position": recorded.position,
    }


FOLDS: Final[Mapping[str, Fold]] = {
    "paper.entrusted": _entrusted,
    "paper.offered": _put_on_offer,
    "paper.offer-withdrawn": _off_offer,
    "paper.damaged": _damaged,
    "paper.transferred": _transferred,
    "paper.disputed": _condition("missing"),
    "paper.declared-lost": _condition("lost"),
    "paper.found": _condition("held"),
    "paper.given-back": _condition("given_back"),
}
