"""Nine months of a province, over Tết and a change of the law: what is planned is what is told."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from deploy.simulation import Plan, Window, draw_plan
from deploy.simulation.acts import Ask, Kind
from deploy.simulation.fates import LAPSES_PER_THOUSAND, Fate, Lapse, with_lapse
from deploy.simulation.pushes import VOICES, Push
from deploy.simulation.traffic import Traffic, admit, connected
from logistics.clocks.office_hours import VIETNAM
from tests.support.processes import command, serving
from tests.support.service import RunningService, running_service

FIRST, LAST = date(2026, 1, 1), date(2026, 9, 30)
CHANGE_OF_LAW = date(2026, 8, 5)
NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
DUTIES = {
    "desk-forward", "desk-forward-papers", "postal-send", "postal-return", "processing",
    "late-notice", "invitation", "complaint",
}  # fmt: skip
ALARMS = {
    "no-movement", "handover-unconfirmed", "delivered-unsigned", "decided-without-originals",
    "result-without-originals", "originals-kept", "supplement-twice",
}  # fmt: skip


@pytest.fixture(scope="module")
def plan() -> Plan:
    return draw_plan(dossiers=3000, seed=5, window=Window.of(FIRST, LAST, NOW))


def received_on(plan: Plan) -> list[date]:
    return [
        act.told_at.astimezone(VIETNAM).date()
        for journey in plan.journeys
        for act in journey.acts
        if isinstance(act, Ask) and act.kind is Kind.DOSSIER
    ]


def test_dossiers_come_in_on_the_working_days_of_the_months_and_on_no_others(plan: Plan) -> None:
    days = received_on(plan)
    assert min(days) >= FIRST
    assert max(days) <= LAST
    assert {day.month for day in days} == set(range(1, 10))
    assert date(2026, 1, 10) in days, "The Saturday that makes up for 2 January is worked."
    assert date(2026, 1, 2) not in days
    tet = {date(2026, 2, 14) + timedelta(n) for n in range(9)}
    assert tet.isdisjoint(days)
    assert date(2026, 9, 2) not in days


def test_dossiers_come_in_under_the_old_law_and_under_the_new_one(plan: Plan) -> None:
    days = received_on(plan)
    assert 100 < sum(day >= CHANGE_OF_LAW for day in days) < 1000


def test_every_duty_is_broken_and_every_alarm_is_left_open_in_a_small_share(plan: Plan) -> None:
    assert set(plan.breaches) == DUTIES
    assert set(plan.alarms) == ALARMS
    for kind, count in plan.breaches.items():
        assert 0.001 < count / len(plan.journeys) < 0.06, kind
    late = sum(bool(journey.breaches) for journey in plan.journeys)
    assert late / len(plan.journeys) < 0.15


def test_what_goes_wrong_by_plan_has_its_share(plan: Plan) -> None:
    """Complaints are answered late for no other reason, nor are notices to invite again."""
    for lapse in (Lapse.COMPLAINT, Lapse.INVITATION):
        planned = LAPSES_PER_THOUSAND[lapse] * len(plan.journeys) / 1000
        assert 0.5 < plan.breaches[lapse] / planned < 1.5


def test_every_carrier_brings_the_papers(plan: Plan) -> None:
    carriers = {act.carrier for each in plan.journeys for act in each.acts if isinstance(act, Push)}
    assert carriers == set(VOICES)


def test_the_same_days_and_seed_give_the_same_traffic_on_another_day() -> None:
    window, later = (Window.of(FIRST, LAST, NOW + timedelta(days=days)) for days in (0, 3))
    first, again = (draw_plan(dossiers=40, seed=2, window=each) for each in (window, later))
    assert first.run == again.run
    assert [each.acts for each in first.journeys] == [each.acts for each in again.journeys]


def test_what_has_not_happened_yet_is_not_told() -> None:
    now = datetime(2026, 2, 27, 4, 0, tzinfo=UTC)
    plan = draw_plan(dossiers=200, seed=2, window=Window.of(FIRST, LAST, now))
    assert max(act.told_at for each in plan.journeys for act in each.acts) <= now
    assert max(received_on(plan)) <= now.date()


def test_an_agency_that_keeps_originals_never_says_itself_that_all_is_returned() -> None:
    fates = [with_lapse(Lapse.KEPT, Random(seed)) for seed in range(60)]
    assert {fate.back_to is None for fate in fates} == {True, False}
    plan = draw_plan(
        dossiers=0, seed=1, window=Window.of(FIRST, LAST, NOW), told=tuple((f, 90) for f in fates)
    )
    assert set(plan.alarms) == {"originals-kept"}
    for fate, journey in zip(fates, plan.journeys, strict=True):
        for act in journey.acts:
            if isinstance(act, Ask) and act.kind is Kind.STEP and act.body["step"] == "returned":
                assert act.party != fate.agency.code


# --- against the service ---


def lapses() -> Iterator[tuple[Fate, int]]:
    """Each once before Tết and once under the new law, so that none is left to chance."""
    dice = Random(3)
    for day in (date(2026, 2, 11), date(2026, 8, 18)):
        ago = (datetime.now(UTC).date() - day).days
        for lapse in Lapse:
            yield with_lapse(lapse, dice), ago
    # An operator without a code for delivery: somebody else says that the dossier is returned.
    yield replace(with_lapse(Lapse.KEPT, dice), back_to=None, carrier_back="ems"), ago


async def send(plan: Plan, url: str, key: str) -> Traffic:
    async with connected(url) as service:
        access = await admit(service, key, _unseen)
        traffic = Traffic(service, access, plan, _unseen)
        await traffic.run()
    return traffic


def _unseen(what: str, done: int, of: int) -> None:
    """Nobody watches the progress of a test."""


async def breaches_told(service: RunningService) -> Counter[str]:
    answer = await service.province.reads("/v1/sla/compliance", by="kind")
    return +Counter({each["group"]: each["breached"] for each in answer["items"]})


async def alarms_told(service: RunningService) -> Counter[str]:
    answer = await service.province.reads("/v1/alarms", limit=500)
    assert answer["next"] is None
    return Counter(each["kind"] for each in answer["items"])


async def test_the_service_finds_every_breach_and_alarm_that_was_planned_and_no_other(
    database_url: str,
) -> None:
    plan = draw_plan(dossiers=70, seed=8, window=Window.of(FIRST, LAST), told=tuple(lapses()))
    with serving(database_url) as running:
        key = command(database_url, "keys", "issue", "--party", "province", "--role", "province")
        traffic = await send(plan, running.url, key)
    assert dict(traffic.summary.refused) == {}
    async with running_service(database_url) as service:
        while await service.sweep():
            pass
        assert await breaches_told(service) == traffic.summary.breaches_planned
        assert await alarms_told(service) == traffic.summary.alarms_planned
    assert traffic.summary.breaches_planned.keys() == DUTIES
    assert traffic.summary.alarms_planned.keys() >= ALARMS - {
        "decided-without-originals", "result-without-originals",
    }  # fmt: skip
