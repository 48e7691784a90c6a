"""What a postal operator owes: each leg in time, a second invitation, an answer to a complaint."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from logistics.clocks.duties.dossier import DossierClocks, day_of, moment_of
from logistics.clocks.events import RuleUsed
from logistics.clocks.law_files import Rule
from logistics.clocks.obligation import Moment, Obligation
from logistics.clocks.working_time import Limit, due_at, runs_out_at
from logistics.dossier_facts import WaybillFact, time
from logistics.dossier_facts.standing import history_of
from logistics.identifiers import PartyCode
from logistics.waybill.milestones import Milestone

_ATTEMPTS: Final = frozenset({Milestone.DELIVERY_FAILED, Milestone.DELIVERED})
_NEXT_ATTEMPTS: Final = _ATTEMPTS | {Milestone.OUT_FOR_DELIVERY}


def deliver(dossier: DossierClocks) -> Iterator[Obligation]:
    """The legs of every consignment, and the invitations after a failed delivery."""
    for key, waybill in dossier.facts["waybills"].items():
        told = _history(waybill)
        accepted = _earliest(told, {Milestone.ACCEPTED})
        if accepted is not None:
            leg = _leg(dossier, key, waybill, told, accepted)
            if leg is not None:
                yield leg
        yield from _invitations(dossier, key, waybill, told)


def _history(waybill: WaybillFact) -> list[tuple[Milestone, Moment]]:
    return [
        (milestone, Moment(told.occurred_at, told.position))
        for milestone, told in history_of(waybill)
    ]


def _earliest(
    told: Iterable[tuple[Milestone, Moment]], milestones: Iterable[Milestone]
) -> Moment | None:
    wanted = frozenset(milestones)
    return next((at for milestone, at in told if milestone in wanted), None)


def _leg(
    dossier: DossierClocks,
    key: str,
    waybill: WaybillFact,
    told: Sequence[tuple[Milestone, Moment]],
    accepted: Moment,
) -> Obligation | None:
    kind = f"postal-{waybill['purpose']}"
    rule = dossier.rule(kind, day_of(accepted.at))
    if rule is None or rule.limit.bands is None:
        return None
    limit, used = _leg_limit(dossier, waybill, rule)
    office = dossier.office(None)
    due = due_at(accepted.at, limit, office)
    stops = _ATTEMPTS if rule.stop == "first-attempt" else {Milestone.DELIVERED}
    met = _earliest(told, stops)
    recalled = waybill.get("recalled")
    cancelled = _earliest(told, {Milestone.CANCELLED})
    if cancelled is None and recalled is not None:
        cancelled = Moment(time(recalled), waybill["booked_position"])
    return dossier.obligation(
        rule,
        named=f"{kind}:{key}",
        obligor=PartyCode(waybill["operator"]),
        started=accepted,
        limit=str(limit),
        due_at=due,
        runs_out_at=None if due is None else runs_out_at(due, limit),
        by_date=limit.by_date,
        met=met,
        waived=cancelled if met is None else None,
        used=used,
        hours=office.hours,
    )


def _leg_limit(dossier: DossierClocks, waybill: WaybillFact, rule: Rule) -> tuple[Limit, RuleUsed]:
    """The operator's own contract, or the band of TT 17/2017 between the two ends."""
    terms = dossier.basis.terms
    contract = terms.contract(waybill["operator"])
    if contract is not None:
        source = f"contract with {waybill['operator']}, terms {terms.version}"
        return contract.limit(waybill["purpose"]), RuleUsed(id="contract", version=1, source=source)
    bands = rule.limit.bands or {}
    plain, with_receipt = bands[terms.band(waybill["sender"], waybill["receiver"])]
    brings_receipt = dossier.facts["channel"] == "post" and waybill["purpose"] == "send"
    used = RuleUsed(id=rule.id, version=rule.version, source=rule.source)
    return with_receipt if brings_receipt else plain, used


def _invitations(
    dossier: DossierClocks,
    key: str,
    waybill: WaybillFact,
    told: Sequence[tuple[Milestone, Moment]],
) -> Iterator[Obligation]:
    """After the first failed delivery a second invitation, within two working days (TT 17 Đ5.2h).

    Two in all are owed before the consignment goes back, so only the first failure obliges.
    """
    if waybill["receiver"] != "citizen":
        return
    failed = _earliest(told, {Milestone.DELIVERY_FAILED})
    if failed is None:
        return
    rule = dossier.rule("invitation", day_of(failed.at))
    if rule is None or rule.limit.span is None:
        return
    office = dossier.office(None)
    due = due_at(failed.at, rule.limit.span, office)
    later = [(milestone, at) for milestone, at in told if at.at > failed.at]
    yield dossier.obligation(
        rule,
        named=f"invitation:{key}",
        obligor=PartyCode(waybill["operator"]),
        started=failed,
        limit=str(rule.limit.span),
        due_at=due,
        runs_out_at=None if due is None else runs_out_at(due, rule.limit.span),
        by_date=rule.limit.span.by_date,
        met=_earliest(later, _NEXT_ATTEMPTS),
        hours=office.hours,
    )


def answer_complaints(dossier: DossierClocks) -> Iterator[Obligation]:
    """A complaint about the postal service is answered in 5 working days, or 7 (TT 17/2017 Đ8)."""
    answers = [moment_of(step) for step in dossier.steps("complaint-answered")]
    for number, step in enumerate(dossier.steps("complained")):
        started = moment_of(step)
        rule = dossier.rule("complaint", day_of(started.at))
        if rule is None or rule.limit.span is None:
            continue
        across = rule.limit.inter_province if step.get("inter_province") else None
        limit = across or rule.limit.span
        office = dossier.office(None)
        due = due_at(started.at, limit, office)
        yield dossier.obligation(
            rule,
            named=f"complaint:{number + 1}",
            obligor=PartyCode(_complained_of(dossier)),
            started=started,
            limit=str(limit),
            due_at=due,
            runs_out_at=None if due is None else runs_out_at(due, limit),
            by_date=limit.by_date,
            met=answers[number] if number < len(answers) else None,
            hours=office.hours,
        )


def _complained_of(dossier: DossierClocks) -> str:
    """The operator of the newest consignment; the desk, when nothing has gone by post."""
    waybills = list(dossier.facts["waybills"].values())
    return waybills[-1]["operator"] if waybills else dossier.facts["desk"]
