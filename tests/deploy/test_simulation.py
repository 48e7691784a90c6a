"""What is simulated: the same seed the same plan, and everything in it that really goes wrong."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from deploy.simulation import Plan, Window, draw_plan
from deploy.simulation.acts import Ask, Kind
from deploy.simulation.hours import is_open, next_open
from deploy.simulation.pushes import PER_THOUSAND, VOICES, Ending, Oddity, Push, consignment
from logistics.carriers import Push as Received
from logistics.carriers import Unreadable
from logistics.waybill.milestones import Milestone
from logistics.waybill.state import standing
from partners import ems, ghn, ghtk, viettelpost, vnpost

UNTIL = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PLUGS = (ems.CARRIER, ghn.CARRIER, ghtk.CARRIER, viettelpost.CARRIER, vnpost.CARRIER)
CARRIERS = {carrier.name: carrier for carrier in PLUGS}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return draw_plan(dossiers=1200, seed=7, window=Window.last_days(30, UNTIL))


def pushes_of(plan: Plan) -> list[Push]:
    return [act for journey in plan.journeys for act in journey.acts if isinstance(act, Push)]


def asks_of(plan: Plan) -> list[Ask]:
    return [act for journey in plan.journeys for act in journey.acts if isinstance(act, Ask)]


def received(push: Push) -> Received:
    headers, query, body = push.composed("secret")
    return Received(
        carrier=push.carrier,
        method="POST",
        query=query,
        headers={name.lower(): value for name, value in headers.items()},
        body=body,
        received_at=UNTIL,
    )


def test_the_same_seed_gives_the_same_plan() -> None:
    first, again = (
        draw_plan(dossiers=30, seed=3, window=Window.last_days(7, UNTIL)) for _ in range(2)
    )
    assert first == again
    assert draw_plan(dossiers=30, seed=4, window=Window.last_days(7, UNTIL)) != first


def test_another_run_shares_no_code_with_this_one(plan: Plan) -> None:
    other = draw_plan(
        dossiers=100, seed=7, window=Window.last_days(30, UNTIL + timedelta(minutes=1))
    )
    codes = {journey.code for journey in plan.journeys}
    assert codes.isdisjoint(journey.code for journey in other.journeys)


def test_no_two_consignments_of_a_plan_share_a_number(plan: Plan) -> None:
    booked = [
        (ask.body["operator"], ask.body["number"])
        for ask in asks_of(plan)
        if ask.kind is Kind.WAYBILL
    ]
    assert len(set(booked)) == len(booked)


def test_nothing_is_told_after_the_end_nor_before_the_window(plan: Plan) -> None:
    for journey in plan.journeys:
        times = [act.told_at for act in journey.acts]
        assert times == sorted(times)
        assert UNTIL - timedelta(days=31) <= times[0]
        assert times[-1] <= UNTIL


def test_dossiers_are_received_in_office_hours(plan: Plan) -> None:
    receptions = [ask.told_at for ask in asks_of(plan) if ask.kind is Kind.DOSSIER]
    assert len(receptions) == 1200
    assert all(map(is_open, receptions))


def test_a_counter_that_is_closed_opens_within_the_next_days() -> None:
    saturday_noon = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
    opened = next_open(saturday_noon, Random(1))
    assert is_open(opened)
    assert timedelta(days=1) < opened - saturday_noon < timedelta(days=2)


def test_every_kind_of_request_and_every_step_occurs(plan: Plan) -> None:
    asks = asks_of(plan)
    assert {ask.kind for ask in asks} == set(Kind)
    steps = {ask.body["step"] for ask in asks if ask.kind is Kind.STEP}
    assert steps >= {"forwarded", "supplement-requested", "refused", "withdrawn", "returned"}
    said = {ask.body["step"] for ask in asks if ask.kind is Kind.PAPER}
    assert said == {"found", "declared-lost", "given-back"}


def test_six_of_ten_originals_go_by_the_postal_service(plan: Plan) -> None:
    sent = Counter(ask.body["operator"] for ask in asks_of(plan) if ask.kind is Kind.WAYBILL)
    assert set(sent) == {"VNPOST", "EMS", "VTP", "GHN", "GHTK"}
    assert 0.55 < (sent["VNPOST"] + sent["EMS"]) / sent.total() < 0.65


@pytest.mark.parametrize("oddity", PER_THOUSAND)
def test_each_oddity_has_its_share(plan: Plan, oddity: Oddity) -> None:
    pushes = pushes_of(plan)
    possible = [push for push in pushes if _can_have(push, oddity)]
    share = sum(push.oddity is oddity for push in pushes) / len(possible)
    assert 0.4 < share * 1000 / PER_THOUSAND[oddity] < 1.6


def _can_have(push: Push, oddity: Oddity) -> bool:
    voice = VOICES[push.carrier]
    match oddity:
        case Oddity.NO_ZONE:
            return voice.zone_field is not None
        case Oddity.GARBLED:
            return voice.garbles
    return True


def test_some_carriers_tell_of_a_consignment_before_its_booking(plan: Plan) -> None:
    early = [push for push in pushes_of(plan) if push.oddity is Oddity.BEFORE_BOOKING]
    assert early
    for journey in plan.journeys:
        told: set[str] = set()
        for act in journey.acts:
            if isinstance(act, Ask) and act.kind is Kind.WAYBILL:
                told.add(act.body["number"])
            elif isinstance(act, Push) and act.oddity is None:
                assert act.number in told or any(push.number == act.number for push in early)


def test_both_formats_of_ems_and_of_ghtk_occur(plan: Plan) -> None:
    formats = {(push.carrier, push.other_format) for push in pushes_of(plan)}
    assert formats >= {("ems", False), ("ems", True), ("ghtk", False), ("ghtk", True)}
    assert {carrier for carrier, _ in formats} == set(VOICES)


def test_carriers_read_back_what_was_composed_in_their_formats(plan: Plan) -> None:
    for push in pushes_of(plan)[:3000]:
        if push.oddity is Oddity.GARBLED:
            with pytest.raises(Unreadable):
                CARRIERS[push.carrier].read(received(push))
            continue
        (report,) = CARRIERS[push.carrier].read(received(push)).reports
        assert (report.number, report.original_code) == (push.number, push.code)
        assert report.occurred_at == push.occurred_at
        assert (report.milestone is Milestone.UNRECOGNISED) is (push.oddity is Oddity.UNKNOWN_CODE)


def test_every_push_shows_its_secret_where_the_carrier_does() -> None:
    for name, carrier in CARRIERS.items():
        (push, *_) = told(name, Ending.DELIVERED)
        headers, query, body = push.composed("secret")
        path_secret = None if "secret" in query or b"secret" in body else "secret"
        shown = carrier.presented(path_secret, query, headers, body)
        assert [each.secret for each in shown] == [b"secret"]


@pytest.mark.parametrize("name", VOICES)
@pytest.mark.parametrize("ending", Ending)
def test_what_a_carrier_tells_ends_as_it_should(name: str, ending: Ending) -> None:
    expected = {
        Ending.DELIVERED: Milestone.DELIVERED,
        Ending.SECOND_ATTEMPT: Milestone.DELIVERED,
        Ending.RETURNED: Milestone.RETURNED,
        Ending.LOST: Milestone.LOST_OR_DESTROYED,
    }
    reports = [
        report
        for push in told(name, ending)
        if push.oddity is not Oddity.GARBLED
        for report in CARRIERS[name].read(received(push)).reports
        if report.number == VOICES[name].number(30_000_001)
    ]
    stands = standing(reports)
    assert stands
    if ending in expected and VOICES[name].tells(ending):
        assert stands.milestone is expected[ending]
    else:
        assert stands.milestone not in expected.values()


def told(name: str, ending: Ending) -> list[Push]:
    dice = Random(f"{name} {ending}")
    start = UNTIL - timedelta(days=5)
    codes = VOICES[name].codes(ending)
    scans = [(code, start + timedelta(hours=3 * n)) for n, code in enumerate(codes)]
    return consignment(name, 30_000_001, scans, "870000", dice)
