"""What did not happen and should have: each a condition that holds or does not, by the facts alone.

An alarm's id names what it is about, so that the same silence is one alarm and the next silence is
another; it is raised when its time has come and closed when its condition no longer holds.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from logistics.clocks.basis import Basis
from logistics.clocks.obligation import Moment
from logistics.clocks.office_hours import DEFAULT_HOURS
from logistics.clocks.working_time import Limit, Office, due_at, runs_out_at
from logistics.dossier_facts import DossierFacts, HandoverFact, time
from logistics.dossier_facts.standing import filed_originals, last_heard

_CLOSING: Final = frozenset({"returned", "refused", "withdrawn"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmCondition:
    """A condition that holds; `raises_at` is when somebody is to be told."""

    id: str
    kind: str
    party: str | None
    raises_at: datetime
    evidence: tuple[int, ...]


def alarms(facts: DossierFacts, basis: Basis) -> tuple[AlarmCondition, ...]:
    """Every condition that holds for a dossier, whether or not its time has come."""
    return tuple(each for find in _CONDITIONS for each in find(facts, basis))


def _no_movement(facts: DossierFacts, basis: Basis) -> Iterator[AlarmCondition]:
    """Nothing was heard of an open dossier for n working days."""
    if _closed(facts) is not None:
        return
    last = last_heard(facts)
    yield AlarmCondition(
        id=f"no-movement:{last.position}",
        kind="no-movement",
        party=_holder(facts),
        raises_at=_after(last.at, basis.terms.alarms.no_movement, basis),
        evidence=(last.position,),
    )


def _handover_unconfirmed(facts: DossierFacts, basis: Basis) -> Iterator[AlarmCondition]:
    """Papers lie on the counter, and the receiver says nothing."""
    for handover, offered in facts["handovers"].items():
        if "ended_as" in offered or offered["waybill"] is not None:
            continue
        yield AlarmCondition(
            id=f"handover-unconfirmed:{handover}",
            kind="handover-unconfirmed",
            party=offered["receiver"],
            raises_at=_offered_long(offered, basis.terms.alarms.handover_unconfirmed, basis),
            evidence=(offered["offered_position"],),
        )


def _delivered_unsigned(facts: DossierFacts, basis: Basis) -> Iterator[AlarmCondition]:
    """The carrier says delivered, and nobody has signed (QĐ 45/2016 Đ7.4)."""
    for handover, offered in facts["handovers"].items():
        waybill = facts["waybills"].get(offered["waybill"] or "")
        if "ended_as" in offered or waybill is None or offered["giver"] != waybill["operator"]:
            continue
        yield AlarmCondition(
            id=f"delivered-unsigned:{handover}",
            kind="delivered-unsigned",
            party=offered["receiver"],
            raises_at=_offered_long(offered, basis.terms.alarms.delivered_unsigned, basis),
            evidence=(offered["offered_position"],),
        )


def _originals_missing(facts: DossierFacts, basis: Basis) -> Iterator[AlarmCondition]:
    """Decided, or given to the applicant, while originals are missing or were kept back."""
    del basis  # There is nothing to wait for.
    missing = [
        paper for _, paper in filed_originals(facts) if paper["condition"] in {"missing", "lost"}
    ]
    steps = {step["step"]: step for step in facts["steps"]}
    for step, kind in (
        ("decided", "decided-without-originals"),
        ("returned", "result-without-originals"),
    ):
        if step in steps and missing:
            yield AlarmCondition(
                id=kind,
                kind=kind,
                party=missing[0]["custody"][-1]["holder"],
                raises_at=time(steps[step]["at"]),
                evidence=(
                    steps[step]["position"],
                    *(paper["changed_position"] for paper in missing),
                ),
            )


def _originals_kept(facts: DossierFacts, basis: Basis) -> Iterator[AlarmCondition]:
    """The dossier is closed, and somebody still holds originals of the applicant's (QĐ 45 Đ8.3)."""
    closed = _closed(facts)
    if closed is None:
        return
    for paper_id, paper in filed_originals(facts):
        if paper["condition"] not in {"held", "rejected"}:
            continue
        yield AlarmCondition(
            id=f"originals-kept:{paper_id}",
            kind="originals-kept",
            party=paper["custody"][-1]["holder"],
            raises_at=_after(closed.at, basis.terms.alarms.originals_kept, basis),
            evidence=(closed.position, paper["changed_position"]),
        )


def _supplement_twice(facts: DossierFacts, basis: Basis) -> Iterator[AlarmCondition]:
    """A supplement may be asked for once (NĐ 309/2026 Đ8.1)."""
    del basis  # There is nothing to wait for.
    asked = [step for step in facts["steps"] if step["step"] == "supplement-requested"]
    if len(asked) > 1:
        yield AlarmCondition(
            id="supplement-twice",
            kind="supplement-twice",
            party=facts["agency"],
            raises_at=time(asked[1]["at"]),
            evidence=tuple(step["position"] for step in asked),
        )


def _closed(facts: DossierFacts) -> Moment | None:
    for step in facts["steps"]:
        if step["step"] in _CLOSING:
            return Moment(time(step["at"]), step["position"])
    return None


def _holder(facts: DossierFacts) -> str | None:
    moves = [
        (time(each["at"]), each["position"], each["holder"])
        for paper in facts["papers"].values()
        for each in paper["custody"]
    ]
    return max(moves)[2] if moves else facts["agency"]


def _offered_long(offered: HandoverFact, limit: Limit, basis: Basis) -> datetime:
    return _after(time(offered["offered_at"]), limit, basis)


def _after(start: datetime, limit: Limit, basis: Basis) -> datetime:
    due = due_at(start, limit, Office(basis.calendar, DEFAULT_HOURS))
    return start if due is None else runs_out_at(due, limit)


_CONDITIONS: Final[tuple[Callable[[DossierFacts, Basis], Iterator[AlarmCondition]], ...]] = (
    _no_movement,
    _handover_unconfirmed,
    _delivered_unsigned,
    _originals_missing,
    _originals_kept,
    _supplement_twice,
)
