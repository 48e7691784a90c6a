"""What the competent agency owes: to decide in time, and to apologise in good time when it will not."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from logistics.clocks.duties.dossier import DossierClocks, by_time, day_of, moment_of
from logistics.clocks.law_files import Rule
from logistics.clocks.obligation import Moment, Obligation, PauseOf
from logistics.clocks.office_hours import hours_of, local, moment
from logistics.clocks.working_time import Limit, Pause, Unit, due_at, limit_of, runs_out_at
from logistics.dossier_facts import StepFact, time
from logistics.identifiers import PartyCode

_PAUSES: Final = {
    "supplement": ("supplement-requested", ("supplement-received",)),
    "payment": ("payment-requested", ("payment-made",)),
    "suspension": ("suspended", ("resumed",)),
}


def decide(dossier: DossierClocks) -> Iterator[Obligation]:
    """The agency decides in time, and apologises in good time when it will not."""
    processing = _processing(dossier)
    if processing is None:
        return
    yield processing
    notice = _late_notice(dossier, processing)
    if notice is not None:
        yield notice


def _processing(dossier: DossierClocks) -> Obligation | None:
    """The agency's clock, by whichever rule is for dossiers received like this one."""
    received = dossier.received
    rule = dossier.rule("processing", day_of(received.at))
    if rule is None:
        return None
    started = _agency_start(dossier, rule)
    if started is None:
        return None
    pauses = tuple(_pauses(dossier, rule.pause))
    limit, due = _agency_due(dossier, started, pauses)
    if limit is None:
        return None
    apology = next(reversed(dossier.steps("apologised")), None)
    if apology is not None:
        due = _moved(dossier, apology, pauses)
    met = dossier.first("decided")
    return dossier.obligation(
        rule,
        obligor=PartyCode(dossier.facts["agency"]),
        started=started,
        limit=str(limit),
        due_at=due,
        runs_out_at=None if due is None else runs_out_at(due, limit),
        by_date=limit.by_date,
        pauses=pauses,
        met=met,
        waived=dossier.first("refused", "withdrawn") if met is None else None,
        hours=hours_of(dossier.facts["agency_hours"]),
    )


def _agency_start(dossier: DossierClocks, rule: Rule) -> Moment | None:
    match rule.start:
        case "received":
            return dossier.received
        case "taken-over":
            return dossier.first("taken-over", "assigned", "decided")
        case "handover-signed":
            return _signed_for(dossier) or dossier.first("taken-over", "assigned", "decided")
        case _:
            return None


def _signed_for(dossier: DossierClocks) -> Moment | None:
    """The signing of the handover by the agency: the legal moment of a dossier filed by post."""
    signed = [
        Moment(time(each["ended_at"]), each["ended_position"])
        for each in dossier.facts["handovers"].values()
        if each.get("ended_as") == "accepted"
        and each.get("signed")
        and each["receiver"] == dossier.facts["agency"]
    ]
    return min(signed, key=by_time, default=None)


def _pauses(dossier: DossierClocks, kinds: Iterable[str]) -> Iterator[PauseOf]:
    """Each request with the answer that ends it, or whatever closed the dossier."""
    for kind in kinds:
        request, answers = _PAUSES[kind]
        ends = [
            moment_of(step) for step in dossier.steps(*answers, "decided", "refused", "withdrawn")
        ]
        for step in dossier.steps(request):
            started = moment_of(step)
            ended = next((end for end in ends if end.at >= started.at), None)
            yield PauseOf(reason=kind, started=started, ended=ended)


def _agency_due(
    dossier: DossierClocks, started: Moment, pauses: Sequence[PauseOf]
) -> tuple[Limit | None, datetime | None]:
    """By the procedure's limit, else by the promised date; neither: there is nothing to keep."""
    facts = dossier.facts
    office = dossier.office(facts["agency_hours"])
    stated = facts["limit"]
    if stated is not None:
        limit = limit_of(stated["n"], Unit(stated["unit"]))
        return limit, due_at(started.at, limit, office, _spans(pauses))
    if facts["promised_at"] is None:
        return None, None
    promised = time(facts["promised_at"])
    days = office.calendar.worked_before(local(promised)[0]) - office.calendar.worked_before(
        office.started(started.at)
    )
    limit = limit_of(max(1, days), Unit.WORKING_DAYS)
    if not pauses:
        return limit, promised
    moved = due_at(started.at, limit, office, _spans(pauses))
    return limit, moved and max(promised, moved)


def _moved(dossier: DossierClocks, apology: StepFact, pauses: Sequence[PauseOf]) -> datetime | None:
    """An apology's new date, and what later pauses add to it."""
    new_date = time(apology.get("new_date", apology["at"]))
    later = [pause for pause in pauses if pause.started.at > time(apology["at"])]
    if not later:
        return new_date
    office = dossier.office(dossier.facts["agency_hours"])
    begun = office.started(time(apology["at"]))
    days = office.calendar.worked_before(local(new_date)[0]) - office.calendar.worked_before(begun)
    limit = limit_of(max(1, days), Unit.WORKING_DAYS)
    moved = due_at(time(apology["at"]), limit, office, _spans(later))
    return moved and max(new_date, moved)


def _spans(pauses: Iterable[PauseOf]) -> list[Pause]:
    return [Pause(each.started.at, each.ended.at if each.ended else None) for each in pauses]


def _late_notice(dossier: DossierClocks, processing: Obligation) -> Obligation | None:
    """Who will be late says so at least a day before, and names a new date (NĐ 61/2018 Đ19)."""
    rule = dossier.rule("late-notice", day_of(processing.started.at))
    if rule is None or rule.limit.days_before_due is None:
        return None
    _, due = _agency_due(dossier, processing.started, processing.pauses)
    apology = dossier.first("apologised")
    decided = processing.met or processing.waived
    runs_out = None if due is None else runs_out_at(due, _whole_days(processing))
    in_time = decided is not None and (runs_out is None or decided.at < runs_out)
    last_day = (
        None
        if due is None
        else moment(local(due)[0] - rule.limit.days_before_due, processing.hours.closing)
    )
    timely = apology is not None and (
        last_day is None or local(apology.at)[0] <= local(last_day)[0]
    )
    return dossier.obligation(
        rule,
        obligor=processing.obligor,
        started=processing.started,
        limit=f"{rule.limit.days_before_due} day before the limit ends",
        due_at=last_day,
        # Only a dossier that is late in the end needed the notice.
        runs_out_at=runs_out,
        by_date=True,
        pauses=processing.pauses,
        met=apology if timely else None,
        waived=decided if in_time and not timely else None,
        hours=processing.hours,
    )


def _whole_days(processing: Obligation) -> Limit:
    return limit_of(1, Unit.WORKING_DAYS if processing.by_date else Unit.WORKING_HOURS)
