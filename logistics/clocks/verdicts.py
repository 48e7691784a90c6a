"""What has to be written down about a dossier's clocks, and when: breaches, retractions, alarms.

A verdict is the difference between what holds by the facts and what has been written down. So it
is written once, whatever crashes or races, and a late-arriving fact, a corrected calendar or a cure
shows up as the next difference.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from logistics.clocks.alarms import AlarmCondition
from logistics.clocks.events import (
    AlarmClosed,
    AlarmRaised,
    BreachRetracted,
    ClockEvent,
    LimitBreached,
)
from logistics.clocks.obligation import Obligation
from logistics.dossier_facts import DossierFacts, VerdictFacts, time
from logistics.identifiers import DossierCode, PartyCode

AT_ONCE: Final = datetime(1970, 1, 1, tzinfo=UTC)


def attend_at(
    verdicts: VerdictFacts, owed: Iterable[Obligation], conditions: Iterable[AlarmCondition]
) -> datetime | None:
    """The first moment at which `judge` will have something to write; None: never, as things are."""
    times = [*_breach_times(verdicts, owed), *_alarm_times(verdicts, conditions)]
    return min(times, default=None)


def judge(
    facts: DossierFacts,
    owed: Iterable[Obligation],
    conditions: Iterable[AlarmCondition],
    now: datetime,
) -> list[ClockEvent]:
    """What to write down now."""
    obligations = {each.id: each for each in owed}
    return [
        *_retractions(facts, obligations, now),
        *_breaches(facts, obligations.values(), now),
        *_alarm_events(facts, {each.id: each for each in conditions}, now),
    ]


def _breach_times(verdicts: VerdictFacts, owed: Iterable[Obligation]) -> Iterator[datetime]:
    breached = dict(verdicts["breached"])
    for each in owed:
        said = breached.pop(each.id, None)
        if said is not None:
            if not _stands(each, said):
                yield AT_ONCE
        elif each.waived is None and each.runs_out_at is not None:
            if each.met is None:
                yield each.runs_out_at
            elif each.late(each.met.at):
                yield AT_ONCE
    if breached:
        yield AT_ONCE  # The duty itself is gone: a report dated its start differently.


def _stands(each: Obligation, said_due_at: str) -> bool:
    """Whether a written breach still says what holds."""
    if each.waived is not None or each.due_at is None or each.due_at != time(said_due_at):
        return False
    return each.met is None or each.late(each.met.at)


def _retractions(
    facts: DossierFacts, owed: dict[str, Obligation], now: datetime
) -> Iterator[BreachRetracted]:
    for obligation_id, said_due_at in facts["verdicts"]["breached"].items():
        each = owed.get(obligation_id)
        if each is not None and _stands(each, said_due_at):
            continue
        cause, position = _cause(each)
        yield BreachRetracted(
            dossier=DossierCode(facts["dossier"]),
            obligation=obligation_id,
            kind=each.kind if each else obligation_id.partition(":")[0],
            obligor=each.obligor if each else PartyCode(""),
            cause=cause,
            cause_position=position,
            calendar_version=each.calendar_version if each else "",
            occurred_at=now,
        )


def _cause(each: Obligation | None) -> tuple[str, int | None]:
    """Why a breach does not stand, and the event that shows it."""
    if each is None:
        return "no-longer-owed", None
    if each.waived is not None:
        return "waived", each.waived.position
    if each.met is not None and not each.late(each.met.at):
        return "done-in-time", each.met.position
    if each.due_at is None:
        return "paused", each.pauses[-1].started.position if each.pauses else None
    return "due-time-moved", each.started.position


def _breaches(
    facts: DossierFacts, owed: Iterable[Obligation], now: datetime
) -> Iterator[LimitBreached]:
    for each in owed:
        if not each.late(now) or each.due_at is None or each.runs_out_at is None:
            continue
        said_due_at = facts["verdicts"]["breached"].get(each.id)
        if said_due_at is not None and _stands(each, said_due_at):
            continue
        yield LimitBreached(
            dossier=DossierCode(facts["dossier"]),
            obligation=each.id,
            kind=each.kind,
            obligor=each.obligor,
            due_at=each.due_at,
            rule=each.rule,
            calendar_version=each.calendar_version,
            occurred_at=each.runs_out_at,
        )


def _alarm_times(
    verdicts: VerdictFacts, conditions: Iterable[AlarmCondition]
) -> Iterator[datetime]:
    open_alarms = set(verdicts["alarms"])
    for each in conditions:
        if each.id in open_alarms:
            open_alarms.remove(each.id)
        else:
            yield each.raises_at
    if open_alarms:
        yield AT_ONCE


def _alarm_events(
    facts: DossierFacts, conditions: dict[str, AlarmCondition], now: datetime
) -> Iterator[AlarmRaised | AlarmClosed]:
    dossier = DossierCode(facts["dossier"])
    open_alarms = facts["verdicts"]["alarms"]
    for alarm_id, raised in open_alarms.items():
        if alarm_id not in conditions:
            yield AlarmClosed(
                dossier=dossier,
                alarm=alarm_id,
                kind=raised["kind"],
                cause_position=_last_position(facts),
                occurred_at=now,
            )
    for each in conditions.values():
        if each.id not in open_alarms and each.raises_at <= now:
            yield AlarmRaised(
                dossier=dossier,
                alarm=each.id,
                kind=each.kind,
                party=PartyCode(each.party) if each.party else None,
                evidence=each.evidence,
                occurred_at=each.raises_at,
            )


def _last_position(facts: DossierFacts) -> int:
    """The newest event of the dossier itself: what an alarm's condition ended with."""
    positions = [facts["received_position"], *(step["position"] for step in facts["steps"])]
    positions += [paper["changed_position"] for paper in facts["papers"].values()]
    positions += [each.get("ended_position", 0) for each in facts["handovers"].values()]
    positions += [
        report["position"] for each in facts["waybills"].values() for report in each["reports"]
    ]
    return max(positions)
