"""Line 18: working time, told of whole dossiers; and each law kept, broken by a minute, paused, mended."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logistics.clocks.alarms import alarms
from logistics.clocks.attribution import attribution, spans
from logistics.clocks.obligation import Obligation, State
from logistics.clocks.office_hours import DEFAULT_HOURS
from logistics.clocks.working_time import Office
from logistics.dossier.events import (
    Channel,
    DossierApologised,
    DossierDecided,
    DossierPaymentMade,
    DossierPaymentRequested,
    DossierReturned,
    DossierSupplementReceived,
    DossierSupplementRequested,
    DossierSuspended,
    DossierTakenOver,
)
from logistics.evidence import KnownBy, Word
from logistics.handover.events import HandoverAccepted, HandoverOffered
from logistics.identifiers import CITIZEN, HandoverId, PartyCode, WaybillRef
from logistics.paper.events import Dispute, PaperDisputed
from logistics.recorded import Event
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


def did(event: type[Any], when: str, **other: Any) -> Any:
    """A step of the agency's."""
    return event(**STEP, occurred_at=at(when), **other)


# --- line 18 ---


def test_18_a_start_on_friday_at_16_55_ends_behind_the_weekend() -> None:
    assert owed("processing", received("2026-08-07T16:55")).due_at == at("2026-08-14T17:00")


def test_18_a_make_up_saturday_is_a_working_day_and_the_desk_has_to_forward_on_it() -> None:
    forward = owed("desk-forward", received("2026-01-10T10:00"))
    assert forward.due_at == at("2026-01-10T17:00")
    assert owed("desk-forward", received("2026-01-09T15:00")).due_at == at("2026-01-10T07:30")


def test_18_a_limit_goes_on_behind_tet() -> None:
    assert owed("processing", received("2026-02-13T16:55")).due_at == at("2026-02-27T17:00")


def test_18_what_is_due_on_a_holiday_is_due_on_the_next_working_day() -> None:
    promised = received("2026-08-25T09:00", terms=_calendar_days(7))  # 1 September is a holiday.
    assert owed("processing", promised).due_at == at("2026-09-03T17:00")


def test_18_a_supplement_across_tet_takes_out_the_working_days_only() -> None:
    asked = did(DossierSupplementRequested, "2026-02-12T10:00")
    given_in = did(DossierSupplementReceived, "2026-02-24T10:00")
    # Counted: 11 Feb; taken out: 12, 13, 23 Feb, at whose closing the pause stands.
    processing = owed("processing", received("2026-02-10T09:00"), asked, given_in)
    assert processing.due_at == at("2026-02-27T17:00")


def test_18_overlapping_pauses_count_once() -> None:
    told = [
        did(DossierSupplementRequested, "2026-08-11T10:00"),
        did(DossierPaymentRequested, "2026-08-12T10:00"),
        did(DossierSupplementReceived, "2026-08-13T10:00"),
        did(DossierPaymentMade, "2026-08-14T10:00"),
    ]
    processing = owed("processing", received("2026-08-10T09:00"), *told)
    assert processing.due_at == at("2026-08-20T17:00")  # 11, 12 and 13 August are taken out.


@pytest.mark.parametrize(
    ("reception", "started"),
    [("2026-08-04T09:00", "2026-08-04T09:00"), ("2026-08-05T09:00", "2026-08-06T10:00")],
)
def test_18_before_2026_08_05_a_clock_starts_at_the_desk_and_from_then_on_at_the_agency(
    reception: str, started: str
) -> None:
    taken = did(DossierTakenOver, "2026-08-06T10:00")
    processing = owed("processing", received(reception, non_territorial=True), taken)
    assert processing.started.at == at(started)


def test_18_a_calendar_corrected_afterwards_gives_another_due_time_under_its_own_version() -> None:
    off = {**BASIS.calendar.days_off, date(2026, 8, 12): "Nghỉ theo quyết định mới"}
    corrected = replace(BASIS, calendar=replace(BASIS.calendar, version="2026.2", days_off=off))
    before = owed("processing", received("2026-08-10T09:00"))
    after = owed("processing", received("2026-08-10T09:00"), basis=corrected)
    assert (before.due_at, after.due_at) == (at("2026-08-17T17:00"), at("2026-08-18T17:00"))
    assert after.calendar_version == "2026.2" != before.calendar_version


# --- each law: kept, broken by a minute, paused, found anew by a late report ---


def _decision(when: str) -> Event:
    event: Event = did(DossierDecided, when)
    return event


def _signed(when: str) -> tuple[HandoverOffered, HandoverAccepted]:
    """Papers that the agency signs for."""
    told: dict[str, Any] = {
        "handover": HandoverId("H-1"), "giver": POST, "receiver": AGENCY, "dossiers": (CODE,),
        "waybill": None, "place": None, "signed_by": None, "known_by": SIGNED,
        "occurred_at": at(when),
    }  # fmt: skip
    return (
        HandoverOffered(papers=(PAPER,), seal_number=None, **told),
        HandoverAccepted(accepted=(PAPER,), rejected=(), missing=(), extra=(), **told),
    )


def _nd_61(*told: Event) -> Obligation:
    return owed("late-notice", received("2026-08-10T09:00"), *told)


def _nd_118(*told: Event) -> Obligation:
    return owed("processing", received("2026-08-10T09:00"), *told)


def _qd_45(*told: Event) -> Obligation:
    by_post = received("2026-08-07T09:00", channel=Channel.POST)
    return owed("processing", by_post, *_signed("2026-08-10T09:00"), *told)


def _tt_17(*told: Event) -> Obligation:
    sent = (booked("2026-08-10T10:00"), reported("2026-08-10T16:00", Milestone.ACCEPTED))
    return owed("postal-send", received("2026-08-10T09:00"), *sent, *told)


def _apology(when: str) -> Event:
    event: Event = did(DossierApologised, when, new_date=at("2026-08-25T17:00"))
    return event


SUPPLEMENT: tuple[Event, ...] = (
    did(DossierSupplementRequested, "2026-08-11T10:00"),
    did(DossierSupplementReceived, "2026-08-13T10:00"),
)
LAWS = pytest.mark.parametrize(
    ("law", "in_time", "a_minute_late", "by_then"),
    [
        (_nd_61, _apology("2026-08-14T23:59"), _apology("2026-08-17T00:00"), "2026-08-18T00:00"),
        (_nd_118, _decision("2026-08-17T23:59"), _decision("2026-08-18T00:00"), "2026-08-18T00:00"),
        (_qd_45, _decision("2026-08-17T23:59"), _decision("2026-08-18T00:00"), "2026-08-18T00:00"),
        (
            _tt_17,
            reported("2026-08-12T23:59", Milestone.DELIVERED),
            reported("2026-08-13T00:00", Milestone.DELIVERED),
            "2026-08-13T00:00",
        ),
    ],
    ids=["nd-61-2018", "nd-118-2025", "qd-45-2016", "tt-17-2017"],
)
Law = Callable[..., Obligation]


@LAWS
def test_18_what_is_done_in_the_last_minute_is_in_time_and_a_minute_later_it_is_not(
    law: Law, in_time: Event, a_minute_late: Event, by_then: str
) -> None:
    assert law(in_time).state(LATER) is State.MET
    assert law(a_minute_late).state(LATER) is State.BREACHED
    assert law().state(at(by_then) - timedelta(minutes=1)) is State.RUNNING
    assert law().state(at(by_then)) is State.BREACHED


@LAWS
def test_18_a_supplement_moves_what_the_agency_owes_and_nothing_of_the_carriers(
    law: Law, in_time: Event, a_minute_late: Event, by_then: str
) -> None:
    before, paused = law(), law(*SUPPLEMENT)
    assert before.due_at is not None
    assert paused.due_at is not None
    moved = timedelta(days=2) if law is not _tt_17 else timedelta()
    assert paused.runs_out_at == (before.runs_out_at or LATER) + moved
    assert bool(paused.pauses) == bool(moved)


@LAWS
def test_18_a_report_that_comes_late_decides_by_what_it_tells_and_not_by_when(
    law: Law, in_time: Event, a_minute_late: Event, by_then: str
) -> None:
    late = law(a_minute_late)
    assert late.state(LATER) is State.BREACHED
    # The other report comes in behind it, and tells of an earlier moment.
    assert law(a_minute_late, in_time).state(LATER) is State.MET


# --- alarms on what did not happen ---


def raised(*told: Event, now: str) -> dict[str, str | None]:
    """The alarms that are to be raised by now, with who has to do something."""
    found = alarms(facts(*told), BASIS)
    return {each.kind: each.party for each in found if each.raises_at <= at(now)}


FILED: tuple[Event, ...] = (received("2026-08-10T09:00"), entrusted("2026-08-10T09:00"))


def test_a_handover_that_nobody_confirms_is_an_alarm_at_the_receiver() -> None:
    offered, accepted = _signed("2026-08-10T10:00")
    assert raised(*FILED, offered, now="2026-08-11T16:00") == {}
    assert raised(*FILED, offered, now="2026-08-12T00:00") == {"handover-unconfirmed": AGENCY}
    assert raised(*FILED, offered, accepted, now="2026-08-12T00:00") == {}


def test_delivered_and_not_signed_is_an_alarm_at_the_receiver() -> None:
    sent = booked("2026-08-10T10:00")
    offer = replace(
        _signed("2026-08-11T10:00")[0],
        waybill=WaybillRef(operator=POST, number="1"),
        known_by=KnownBy(word=Word.REPORT),
    )
    assert raised(*FILED, sent, offer, now="2026-08-13T00:00") == {"delivered-unsigned": AGENCY}


def test_decided_or_returned_while_originals_are_missing_is_an_alarm_at_once() -> None:
    gone = PaperDisputed(
        paper=PAPER, dossier=CODE, handover=HandoverId("H-1"), custodian=DESK, claimed_by=AGENCY,
        dispute=Dispute.MISSING, reason=None, occurred_at=at("2026-08-11T10:00"),
    )  # fmt: skip
    decided = did(DossierDecided, "2026-08-12T10:00")
    returned = did(DossierReturned, "2026-08-13T10:00", known_by=SIGNED)
    told = (*FILED, gone, decided)
    assert raised(*told, now="2026-08-12T10:00") == {"decided-without-originals": DESK}
    assert set(raised(*told, returned, now="2026-08-13T10:00")) == {
        "decided-without-originals",
        "result-without-originals",
    }


def test_originals_that_are_kept_after_the_dossier_was_closed_are_an_alarm_at_their_holder() -> (
    None
):
    returned = did(DossierReturned, "2026-08-12T10:00", known_by=SIGNED)
    assert raised(*FILED, returned, now="2026-08-14T16:00") == {}
    assert raised(*FILED, returned, now="2026-08-18T00:00") == {"originals-kept": DESK}


def test_a_supplement_that_is_asked_for_twice_is_an_alarm_at_once() -> None:
    again = did(DossierSupplementRequested, "2026-08-14T10:00")
    assert raised(*FILED, *SUPPLEMENT, again, now="2026-08-14T10:00") == {
        "supplement-twice": AGENCY
    }


# --- whose the minutes were ---

MINUTE = st.integers(0, 20_000)
MOVES = st.lists(st.tuples(MINUTE, st.sampled_from([DESK, POST, AGENCY, PartyCode("X")])))
WAITS = st.lists(st.tuples(MINUTE, st.integers(0, 5_000)), max_size=3)
BEGIN = at("2026-02-06T08:00")


@given(MOVES, WAITS, st.integers(1, 30_000), st.booleans())
def test_the_minutes_of_all_holders_always_sum_to_the_whole(
    moves: list[tuple[int, PartyCode]], waits: list[tuple[int, int]], until: int, closed: bool
) -> None:
    told: list[Event] = [received("2026-02-06T08:00"), entrusted("2026-02-06T08:00")]
    for number, (minute, receiver) in enumerate(moves):
        told.append(transferred(_text(minute), DESK, receiver, f"H-{number}"))
    for begun, length in waits:
        told.append(did(DossierSupplementRequested, _text(begun)))
        told.append(did(DossierSupplementReceived, _text(begun + length)))
    if closed:
        told.append(did(DossierReturned, _text(15_000), known_by=SIGNED))
    now = BEGIN + timedelta(minutes=until)
    office = Office(BASIS.calendar, DEFAULT_HOURS)
    known = facts(*told)
    end = min(now, BEGIN + timedelta(minutes=15_000)) if closed else now
    shares = attribution(known, office, now)
    assert sum(each.minutes for each in shares) == (end - BEGIN) // timedelta(minutes=1)
    whole = office.seconds_before(end) // 60 - office.seconds_before(BEGIN) // 60
    assert sum(each.working_minutes for each in shares) == whole
    parts = spans(known, now)
    assert all(a.end == b.start and a.holder != b.holder for a, b in pairwise(parts))
    assert (parts[0].start, parts[-1].end) == (BEGIN, end)


def test_while_the_applicant_is_waited_for_the_minutes_are_the_applicants() -> None:
    told = [*FILED, did(DossierSuspended, "2026-08-10T10:00")]
    shares = attribution(
        facts(*told), Office(BASIS.calendar, DEFAULT_HOURS), at("2026-08-10T12:00")
    )
    assert {each.holder: each.minutes for each in shares} == {CITIZEN: 120, DESK: 60}


def _text(minute: int) -> str:
    return (BEGIN + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M")


def _calendar_days(n: int) -> Any:
    terms = received("2026-08-10T09:00").terms
    assert terms is not None
    return replace(terms, limit=replace(terms.limit, n=n, unit="calendar_days"))  # type: ignore[arg-type]  # As stored.
