"""What the clocks need to know of one dossier, folded from its events and kept as plain JSON.

It is the row of a view, so it is small and made of lists, texts and numbers. Times stay as the log
has them (RFC 3339, UTC, `Z`), which sort as texts when they have the same precision and are parsed
where they are computed with. Every entry names the position of the event behind it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NotRequired, TypedDict

from logistics.recorded import Recorded


class StepFact(TypedDict):
    """A step of the dossier, in the words of the API."""

    step: str
    at: str
    position: int
    new_date: NotRequired[str]
    inter_province: NotRequired[bool]


class CustodyFact(TypedDict):
    """From when on somebody holds a paper; `handover` is empty for its first custodian."""

    holder: str
    at: str
    position: int
    handover: str


class PaperFact(TypedDict):
    """A paper, and everybody who ever held it."""

    kind: str
    origin: str
    custody: list[CustodyFact]
    condition: str
    changed_at: str
    changed_position: int


class HandoverFact(TypedDict):
    """An offer, and how it ended."""

    giver: str
    receiver: str
    waybill: str | None
    offered_at: str
    offered_position: int
    signed: NotRequired[bool]
    ended_as: NotRequired[str]
    ended_at: NotRequired[str]
    ended_position: NotRequired[int]


class ReportFact(TypedDict):
    """What an operator reported."""

    milestone: str
    on_return: str | None
    at: str
    position: int


class WaybillFact(TypedDict):
    """A consignment."""

    operator: str
    purpose: str
    sender: str
    receiver: str
    booked_at: str
    booked_position: int
    reports: list[ReportFact]
    recalled: NotRequired[str]


class VerdictFacts(TypedDict):
    """What has been found out and written down about the clocks so far."""

    stream_version: int
    breached: dict[str, str]
    alarms: dict[str, Any]


class DossierFacts(TypedDict):
    """Everything."""

    dossier: str
    received_at: str
    received_position: int
    desk: str
    agency: str
    channel: str
    non_territorial: bool
    procedure: str
    procedure_name: str | None
    field: str | None
    limit: Mapping[str, Any] | None
    promised_at: str | None
    desk_hours: str | None
    agency_hours: str | None
    steps: list[StepFact]
    papers: dict[str, PaperFact]
    handovers: dict[str, HandoverFact]
    waybills: dict[str, WaybillFact]
    verdicts: VerdictFacts


Data = Mapping[str, Any]
Fold = Callable[[DossierFacts, Recorded], DossierFacts]

NO_VERDICTS: Final[VerdictFacts] = {"stream_version": 0, "breached": {}, "alarms": {}}


def evolve_facts(facts: DossierFacts | None, recorded: Recorded) -> DossierFacts | None:
    """Fold one event; what came before is left as it was. None before the dossier is received."""
    if recorded.name == "dossier.received":
        return facts or _received(recorded)
    if facts is None:
        return None
    fold = _FOLDS.get(recorded.name)
    if fold is not None:
        return fold(facts, recorded)
    if recorded.name.startswith("dossier."):
        return _step(facts, recorded)
    return facts


def time(text: str) -> datetime:
    """A time of the facts."""
    return datetime.fromisoformat(text)


def _received(recorded: Recorded) -> DossierFacts:
    data = recorded.data
    terms = data["terms"]
    return {
        "dossier": data["dossier"],
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
        "kind": data["kind"],
        "origin": data["origin"],
        "custody": [first],
        "condition": "held",
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
    others = [each for each in paper["custody"] if each["handover"] != move["handover"]]
    same = [each for each in paper["custody"] if each["handover"] == move["handover"]]
    earliest = min([*same, move], key=lambda each: time(each["at"]))
    moved: PaperFact = {**paper, "custody": [*others, earliest]}
    return _with_paper(facts, data["paper"], _in_condition(moved, "held", recorded))


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
    if condition == paper["condition"] == "given-back":
        at = min(at, paper["changed_at"], key=time)
    return {
        **paper,
        "condition": condition,
        "changed_at": at,
        "changed_position": recorded.position,
    }


def _offered(facts: DossierFacts, recorded: Recorded) -> DossierFacts:
    data = recorded.data
    waybill = data["waybill"]
    before = facts["handovers"].get(data["handover"])
    offered: HandoverFact = {
        "giver": data["giver"],
        "receiver": data["receiver"],
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


def _booked(facts: DossierFacts, recorded: Recorded) -> DossierFacts:
    data = recorded.data
    waybill: WaybillFact = {
        "operator": data["operator"],
        "purpose": data["purpose"],
        "sender": data["sender"],
        "receiver": data["receiver"],
        "booked_at": data["occurred_at"],
        "booked_position": recorded.position,
        "reports": [_report(each, recorded.position) for each in data["adopted"]],
    }
    return _with_waybill(facts, data, waybill)


def _reported(facts: DossierFacts, recorded: Recorded) -> DossierFacts:
    waybill = _waybill(facts, recorded.data)
    if waybill is None:
        return facts
    reports = [*waybill["reports"], _report(recorded.data["report"], recorded.position)]
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


def _report(data: Data, position: int) -> ReportFact:
    return {
        "milestone": data["milestone"],
        "on_return": data["milestone_on_return"],
        "at": data["occurred_at"],
        "position": position,
    }


def _key(data: Data) -> str:
    return f"{data['operator']}:{data['number']}"


def _waybill(facts: DossierFacts, data: Data) -> WaybillFact | None:
    return facts["waybills"].get(_key(data))


def _with_waybill(facts: DossierFacts, data: Data, waybill: WaybillFact) -> DossierFacts:
    return {**facts, "waybills": {**facts["waybills"], _key(data): waybill}}


def _verdict(change: Callable[[VerdictFacts, Recorded], VerdictFacts]) -> Fold:
    """A fold for what was found about the clocks; each event also moves the stream's version."""

    def fold(facts: DossierFacts, recorded: Recorded) -> DossierFacts:
        changed = change(facts["verdicts"], recorded)
        return {**facts, "verdicts": {**changed, "stream_version": recorded.stream_version}}

    return fold


def _breached(verdicts: VerdictFacts, recorded: Recorded) -> VerdictFacts:
    data = recorded.data
    breached = {**verdicts["breached"], data["obligation"]: data["due_at"]}
    return {**verdicts, "breached": breached}


def _retracted(verdicts: VerdictFacts, recorded: Recorded) -> VerdictFacts:
    kept = {k: v for k, v in verdicts["breached"].items() if k != recorded.data["obligation"]}
    return {**verdicts, "breached": kept}


def _alarm_raised(verdicts: VerdictFacts, recorded: Recorded) -> VerdictFacts:
    data = recorded.data
    raised = {
        "kind": data["kind"],
        "party": data["party"],
        "evidence": data["evidence"],
        "raised_at": data["occurred_at"],
        "acknowledged": None,
    }
    return {**verdicts, "alarms": {**verdicts["alarms"], data["alarm"]: raised}}


def _alarm_closed(verdicts: VerdictFacts, recorded: Recorded) -> VerdictFacts:
    kept = {k: v for k, v in verdicts["alarms"].items() if k != recorded.data["alarm"]}
    return {**verdicts, "alarms": kept}


def _alarm_acknowledged(verdicts: VerdictFacts, recorded: Recorded) -> VerdictFacts:
    data = recorded.data
    raised = verdicts["alarms"].get(data["alarm"])
    if raised is None:
        return verdicts
    seen = {**raised, "acknowledged": {"at": data["occurred_at"], "position": recorded.position}}
    return {**verdicts, "alarms": {**verdicts["alarms"], data["alarm"]: seen}}


_FOLDS: Final[Mapping[str, Fold]] = {
    "paper.entrusted": _entrusted,
    "paper.transferred": _transferred,
    "paper.disputed": _condition("missing"),
    "paper.declared-lost": _condition("lost"),
    "paper.found": _condition("held"),
    "paper.given-back": _condition("given-back"),
    "handover.offered": _offered,
    "handover.accepted": _ended("accepted"),
    "handover.refused": _ended("refused"),
    "handover.cancelled": _ended("cancelled"),
    "waybill.booked": _booked,
    "waybill.reported": _reported,
    "waybill.redirected": _redirected,
    "waybill.recalled": _recalled,
    "sla.breached": _verdict(_breached),
    "sla.breach-retracted": _verdict(_retracted),
    "sla.alarm-raised": _verdict(_alarm_raised),
    "sla.alarm-closed": _verdict(_alarm_closed),
    "sla.alarm-acknowledged": _verdict(_alarm_acknowledged),
}

TOPICS: Final = frozenset(_FOLDS) | {
    "dossier.received",
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
"""The stored names that the fold looks at."""
