"""What does a citizen get to know of a dossier? Steps, dates, kinds of holders; nothing personal.

The row is an allow-list: what is not named here never reaches the table, so no mistake further on
can show it. The applicant's telephone number stays sealed; a look-up opens it to compare four
digits and closes it again.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypedDict

from logistics.dossier_facts import dossiers_of
from logistics.recorded import Recorded
from projections.view import View, found_by, view_table


class Consignment(TypedDict):
    """A consignment, by its operator, and what was reported of it: time, milestone, on the way back."""

    operator: str
    purpose: str
    reports: list[tuple[str, str, str | None]]


class Tracking(TypedDict):
    """Everything that a look-up may rest on."""

    lookup_code: str
    applicant: str
    procedure: str | None
    channel: str
    desk: str
    agency: str
    return_way: str
    promised_at: str | None
    steps: list[tuple[str, str]]
    holders: dict[str, tuple[str, str]]
    consignments: dict[str, Consignment]


_STEPS: Final = {
    f"dossier.{step}": step
    for step in (
        "forwarded",
        "taken-over",
        "assigned",
        "refused",
        "supplement-requested",
        "supplement-received",
        "payment-requested",
        "payment-made",
        "suspended",
        "resumed",
        "apologised",
        "withdrawn",
        "decided",
        "returned",
    )
}
_CITIZEN: Final = "citizen"


def project(row: Tracking | None, recorded: Recorded, key: str) -> Tracking | None:
    """Fold one event; what a citizen is not told changes nothing."""
    del key  # There is one row for each dossier.
    data = recorded.data
    if recorded.name == "dossier.received":
        return row or _received(data)
    if row is None:
        return None
    match recorded.name:
        case "paper.entrusted":
            return _held(row, data["paper"], data["custodian"], data)
        case "paper.transferred":
            return _held(row, data["paper"], data["receiver"], data)
        case "paper.given-back":
            return _held(row, data["paper"], _CITIZEN, data)
        case "waybill.booked":
            return _booked(row, data)
        case "waybill.reported":
            return _reported(row, data)
        case _:
            return _stepped(row, _STEPS[recorded.name], data)


def _received(data: Mapping[str, Any]) -> Tracking:
    return {
        "lookup_code": data["lookup_code"],
        "applicant": data["applicant"],
        "procedure": data["procedure_name"],
        "channel": data["channel"],
        "desk": data["received_by"],
        "agency": data["competent_agency"],
        "return_way": data["return_to"]["way"],
        "promised_at": data["promised_at"],
        "steps": [("received", data["occurred_at"])],
        "holders": {},
        "consignments": {},
    }


def _held(row: Tracking, paper: str, holder: str, data: Mapping[str, Any]) -> Tracking:
    """Somebody holds a paper; electronic ones lie nowhere and are in no hands."""
    if data.get("kind") == "electronic":
        return row
    if "custodian" not in data and paper not in row["holders"]:
        return row
    known = row["holders"].get(paper)
    at = data["occurred_at"]
    if known is not None and known[0] == holder:
        at = min(at, known[1], key=datetime.fromisoformat)
    return {**row, "holders": {**row["holders"], paper: (holder, at)}}


def _booked(row: Tracking, data: Mapping[str, Any]) -> Tracking:
    booked: Consignment = {
        "operator": data["operator"],
        "purpose": data["purpose"],
        "reports": [_report(each) for each in data["adopted"]],
    }
    return {**row, "consignments": {**row["consignments"], _key(data): booked}}


def _reported(row: Tracking, data: Mapping[str, Any]) -> Tracking:
    known = row["consignments"].get(_key(data))
    if known is None:
        return row
    reported: Consignment = {**known, "reports": [*known["reports"], _report(data["report"])]}
    return {**row, "consignments": {**row["consignments"], _key(data): reported}}


def _stepped(row: Tracking, step: str, data: Mapping[str, Any]) -> Tracking:
    stepped: Tracking = {**row, "steps": [*row["steps"], (step, data["occurred_at"])]}
    if "new_date" in data:
        stepped["promised_at"] = data["new_date"]
    return stepped


def _key(data: Mapping[str, Any]) -> str:
    return f"{data['operator']}:{data['number']}"


def _report(data: Mapping[str, Any]) -> tuple[str, str, str | None]:
    return data["occurred_at"], data["milestone"], data["milestone_on_return"]


TRACKING: Final[View[Tracking]] = View(
    name="tracking",
    table=view_table("tracking", found_by("lookup_code", unique=True)),
    topics=frozenset(_STEPS)
    | {
        "dossier.received",
        "paper.entrusted",
        "paper.transferred",
        "paper.given-back",
        "waybill.booked",
        "waybill.reported",
    },
    keys=dossiers_of,
    project=project,
)
