"""Where is a dossier: its step, its papers and their holders, its consignments, and what is odd?"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import orjson
from pydantic import Field

from logistics.credentials import Role
from logistics.dossier_facts import TOPICS, DossierFacts, dossiers_of, evolve_facts, time
from logistics.dossier_facts.standing import (
    filed_originals,
    holder_of,
    last_heard,
    phase_of,
    promised_at,
    standing_of,
    state_of,
)
from logistics.errors import NotFound
from logistics.identifiers import DossierCode
from logistics.recorded import Recorded
from logistics.waybill.milestones import Milestone
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.fields import Answer, Code
from projections.services import ReadServices
from projections.view import View, view_table


def project(row: DossierFacts | None, recorded: Recorded, key: str) -> DossierFacts | None:
    """Fold one event into what is known of its dossier."""
    del key  # The facts know their dossier.
    return evolve_facts(row, recorded)


TRANSFERS: Final[View[DossierFacts]] = View(
    name="transfers",
    table=view_table("transfers"),
    topics=frozenset(each for each in TOPICS if not each.startswith("sla.")),
    keys=dossiers_of,
    project=project,
)

_ONE: Final = "SELECT document::text FROM views.transfers WHERE key = %b"


class TransferredPaper(Answer):
    """A paper of a dossier: who holds it, since when, and what is known of it."""

    paper_id: str
    name: str
    kind: str
    holder: str
    since: datetime
    state: str


class OpenHandover(Answer):
    """Papers on a counter; their giver holds them until the receiver accepts."""

    handover_id: str
    from_: str = Field(alias="from")
    to: str
    papers: list[str]
    offered_at: datetime


class TransferredBy(Answer):
    """A consignment; its milestone is null until the operator has reported one."""

    operator: str
    number: str
    purpose: str
    milestone: Milestone | None
    occurred_at: datetime | None


class Anomaly(Answer):
    """Something that is not as it should be, and what it is about."""

    code: str
    since: datetime
    paper_id: str | None = None
    handover_id: str | None = None
    waybill: str | None = None


class Transfer(Answer):
    """A dossier on its way."""

    code: str
    step: str
    portal_status: int = Field(ge=1, le=10)
    papers: list[TransferredPaper]
    open_handovers: list[OpenHandover]
    waybills: list[TransferredBy]
    last_move_at: datetime
    promised_at: datetime | None
    anomalies: list[Anomaly]


async def dossier(call: Call[ReadServices], code: Code) -> Transfer:
    """Where a dossier and each of its papers is.

    A dossier that is none of the caller's business is as unknown as one that does not exist.
    """
    facts = await find_facts(call, code)
    return transfer_of(facts)


async def find_facts(call: Call[ReadServices], code: str) -> DossierFacts:
    """What is known of a dossier that the caller may see."""
    rows = await call.services.rows(_ONE, [code])
    if not rows or not await call.services.may_see(call.caller, DossierCode(code)):
        raise NotFound("unknown-dossier", "There is no such dossier, or it is not yours to see.")
    facts: DossierFacts = orjson.loads(rows[0][0])
    return facts


def transfer_of(facts: DossierFacts) -> Transfer:
    """Tell what the facts say now."""
    now = phase_of(facts)
    return Transfer(
        code=facts["dossier"],
        step=now.phase.value,
        portal_status=now.portal_status,
        papers=list(_papers(facts)),
        open_handovers=list(_open_handovers(facts)),
        waybills=list(_waybills(facts)),
        last_move_at=last_heard(facts).at,
        promised_at=promised_at(facts),
        anomalies=sorted(_anomalies(facts), key=lambda each: (each.since, each.code)),
    )


def _papers(facts: DossierFacts) -> Iterator[TransferredPaper]:
    for paper_id, paper in facts["papers"].items():
        holder = holder_of(paper)
        yield TransferredPaper(
            paper_id=paper_id,
            name=paper["name"],
            kind=paper["kind"],
            holder=holder.party,
            since=holder.since,
            state=state_of(paper),
        )


def _open_handovers(facts: DossierFacts) -> Iterator[OpenHandover]:
    for handover_id, offered in facts["handovers"].items():
        if "ended_as" not in offered:
            yield OpenHandover(
                handover_id=handover_id,
                from_=offered["giver"],
                to=offered["receiver"],
                papers=[each for each in offered["papers"] if each in facts["papers"]],
                offered_at=time(offered["offered_at"]),
            )


def _waybills(facts: DossierFacts) -> Iterator[TransferredBy]:
    for waybill in facts["waybills"].values():
        now = standing_of(waybill)
        yield TransferredBy(
            operator=waybill["operator"],
            number=waybill["number"],
            purpose=waybill["purpose"],
            milestone=now.milestone if now else None,
            occurred_at=now.occurred_at if now else None,
        )


# --- what is odd ---


def _anomalies(facts: DossierFacts) -> Iterator[Anomaly]:
    for handover_id, offered in facts["handovers"].items():
        waybill = facts["waybills"].get(offered["waybill"] or "")
        if "ended_as" in offered or waybill is None or offered["giver"] != waybill["operator"]:
            continue
        back = offered["receiver"] == waybill["sender"]
        yield Anomaly(
            code="returned-not-signed" if back else "delivered-not-signed",
            since=time(offered["offered_at"]),
            handover_id=handover_id,
            waybill=offered["waybill"],
        )
    yield from _paper_anomalies(facts)
    yield from _waybill_anomalies(facts)
    yield from _step_anomalies(facts)


def _paper_anomalies(facts: DossierFacts) -> Iterator[Anomaly]:
    for paper_id, paper in facts["papers"].items():
        since = time(paper["changed_at"])
        if paper["condition"] in {"missing", "rejected", "lost"}:
            yield Anomaly(code=paper["condition"], since=since, paper_id=paper_id)
        if paper["damaged"]:
            yield Anomaly(code="damaged", since=since, paper_id=paper_id)


def _waybill_anomalies(facts: DossierFacts) -> Iterator[Anomaly]:
    for key, waybill in facts["waybills"].items():
        conflicts = [each for each in waybill["reports"] if each["conflict"]]
        if conflicts:
            yield Anomaly(
                code="conflicting-reports",
                since=min(time(each["at"]) for each in conflicts),
                waybill=key,
            )
        now = standing_of(waybill)
        if now is not None and now.milestone is Milestone.LOST_OR_DESTROYED:
            yield Anomaly(code="lost-by-carrier", since=now.occurred_at, waybill=key)


def _step_anomalies(facts: DossierFacts) -> Iterator[Anomaly]:
    """Decided or returned while originals were missing, or kept after all was over."""
    steps = {step["step"]: time(step["at"]) for step in facts["steps"]}
    for paper_id, paper in filed_originals(facts):
        if "decided" in steps and paper["condition"] in {"missing", "lost"}:
            since = max(steps["decided"], time(paper["changed_at"]))
            yield Anomaly(code="decided-while-originals-missing", since=since, paper_id=paper_id)
        if "returned" in steps and paper["condition"] != "given_back":
            yield Anomaly(
                code="returned-without-originals", since=steps["returned"], paper_id=paper_id
            )


ENDPOINTS: Final[tuple[Endpoint[Any], ...]] = (
    Endpoint(
        "GET",
        "/v1/dossiers/{code}",
        dossier,
        roles=frozenset(Role),
        views=("transfers",),
        tags=("dossiers",),
        problems={404: ("unknown-dossier",)},
    ),
)
