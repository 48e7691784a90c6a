"""Through whose hands has a paper gone? Told from the paper's own stream, not from a table."""

from datetime import datetime
from typing import Final, Literal

from pydantic import Field

from logistics.errors import NotFound
from logistics.evidence import Authentication, KnownBy, Word
from logistics.identifiers import CITIZEN, HandoverId, PaperId, WaybillRef, paper_stream
from logistics.paper.events import (
    Dispute,
    Origin,
    PaperDamaged,
    PaperDeclaredLost,
    PaperDisputed,
    PaperEntrusted,
    PaperFound,
    PaperGivenBack,
    PaperKind,
    PaperTransferred,
)
from logistics.recorded import Recorded
from logistics.web.auth import EVERY_ROLE
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.fields import Answer, Code
from projections.custody import Custody, State, project, state_of
from projections.services import ReadServices

Incident = Literal["lost", "found", "damaged"]


class Evidence(Answer):
    """By whose word it is known: a signature, or a carrier's report and the receipt behind it."""

    word: Word
    receipt: str | None
    authentication: Authentication | None


class Consignment(Answer):
    """The waybill under which a paper travelled."""

    operator: str
    number: str


class Holder(Answer):
    """One who held the paper; `until` is null for the one who holds it now."""

    holder: str
    giver: str | None = Field(alias="from")
    since: datetime
    until: datetime | None
    handover_id: str | None
    waybill: Consignment | None
    known_by: Evidence | None = Field(description="Null for who brought the paper in.")


class Disputed(Answer):
    """A receiver said that the paper was not there, or would not take it."""

    handover_id: str
    dispute: Dispute
    custodian: str
    claimed_by: str
    occurred_at: datetime


class Occurrence(Answer):
    """The paper was lost, found again or damaged, and who answered for it then."""

    kind: Incident
    custodian: str
    known_by: Evidence
    occurred_at: datetime


class OpenOffer(Answer):
    """The handover that is open on the paper."""

    handover_id: str
    receiver: str = Field(alias="to")
    offered_at: datetime


class PaperHistory(Answer):
    """A paper, and everything that has befallen it."""

    paper_id: str
    dossier: str
    name: str
    kind: PaperKind
    origin: Origin
    quantity: int
    holder: str
    since: datetime
    state: State
    damaged: bool
    offered: OpenOffer | None
    custody: list[Holder]
    disputes: list[Disputed]
    incidents: list[Occurrence]


async def paper(call: Call[ReadServices], paper_id: Code) -> PaperHistory:
    """A paper's chain of custody, from its first holder to the one who has it now."""
    stream = paper_stream(PaperId(paper_id))
    events = (await call.services.log.load([stream]))[stream]
    entrusted = events[0].event if events else None
    if isinstance(entrusted, PaperEntrusted) and await call.services.may_see(
        call.caller, entrusted.dossier
    ):
        return tell(events)
    raise NotFound("unknown-paper", "There is no such paper, or it is not yours to see.")


def tell(events: list[Recorded]) -> PaperHistory:
    """The history that the events of one paper make; the first entrusted it."""
    row: Custody | None = None
    for recorded in events:
        row = project(row, recorded, recorded.stream.key)
    if row is None:
        raise LookupError("A paper's first event entrusts it.")
    offered = row["offered"]
    return PaperHistory(
        paper_id=row["paper"],
        dossier=row["dossier"],
        name=row["name"],
        kind=PaperKind(row["kind"]),
        origin=Origin(row["origin"]),
        quantity=row["quantity"],
        holder=row["holder"],
        since=datetime.fromisoformat(row["since"]),
        state=state_of(row),
        damaged=row["damaged"],
        offered=offered
        and OpenOffer(
            handover_id=offered["handover"],
            receiver=offered["to"],
            offered_at=datetime.fromisoformat(offered["at"]),
        ),
        custody=_holders(events),
        disputes=_disputes(events),
        incidents=_incidents(events),
    )


def _holders(events: list[Recorded]) -> list[Holder]:
    """Everybody who held it, each until the next had it; who is dated twice counts once, earliest."""
    chain: dict[HandoverId | str, Holder] = {}
    for recorded in events:
        match recorded.event:
            case PaperEntrusted() as event:
                chain.setdefault("entrusted", _holder(event.custodian, None, event.occurred_at))
            case PaperTransferred() as event:
                move = _moved(event, event.receiver, event.handover)
                chain[event.handover] = _earlier(chain.get(event.handover), move)
            case PaperGivenBack() as event:
                move = _moved(event, CITIZEN, None)
                chain["given-back"] = _earlier(chain.get("given-back"), move)
    holders = list(chain.values())
    ends = [each.since for each in holders[1:]]
    return [
        each.model_copy(update={"until": until})
        for each, until in zip(holders, [*ends, None], strict=True)
    ]


def _moved(
    event: PaperTransferred | PaperGivenBack, receiver: str, handover: HandoverId | None
) -> Holder:
    holder = _holder(receiver, event.giver, event.occurred_at)
    return holder.model_copy(
        update={
            "handover_id": handover,
            "waybill": _consignment(event.waybill),
            "known_by": _evidence(event.known_by),
        }
    )


def _earlier(said: Holder | None, again: Holder) -> Holder:
    if said is None or again.since < said.since:
        return again
    return said


def _holder(holder: str, giver: str | None, since: datetime) -> Holder:
    return Holder(
        holder=holder,
        giver=giver,
        since=since,
        until=None,
        handover_id=None,
        waybill=None,
        known_by=None,
    )


def _disputes(events: list[Recorded]) -> list[Disputed]:
    return [
        Disputed(
            handover_id=event.handover,
            dispute=event.dispute,
            custodian=event.custodian,
            claimed_by=event.claimed_by,
            occurred_at=event.occurred_at,
        )
        for event in (recorded.event for recorded in events)
        if isinstance(event, PaperDisputed)
    ]


def _incidents(events: list[Recorded]) -> list[Occurrence]:
    kinds: dict[type, Incident] = {
        PaperDeclaredLost: "lost",
        PaperFound: "found",
        PaperDamaged: "damaged",
    }
    return [
        Occurrence(
            kind=kinds[type(event)],
            custodian=event.custodian,
            known_by=_evidence(event.known_by),
            occurred_at=event.occurred_at,
        )
        for event in (recorded.event for recorded in events)
        if isinstance(event, PaperDeclaredLost | PaperFound | PaperDamaged)
    ]


def _evidence(known_by: KnownBy) -> Evidence:
    return Evidence(
        word=known_by.word, receipt=known_by.receipt, authentication=known_by.authentication
    )


def _consignment(waybill: WaybillRef | None) -> Consignment | None:
    if waybill is None:
        return None
    return Consignment(operator=waybill.operator, number=waybill.number)


ENDPOINTS: Final = (
    Endpoint(
        "GET",
        "/v1/papers/{paper_id}",
        paper,
        roles=EVERY_ROLE,
        views=(),
        tags=("papers",),
        problems={404: ("unknown-paper",)},
    ),
)
