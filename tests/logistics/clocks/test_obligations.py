"""Who owes what by when: each rule on time, late by a minute, paused, and found anew by a late report."""

from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from logistics.clocks.alarms import alarms
from logistics.clocks.attribution import attribution, spans
from logistics.clocks.basis import Basis
from logistics.clocks.events import AlarmClosed, AlarmRaised, BreachRetracted, LimitBreached
from logistics.clocks.law_files import LawRefused, read_laws
from logistics.clocks.obligation import State, Verdict
from logistics.clocks.obligations import obligations
from logistics.clocks.office_hours import DEFAULT_HOURS
from logistics.clocks.terms import Contract
from logistics.clocks.verdicts import attend_at, judge
from logistics.clocks.working_time import Limit, Office, Unit
from logistics.dossier.events import (
    Channel,
    DossierApologised,
    DossierComplained,
    DossierComplaintAnswered,
    DossierDecided,
    DossierForwarded,
    DossierSupplementReceived,
    DossierSupplementRequested,
    DossierTakenOver,
)
from logistics.dossier_facts import DossierFacts
from logistics.handover.events import HandoverAccepted, HandoverOffered
from logistics.identifiers import (
    HandoverId,
)
from logistics.recorded import Event
from logistics.waybill.events import Purpose
from logistics.waybill.milestones import Milestone
from tests.support.clocked import (
    AGENCY,
    BASIS,
    CODE,
    DESK,
    LATER,
    PAPER,
    POST,
    SIGNED,
    STEP,
    at,
    booked,
    entrusted,
    facts,
    owed,
    received,
    reported,
    transferred,
)

# --- the desk (NĐ 118/2025, NĐ 309/2026 Đ9) ---


def test_a_dossier_received_before_15_00_goes_on_the_same_day() -> None:
    sent = DossierForwarded(**STEP, occurred_at=at("2026-08-10T17:00"))
    forward = owed("desk-forward", received("2026-08-10T14:59"), sent)
    assert forward.due_at == at("2026-08-10T17:00")
    assert forward.state(LATER) is State.MET
    assert forward.rule.source == "NĐ 309/2026/NĐ-CP Điều 9"


def test_a_dossier_received_after_15_00_goes_by_the_next_opening_and_a_minute_later_is_late() -> (
    None
):
    in_time = DossierForwarded(**STEP, occurred_at=at("2026-08-11T07:30"))
    late = DossierForwarded(**STEP, occurred_at=at("2026-08-11T07:31"))
    assert owed("desk-forward", received("2026-08-10T15:00"), in_time).state(LATER) is State.MET
    breached = owed("desk-forward", received("2026-08-10T15:00"), late)
    assert breached.state(LATER) is State.BREACHED
    assert breached.lateness_minutes(LATER, BASIS.calendar) == 1


def test_the_desks_rule_is_that_of_the_day_of_reception() -> None:
    assert owed("desk-forward", received("2026-08-04T09:00")).rule.version == 2
    assert owed("desk-forward", received("2026-08-05T09:00")).rule.version == 3


def test_papers_have_left_the_desk_when_the_last_of_them_has() -> None:
    there: list[Event] = [received("2026-08-10T09:00"), entrusted("2026-08-10T09:00")]
    assert owed("desk-forward-papers", *there).met is None
    gone = owed("desk-forward-papers", *there, transferred("2026-08-10T16:00", DESK, POST, "H-1"))
    assert gone.state(LATER) is State.MET


# --- the agency ---


def test_an_ordinary_dossier_is_due_by_its_statutory_working_days() -> None:
    decided = DossierDecided(**STEP, occurred_at=at("2026-08-17T16:59"))
    processing = owed("processing", received("2026-08-10T09:00"), decided)
    assert processing.due_at == at("2026-08-17T17:00")
    assert processing.verdict(LATER) is Verdict.ON_TIME
    early = DossierDecided(**STEP, occurred_at=at("2026-08-14T10:00"))
    assert owed("processing", received("2026-08-10T09:00"), early).verdict(LATER) is Verdict.EARLY


def test_a_decision_in_the_first_minute_of_the_next_day_is_late() -> None:
    decided = DossierDecided(**STEP, occurred_at=at("2026-08-18T00:00"))
    processing = owed("processing", received("2026-08-10T09:00"), decided)
    assert processing.state(LATER) is State.BREACHED
    assert processing.lateness_minutes(LATER, BASIS.calendar) == 1


@pytest.mark.parametrize(
    ("reception", "due", "version"),
    [("2026-08-04T09:00", "2026-08-11T17:00", 2), ("2026-08-05T09:00", "2026-08-14T17:00", 3)],
)
def test_a_non_territorial_clock_starts_at_the_agency_from_2026_08_05_on(
    reception: str, due: str, version: int
) -> None:
    taken = DossierTakenOver(**STEP, occurred_at=at("2026-08-07T10:00"))
    processing = owed("processing", received(reception, non_territorial=True), taken)
    assert processing.due_at == at(due)
    assert processing.rule.version == version


def test_a_dossier_by_post_counts_from_the_signing_of_the_handover() -> None:
    offer = HandoverOffered(
        handover=HandoverId("H-1"), giver=POST, receiver=AGENCY, papers=(PAPER,), dossiers=(CODE,),
        waybill=None, seal_number=None, place=None, signed_by=None, known_by=SIGNED,
        occurred_at=at("2026-08-12T09:00"),
    )  # fmt: skip
    signed = HandoverAccepted(
        handover=HandoverId("H-1"), giver=POST, receiver=AGENCY, dossiers=(CODE,),
        accepted=(PAPER,), rejected=(), missing=(), extra=(), waybill=None, place=None,
        signed_by=None, known_by=SIGNED, occurred_at=at("2026-08-12T15:30"),
    )  # fmt: skip
    processing = owed(
        "processing", received("2026-08-10T09:00", channel=Channel.POST), offer, signed
    )
    assert processing.started.at == at("2026-08-12T15:30")
    assert processing.rule.source == "Quyết định 45/2016/QĐ-TTg, Điều 7.4"


def test_a_supplement_lets_the_agencys_clock_stand_still() -> None:
    asked = DossierSupplementRequested(**STEP, occurred_at=at("2026-08-12T10:00"))
    given = DossierSupplementReceived(**STEP, occurred_at=at("2026-08-14T10:00"))
    paused = owed("processing", received("2026-08-10T09:00"), asked)
    assert paused.due_at is None
    assert paused.state(LATER) is State.PAUSED
    resumed = owed("processing", received("2026-08-10T09:00"), asked, given)
    assert resumed.due_at == at("2026-08-19T17:00")


def test_an_apology_moves_the_date_and_is_due_a_day_before_the_old_one() -> None:
    apology = DossierApologised(
        **STEP, occurred_at=at("2026-08-14T10:00"), new_date=at("2026-08-25T17:00")
    )
    told: list[Event] = [received("2026-08-10T09:00"), apology]
    assert owed("processing", *told).due_at == at("2026-08-25T17:00")
    assert owed("late-notice", *told).state(LATER) is State.MET
    too_late = DossierApologised(
        **STEP, occurred_at=at("2026-08-17T10:00"), new_date=at("2026-08-25T17:00")
    )
    notice = owed("late-notice", received("2026-08-10T09:00"), too_late)
    assert notice.state(LATER) is State.BREACHED


def test_who_decides_in_time_owed_no_apology() -> None:
    decided = DossierDecided(**STEP, occurred_at=at("2026-08-17T10:00"))
    notice = owed("late-notice", received("2026-08-10T09:00"), decided)
    assert notice.state(LATER) is State.WAIVED


def test_a_late_leg_of_a_carrier_never_moves_the_statutory_deadline() -> None:
    told: list[Event] = [received("2026-08-10T09:00"), booked("2026-08-10T10:00")]
    before = owed("processing", *told).due_at
    late: list[Event] = [
        reported("2026-08-10T16:00", Milestone.ACCEPTED),
        reported("2026-08-20T16:00", Milestone.DELIVERED),
    ]
    assert owed("processing", *told, *late).due_at == before


# --- the post (TT 17/2017) ---


def test_a_leg_within_the_province_is_due_on_the_second_working_day() -> None:
    told: list[Event] = [
        received("2026-08-10T09:00"),
        booked("2026-08-10T10:00"),
        reported("2026-08-10T16:00", Milestone.ACCEPTED),
    ]
    assert owed("postal-send", *told).due_at == at("2026-08-12T17:00")
    on_time = reported("2026-08-12T20:00", Milestone.DELIVERED)
    assert owed("postal-send", *told, on_time).state(LATER) is State.MET
    late = reported("2026-08-13T00:00", Milestone.DELIVERED)
    assert owed("postal-send", *told, late).state(LATER) is State.BREACHED


def test_a_report_that_comes_late_computes_the_leg_anew() -> None:
    told: list[Event] = [
        received("2026-08-10T09:00"),
        booked("2026-08-10T10:00"),
        reported("2026-08-11T16:00", Milestone.ACCEPTED),
        reported("2026-08-13T10:00", Milestone.DELIVERED),
    ]
    assert owed("postal-send", *told).state(LATER) is State.MET
    earlier = reported("2026-08-10T11:00", Milestone.ACCEPTED)
    assert owed("postal-send", *told, earlier).state(LATER) is State.BREACHED


def test_a_return_leg_is_met_by_the_first_attempt_and_a_second_is_owed_within_two_days() -> None:
    told: list[Event] = [
        received("2026-08-10T09:00"),
        booked("2026-08-17T10:00", "citizen", Purpose.RETURN),
        reported("2026-08-17T16:00", Milestone.ACCEPTED),
        reported("2026-08-18T10:00", Milestone.DELIVERY_FAILED),
    ]
    assert owed("postal-return", *told).state(LATER) is State.MET
    assert owed("invitation", *told).due_at == at("2026-08-20T17:00")
    again = reported("2026-08-20T18:00", Milestone.DELIVERY_FAILED)
    assert owed("invitation", *told, again).state(LATER) is State.MET
    back = reported("2026-08-19T10:00", Milestone.RETURNING)
    assert owed("invitation", *told, back).state(LATER) is State.BREACHED


def test_an_operator_with_a_contract_is_bound_by_it() -> None:
    contract = Contract(
        operator=POST,
        send=Limit(Fraction(3), Unit.WORKING_DAYS),
        **{"return": Limit(Fraction(4), Unit.WORKING_DAYS)},
    )
    terms = BASIS.terms.model_copy(update={"contracts": (contract,)})
    basis = Basis(laws=BASIS.laws, calendar=BASIS.calendar, terms=terms)
    told: list[Event] = [
        received("2026-08-10T09:00"),
        booked("2026-08-10T10:00"),
        reported("2026-08-10T16:00", Milestone.ACCEPTED),
    ]
    leg = owed("postal-send", *told, basis=basis)
    assert leg.due_at == at("2026-08-13T17:00")
    assert leg.rule.id == "contract"


def test_a_complaint_is_answered_in_five_working_days_or_seven() -> None:
    near = DossierComplained(**STEP, occurred_at=at("2026-08-10T09:00"))
    far = DossierComplained(**STEP, occurred_at=at("2026-08-10T09:00"), inter_province=True)
    assert owed("complaint", received("2026-08-03T09:00"), near).due_at == at("2026-08-17T17:00")
    assert owed("complaint", received("2026-08-03T09:00"), far).due_at == at("2026-08-19T17:00")
    answer = DossierComplaintAnswered(**STEP, occurred_at=at("2026-08-17T10:00"))
    answered = owed("complaint", received("2026-08-03T09:00"), near, answer)
    assert answered.state(LATER) is State.MET


# --- verdicts, alarms, attribution ---


def swept(told: DossierFacts, now: datetime) -> list[Any]:
    found, conditions = obligations(told, BASIS), alarms(told, BASIS)
    attend = attend_at(told["verdicts"], found, conditions)
    events = judge(told, found, conditions, now)
    assert bool(events) == (attend is not None and attend <= now)
    return events


def test_what_falls_due_is_written_once_and_retracted_when_a_late_report_shows_otherwise() -> None:
    told: list[Event] = [received("2026-08-10T09:00")]
    assert swept(facts(*told), at("2026-08-10T10:00")) == []
    now = at("2026-08-18T00:00")
    found = swept(facts(*told), now)
    breaches = {each.obligation for each in found if isinstance(each, LimitBreached)}
    assert breaches == {"desk-forward", "processing", "late-notice"}
    told += found
    assert swept(facts(*told), now) == []

    told.append(DossierDecided(**STEP, occurred_at=at("2026-08-14T10:00")))
    after = swept(facts(*told), now)
    retracted = [each for each in after if isinstance(each, BreachRetracted)]
    assert {each.obligation for each in retracted} == {"processing", "late-notice"}
    assert retracted[0].cause == "done-in-time"
    told += after
    assert swept(facts(*told), now) == []


def test_silence_is_an_alarm_that_the_next_news_closes() -> None:
    told: list[Event] = [received("2026-08-10T09:00"), entrusted("2026-08-10T09:00")]
    now = at("2026-08-14T00:00")
    raised = [each for each in swept(facts(*told), now) if isinstance(each, AlarmRaised)]
    assert [each.kind for each in raised] == ["no-movement"]
    told += raised
    told.append(transferred("2026-08-14T08:00", DESK, POST, "H-1"))
    after = swept(facts(*told), at("2026-08-14T09:00"))
    assert [each.kind for each in after if isinstance(each, AlarmClosed)] == ["no-movement"]


def test_the_minutes_of_all_holders_sum_to_the_whole() -> None:
    told = facts(
        received("2026-08-10T09:00"),
        entrusted("2026-08-10T09:00"),
        transferred("2026-08-10T15:00", DESK, POST, "H-1"),
        transferred("2026-08-12T10:00", POST, AGENCY, "H-2"),
        DossierSupplementRequested(**STEP, occurred_at=at("2026-08-13T10:00")),
        DossierSupplementReceived(**STEP, occurred_at=at("2026-08-14T10:00")),
    )
    now = at("2026-08-17T11:00")
    shares = attribution(told, Office(BASIS.calendar, DEFAULT_HOURS), now)
    by_holder = {share.holder: share.minutes for share in shares}
    assert by_holder[DESK] == 6 * 60
    assert by_holder["citizen"] == 24 * 60
    whole = now - at("2026-08-10T09:00")
    assert sum(by_holder.values()) == whole // timedelta(minutes=1)
    parts = spans(told, now)
    assert all(a.end == b.start for a, b in pairwise(parts))


# --- the files of the laws ---

RULE = """[law]
id = "x"
title = "X"

[[rule]]
id = "complaint"
version = 1
article = "1"
effective_from = 2026-01-01
effective_to = 2026-06-30
start = "complained"
limit = { span = "5wd" }
stop = "complaint-answered"
obligor = "operator"
"""


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ('colour = "red"\n', r"x\.toml:15: colour"),
        (RULE.replace("version = 1", "version = 2").partition("\n\n")[2], "overlaps"),
        (
            RULE.replace("version = 1", "version = 2")
            .replace("2026-01-01", "2026-08-01")
            .replace("2026-06-30", "2026-12-31")
            .partition("\n\n")[2],
            "no rule from 2026-07-01",
        ),
    ],
)
def test_an_unknown_field_an_overlap_and_a_gap_are_refused_with_their_line(
    second: str, said: str
) -> None:
    with pytest.raises(LawRefused, match=said):
        read_laws({"x.toml": RULE + second})
