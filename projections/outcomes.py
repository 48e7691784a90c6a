"""How did each dossier come out: early, on time, late, or is it still open? What reports count."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Boolean, Column, Date, DateTime, Index, Table, Text

from logistics.clocks.office_hours import VIETNAM
from logistics.dossier_facts import time
from logistics.dossier_facts.standing import standing_of
from logistics.waybill.milestones import Milestone
from projections.entries import Entry, entries_aside
from projections.owed import Owed
from projections.view import METADATA

OUTCOME: Final = Table(
    "outcome",
    METADATA,
    Column("dossier", Text, primary_key=True),
    Column("agency", Text, nullable=False),
    Column("procedure", Text, nullable=False),
    Column("procedure_name", Text),
    Column("received_on", Date, nullable=False),
    Column("non_territorial", Boolean, nullable=False),
    Column("closed", Boolean, nullable=False),  # Refused or withdrawn: nobody was late.
    Column("verdict", Text),  # Null until it is decided.
    Column("runs_out_at", DateTime(timezone=True)),
    Index("outcome_received", "received_on"),
)

CONSIGNMENT: Final = Table(
    "consignment",
    METADATA,
    Column("dossier", Text, primary_key=True),
    Column("waybill", Text, primary_key=True),
    Column("operator", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("accepted_on", Date, nullable=False),
    Column("verdict", Text),
    Column("runs_out_at", DateTime(timezone=True)),
    Column("lost", Boolean, nullable=False),
    Column("damaged", Boolean, nullable=False),
    Index("consignment_accepted", "accepted_on"),
)

COMPLAINT: Final = Table(
    "complaint",
    METADATA,
    Column("dossier", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("operator", Text, nullable=False),
    Column("complained_on", Date, nullable=False),
    Column("verdict", Text),
    Column("runs_out_at", DateTime(timezone=True)),
    Index("complaint_made", "complained_on"),
)

_LEGS: Final = ("postal-send:", "postal-return:")


def outcomes(row: Mapping[str, Any]) -> Iterator[Entry]:
    """The one entry of a dossier, in the order of the columns."""
    processing = next((each for each in row["owed"] if each["kind"] == "processing"), None)
    yield (
        row["dossier"],
        row["agency"],
        row["procedure"],
        row["procedure_name"],
        time(row["received_at"]).astimezone(VIETNAM).date(),
        row["non_territorial"],
        any(step["step"] in {"refused", "withdrawn"} for step in row["steps"]),
        processing["verdict"] if processing else None,
        _runs_out(processing),
    )


def consignments(row: Mapping[str, Any]) -> Iterator[Entry]:
    """A consignment that the operator has taken on, in the order of the columns."""
    lost, damaged = _lost_under(row), _damaged_under(row)
    for each in row["owed"]:
        if not each["id"].startswith(_LEGS):
            continue
        key = each["id"].partition(":")[2]
        waybill = row["waybills"][key]
        standing = standing_of(waybill)
        yield (
            row["dossier"],
            key,
            waybill["operator"],
            waybill["purpose"],
            date.fromisoformat(each["day"]),
            each["verdict"],
            _runs_out(each),
            key in lost
            or (standing is not None and standing.milestone is Milestone.LOST_OR_DESTROYED),
            key in damaged,
        )


def _lost_under(row: Mapping[str, Any]) -> set[str | None]:
    """The consignments in which papers were lost: whoever held them last declared it."""
    papers = row["papers"].values()
    return _carried(row, (p["custody"][-1]["handover"] for p in papers if p["condition"] == "lost"))


def _damaged_under(row: Mapping[str, Any]) -> set[str | None]:
    """The consignments in which papers were damaged, not those that carried them before or after."""
    papers = row["papers"].values()
    return _carried(row, (each for p in papers for each in p.get("damaged_under", ())))


def _carried(row: Mapping[str, Any], handovers: Iterable[str]) -> set[str | None]:
    known = row["handovers"]
    return {known[each]["waybill"] for each in handovers if each in known}


def complaints(row: Mapping[str, Any]) -> Iterator[Entry]:
    """A complaint about a postal operator, in the order of the columns."""
    for each in row["owed"]:
        if each["kind"] == "complaint":
            yield (
                row["dossier"],
                each["id"],
                each["obligor"],
                date.fromisoformat(each["day"]),
                each["verdict"],
                _runs_out(each),
            )


def _runs_out(each: Owed | None) -> datetime | None:
    said = each["runs_out_at"] if each else None
    return None if said is None else datetime.fromisoformat(said)


OUTCOME_ASIDES: Final = (
    entries_aside(OUTCOME, outcomes),
    entries_aside(CONSIGNMENT, consignments),
    entries_aside(COMPLAINT, complaints),
)
