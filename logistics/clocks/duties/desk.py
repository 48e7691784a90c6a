"""What the receiving desk owes: the dossier and its papers leave on the day they came in."""

from collections.abc import Iterator, Sequence

from logistics.clocks.duties.dossier import DossierClocks, by_time, day_of
from logistics.clocks.law_files import Rule
from logistics.clocks.obligation import Moment, Obligation
from logistics.clocks.office_hours import local, moment
from logistics.clocks.working_time import A_MINUTE
from logistics.dossier_facts import CustodyFact, time
from logistics.identifiers import PartyCode


def forward(dossier: DossierClocks) -> Iterator[Obligation]:
    """The digital dossier goes to the agency at once (NĐ 309/2026 Đ9)."""
    facts = dossier.facts
    if facts["desk"] == facts["agency"]:
        return  # Who decides it received it: nothing is forwarded.
    started = dossier.received
    rule = dossier.rule("desk-forward", day_of(started.at))
    if rule is None:
        return
    met = dossier.first("forwarded", "taken-over", "assigned", "decided")
    waived = dossier.first("refused", "withdrawn")
    yield _same_day(dossier, rule, started, met, waived)


def forward_papers(dossier: DossierClocks) -> Iterator[Obligation]:
    """The papers leave the desk on the same day too (NĐ 309/2026 Đ9)."""
    facts = dossier.facts
    papers = [paper for paper in facts["papers"].values() if _travels(paper["kind"])]
    filed = [paper for paper in papers if paper["origin"] == "applicant"]
    if not filed or facts["desk"] == facts["agency"]:
        return
    started = dossier.received
    rule = dossier.rule("desk-forward-papers", day_of(started.at))
    if rule is None:
        return
    left = [_left(paper["custody"]) for paper in filed]
    met = max((each for each in left if each), key=by_time) if all(left) else None
    waived = dossier.first("refused", "withdrawn")
    yield _same_day(dossier, rule, started, met, waived)


def _travels(kind: str) -> bool:
    return kind != "electronic"


def _left(custody: Sequence[CustodyFact]) -> Moment | None:
    """When a paper left its first custodian."""
    moves = sorted(
        (Moment(time(each["at"]), each["position"]) for each in custody if each["handover"]),
        key=by_time,
    )
    return moves[0] if moves else None


def _same_day(
    dossier: DossierClocks, rule: Rule, started: Moment, met: Moment | None, waived: Moment | None
) -> Obligation:
    """Received before the cut-off: by closing. Received later: by the next working day's opening."""
    office = dossier.office(dossier.facts["desk_hours"])
    day, second = local(started.at)
    worked = office.started(started.at)
    if day == worked and second >= rule.limit.cut_off_second:
        due = moment(office.calendar.next_worked(day + 1), office.hours.opening)
    else:
        due = office.closing(worked)
    return dossier.obligation(
        rule,
        obligor=PartyCode(dossier.facts["desk"]),
        started=started,
        limit=f"same day, after {rule.limit.same_day_before} by the next opening",
        due_at=due,
        runs_out_at=due + A_MINUTE,
        met=met,
        waived=waived if met is None else None,
        hours=office.hours,
    )
