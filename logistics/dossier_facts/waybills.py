"""Folds of consignments, and of what their operators report."""

from collections.abc import Mapping
from typing import Final

from logistics.dossier_facts.shapes import Data, DossierFacts, Fold, ReportFact, WaybillFact
from logistics.recorded import Recorded


def _booked(facts: DossierFacts, recorded: Recorded) -> DossierFacts:
    data = recorded.data
    waybill: WaybillFact = {
        "operator": data["operator"],
        "number": data["number"],
        "purpose": data["purpose"],
        "sender": data["sender"],
        "receiver": data["receiver"],
        "papers": data["papers"],
        "booked_at": data["occurred_at"],
        "booked_position": recorded.position,
        "reports": [_report(each, recorded.position, False) for each in data["adopted"]],
    }
    return _with_waybill(facts, data, waybill)


def _reported(facts: DossierFacts, recorded: Recorded) -> DossierFacts:
    waybill = _waybill(facts, recorded.data)
    if waybill is None:
        return facts
    reports = [
        *waybill["reports"],
        _report(recorded.data["report"], recorded.position, recorded.data["conflict"]),
    ]
    return _with_waybill(facts, recorded.data, {**waybill, "reports": reports})


def _redirected(facts: DossierFacts, recorded: Recorded) -> DossierFacts:
    waybill = _waybill(facts, recorded.data)
    if waybill is None:
        return facts
    receiver = recorded.data["receiver"]
    return _with_waybill(facts, recorded.data, {**waybill, "receiver": receiver})


def _recalled(facts: DossierFacts, recorded: Recorded) -> DossierFacts:
    waybill = _waybill(facts, recorded.data)
    if waybill is None:
        return facts
    recalled: WaybillFact = {
        **waybill,
        "receiver": waybill["sender"],
        "recalled": recorded.data["occurred_at"],
    }
    return _with_waybill(facts, recorded.data, recalled)


def _report(data: Data, position: int, conflict: bool) -> ReportFact:
    return {
        "milestone": data["milestone"],
        "on_return": data["milestone_on_return"],
        "at": data["occurred_at"],
        "position": position,
        "conflict": conflict,
    }


def _key(data: Data) -> str:
    return f"{data['operator']}:{data['number']}"


def _waybill(facts: DossierFacts, data: Data) -> WaybillFact | None:
    return facts["waybills"].get(_key(data))


def _with_waybill(facts: DossierFacts, data: Data, waybill: WaybillFact) -> DossierFacts:
    return {**facts, "waybills": {**facts["waybills"], _key(data): waybill}}


FOLDS: Final[Mapping[str, Fold]] = {
    "waybill.booked": _booked,
    "waybill.reported": _reported,
    "waybill.redirected": _redirected,
    "waybill.recalled": _recalled,
}
