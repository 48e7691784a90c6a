"""Notices reach whoever subscribed, signed, in order, once if all is well, and again if it is not."""

import asyncio
from collections import Counter
from datetime import timedelta
from email.utils import format_datetime
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from aiohttp import web
from standardwebhooks.webhooks import WebhookVerificationError

from tests.support.subscribing import Received, Sending, sending
from webhooks import subscriptions
from webhooks.notices import forget_attempts
from webhooks.retrying import LADDER, pause_after, pause_of_probes

DAY = timedelta(days=1)


def failing(*dossiers: str, status: int = 500) -> Any:
    """Say 500 to what is about these, and 200 to all else."""
    return lambda received: status if received.dossier in dossiers else 200


# --- what is sent ---


async def test_a_notice_is_what_the_standards_own_library_verifies(database_url: str) -> None:
    async with sending(database_url) as service:
        subscription = service.subscribe()
        position = service.happens("D-1")
        await service.settle()
        [notice] = service.receiver.received
        read = notice.verified_by(service.secrets[subscription])
    assert read["type"] == "sla.alarm-closed"
    assert read["timestamp"] == "2026-08-03T01:00:00Z"
    assert read["data"]["position"] == position
    assert read["data"]["stream"] == {"kind": "clocks", "key": "D-1"}
    assert read["data"]["data"]["dossier"] == "D-1"
    assert notice.id == f"msg_{subscription}_{position}"
    assert service.receiver.positions == [position]


async def test_a_notice_that_was_changed_on_the_way_does_not_verify(database_url: str) -> None:
    async with sending(database_url) as service:
        subscription = service.subscribe()
        service.happens("D-1")
        await service.settle()
        [notice] = service.receiver.received
        changed = Received(
            notice.id, notice.headers, notice.body.replace(b"D-1", b"D-2"), notice.at
        )
        with pytest.raises(WebhookVerificationError):
            changed.verified_by(service.secrets[subscription])


async def test_only_what_was_asked_for_is_sent(database_url: str) -> None:
    async with sending(database_url) as service:
        service.subscribe("province", "sla.breached", "paper.*")
        service.happens("D-1", "D-2")
        await service.settle()
        assert service.receiver.received == []
        service.subscribe("province", "sla.*")
        position = service.happens("D-3")
        await service.settle()
        assert service.receiver.positions == [position]


async def test_what_was_before_the_subscription_is_not_sent(database_url: str) -> None:
    async with sending(database_url) as service:
        service.happens("D-1")
        service.subscribe()
        later = service.happens("D-2")
        await service.settle()
        assert service.receiver.positions == [later]


async def test_each_subscription_is_told_by_itself(database_url: str) -> None:
    async with sending(database_url) as service:
        ids = {service.subscribe() for _ in range(3)}
        service.happens("D-1")
        await service.settle()
        told = {
            each.id.removeprefix("msg_").rpartition("_")[0]: each
            for each in service.receiver.received
        }
        assert told.keys() == ids
        for subscription, each in told.items():
            each.verified_by(service.secrets[subscription])


async def test_what_was_delivered_is_not_sent_again(database_url: str) -> None:
    async with sending(database_url) as service:
        service.subscribe()
        service.happens("D-1", "D-2")
        await service.settle()
        service.clock.forward(DAY)
        await service.settle()
        assert len(service.receiver.received) == 2
        assert service.waiting() == 0
        assert service.attempts() == [(1, "delivered", "200"), (1, "delivered", "200")]


# --- order ---


async def test_the_notices_of_a_dossier_come_in_the_order_of_the_log(database_url: str) -> None:
    async with sending(database_url) as service:
        dice = Random(3)
        service.receiver.says = lambda _: asyncio.sleep(dice.random() / 200, 200)
        service.subscribe()
        service.happens(*(f"D-{dice.randrange(20)}" for _ in range(400)))
        await service.settle()
        by_dossier: dict[str, list[int]] = {}
        for each in service.receiver.received:
            by_dossier.setdefault(each.dossier, []).append(each.position)
        assert len(service.receiver.received) == 400
        assert all(one < other for told in by_dossier.values() for one, other in pairwise(told))
        assert service.receiver.positions != sorted(service.receiver.positions)
        assert 1 < service.receiver.most_at_once <= 32


async def test_a_stuck_dossier_holds_its_own_notices_and_no_others(database_url: str) -> None:
    async with sending(database_url) as service:
        service.receiver.says = failing("STUCK")
        service.subscribe()
        service.happens("STUCK", "D-1", "STUCK", "D-2", "D-1")
        await service.settle()
        assert Counter(each.dossier for each in service.receiver.received) == {
            "STUCK": 1, "D-1": 2, "D-2": 1,
        }  # fmt: skip
        service.receiver.says = lambda _: 200
        service.clock.forward(LADDER[0])
        await service.settle()
        stuck = [each.position for each in service.receiver.received if each.dossier == "STUCK"]
        assert stuck == [2, 2, 4]


async def test_an_event_of_two_dossiers_waits_for_both(database_url: str) -> None:
    async with sending(database_url) as service:
        service.receiver.says = failing("A")
        subscription = service.subscribe()
        service.happens("A")
        await service.settle()
        service.happens("B", "B")
        # As a handover of papers of both would be planned; an alarm names one dossier only.
        service.change(
            lambda cursor: cursor.execute(
                "INSERT INTO notice VALUES (%s, 3, 1, '{A,B}', 0, %s), (%s, 4, 1, '{B}', 0, %s)",
                [subscription, service.clock(), subscription, service.clock()],
            )
        )
        before = len(service.receiver.received)
        assert await service.deliverer.turn() == 0
        assert len(service.receiver.received) == before
        service.receiver.says = lambda _: 200
        service.clock.forward(LADDER[0])
        while await service.deliverer.turn():
            pass
        assert service.receiver.positions[before:] == [2, 3, 4]


# --- trying again ---


async def test_a_notice_climbs_the_whole_ladder_under_one_id(database_url: str) -> None:
    async with sending(database_url) as service:
        service.receiver.says = lambda _: 500
        await service.happens_to_a_party("D-1")
        await service.settle()
        for rung, pause in enumerate(LADDER, start=1):
            service.clock.forward(pause - timedelta(seconds=1))
            await service.settle()
            assert len(service.receiver.received) == rung
            service.clock.forward(timedelta(seconds=1))
            await service.settle()
            assert len(service.receiver.received) == rung + 1
        assert len({each.id for each in service.receiver.received}) == 1
        assert len({each.headers["webhook-timestamp"] for each in service.receiver.received}) == 10
        assert [number for number, *_ in service.attempts()] == list(range(1, 11))


def test_the_ladder_is_as_promised_and_its_jitter_is_a_fifth() -> None:
    promised = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
    assert [pause.total_seconds() for pause in LADDER] == promised
    dice = Random(7)
    for attempts, seconds in enumerate(promised, start=1):
        drawn = [pause_after(attempts, dice).total_seconds() / seconds for _ in range(200)]
        assert 0.8 <= min(drawn) < 0.85
        assert 1.15 < max(drawn) <= 1.2


@pytest.mark.parametrize("status", [300, 302, 400, 401, 404, 429, 500, 503])
async def test_whatever_is_not_2xx_is_tried_again(database_url: str, status: int) -> None:
    async with sending(database_url) as service:
        answers = iter([status, 204])
        service.receiver.says = lambda _: next(answers)
        service.subscribe()
        service.happens("D-1")
        await service.settle()
        service.clock.forward(LADDER[0])
        await service.settle()
        assert service.attempts() == [(1, "failed", str(status)), (2, "delivered", "204")]


async def test_a_redirect_leads_nowhere(database_url: str) -> None:
    async with sending(database_url) as service:
        moved = web.Response(status=307, headers={"Location": service.receiver.url})
        service.receiver.says = lambda _: moved
        service.subscribe()
        service.happens("D-1")
        await service.settle()
        assert len(service.receiver.received) == 1


async def test_an_endpoint_that_is_not_there_or_hangs_or_is_private_is_told_apart(
    database_url: str,
) -> None:
    async with sending(database_url, timeout_seconds=0.2) as service:
        service.receiver.says = lambda _: asyncio.sleep(60, 200)
        service.subscribe()
        service.subscribe(url="http://127.0.0.1:1/in")
        service.subscribe(url="https://localhost.localdomain.invalid/in")
        service.subscribe(url="https://169.254.169.254/in")
        service.subscribe(url="http://[::1]/in")
        service.happens("D-1")
        await service.settle()
        assert Counter(what for *_, what in service.attempts()) == {
            "timed-out": 1, "no-answer": 2, "address-refused": 2,
        }  # fmt: skip


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True])
async def test_an_endpoint_that_asks_to_be_left_alone_is(
    database_url: str, status: int, as_date: bool
) -> None:
    async with sending(database_url) as service:
        at = service.clock() + timedelta(minutes=2)
        said = format_datetime(at, usegmt=True) if as_date else "120"
        service.receiver.says = lambda _: web.Response(status=status, headers={"Retry-After": said})
        service.subscribe()
        service.happens("D-1")
        await service.settle()
        service.receiver.says = lambda _: 200
        service.happens("D-2")
        service.clock.forward(timedelta(seconds=118))
        await service.settle()
        assert len(service.receiver.received) == 1
        service.clock.forward(timedelta(seconds=2))
        await service.settle()
        assert [each.dossier for each in service.receiver.received] == ["D-1", "D-1", "D-2"]


async def test_a_wish_to_be_left_alone_for_good_lasts_a_day(database_url: str) -> None:
    async with sending(database_url) as service:
        service.receiver.says = lambda _: web.Response(
            status=503, headers={"Retry-After": "9" * 30}
        )
        service.subscribe()
        service.happens("D-1")
        await service.settle()
        service.receiver.says = lambda _: 200
        service.clock.forward(DAY)
        await service.settle()
        assert service.waiting() == 0


async def test_a_wish_that_nobody_can_read_is_passed_over(database_url: str) -> None:
    async with sending(database_url) as service:
        service.receiver.says = lambda _: web.Response(
            status=503, headers={"Retry-After": "mai nhé"}
        )
        service.subscribe()
        service.happens("D-1")
        await service.settle()
        service.receiver.says = lambda _: 200
        service.clock.forward(LADDER[0])
        await service.settle()
        assert service.waiting() == 0


# --- the circuit breaker ---


async def test_after_ten_failures_in_a_row_one_notice_at_a_time_probes(database_url: str) -> None:
    async with sending(database_url) as service:
        service.receiver.says = lambda _: 500
        service.subscribe()
        service.happens(*(f"D-{number}" for number in range(100)))
        await service.settle()
        burst = len(service.receiver.received)
        assert 10 <= burst <= 41  # The answers may come one by one, and nine of them close nothing.
        pauses = []
        for _ in range(9):
            left = service.clock()
            while len(service.receiver.received) == burst:
                service.clock.forward(timedelta(seconds=1))
                await service.settle()
            burst += 1
            assert len(service.receiver.received) == burst
            pauses.append((service.clock() - left).total_seconds())
        assert pauses == [5, 10, 20, 40, 80, 160, 320, 600, 600]


def test_the_pauses_between_probes_grow_to_ten_minutes() -> None:
    dice = Random(1)
    assert all(4 <= pause_of_probes(10, dice).total_seconds() <= 6 for _ in range(50))
    assert all(480 <= pause_of_probes(10_000, dice).total_seconds() <= 720 for _ in range(50))


async def test_a_success_closes_the_circuit_and_nothing_waits_for_its_rung(
    database_url: str,
) -> None:
    async with sending(database_url) as service:
        service.receiver.says = lambda _: 500
        service.subscribe()
        service.happens(*(f"D-{number}" for number in range(100)))
        await service.settle()
        service.receiver.says = lambda _: 200
        service.clock.forward(timedelta(seconds=6))
        await service.settle()
        assert service.waiting() == 0


async def test_one_endpoint_that_is_down_holds_no_other(database_url: str) -> None:
    async with sending(database_url, timeout_seconds=1.0) as service:
        service.receiver.says = lambda _: 200
        service.subscribe(url="http://127.0.0.1:1/in")
        service.subscribe()
        service.happens(*(f"D-{number}" for number in range(100)))
        await service.settle()
        assert len(service.receiver.received) == 100


# --- the end of the ladder ---


async def fail_to_the_end(service: Sending) -> None:
    """Let so much time pass that no rung is left."""
    await service.settle()
    for _ in LADDER:
        service.clock.forward(DAY)
        await service.settle()


async def test_a_partys_notice_is_given_up_after_the_last_rung_and_shown(
    database_url: str,
) -> None:
    async with sending(database_url) as service:
        service.receiver.says = failing("D-1", status=503)
        subscription = await service.happens_to_a_party("D-1", "D-2", "D-1")
        await fail_to_the_end(service)
        given_up = [each for each in service.attempts() if each[1] == "given-up"]
        assert given_up == [(10, "given-up", "503")]
        # What follows of its dossier is tried from then on.
        assert len({each.id for each in service.receiver.received}) == 3
        assert service.waiting() == 1
        assert service.state(subscription) == "active"
        assert service.told("subscription.paused") == 0


async def test_the_provinces_endpoint_is_paused_and_nothing_of_it_is_dropped(
    database_url: str,
) -> None:
    async with sending(database_url) as service:
        subscription = service.subscribe("province", "sla.*")
        service.receiver.says = lambda _: 503
        service.happens("D-1")
        await fail_to_the_end(service)
        assert service.state(subscription) == "paused"
        assert service.told("subscription.paused") == 1
        service.happens("D-1", "D-2")
        service.clock.forward(DAY)
        await service.settle()
        assert service.told("subscription.paused") == 1
        assert service.waiting() == 3
        assert service.state(subscription) == "paused"


async def test_the_next_success_resumes_the_province(database_url: str) -> None:
    async with sending(database_url) as service:
        subscription = service.subscribe("province", "sla.*")
        service.receiver.says = lambda _: 503
        service.happens("D-1")
        await fail_to_the_end(service)
        last = service.happens("D-1", "D-2")
        service.receiver.says = lambda _: 200
        service.clock.forward(timedelta(minutes=13))
        await service.settle()
        assert service.state(subscription) == "active"
        assert service.told("subscription.resumed") == 1
        assert service.waiting() == 0
        assert {2, last - 1, last} <= set(service.receiver.positions)


async def test_whoever_asks_to_go_on_has_the_whole_ladder_again(database_url: str) -> None:
    async with sending(database_url) as service:
        subscription = service.subscribe("province", "sla.*")
        service.receiver.says = lambda _: 503
        service.happens("D-1")
        await fail_to_the_end(service)
        service.change(subscriptions.resume, subscription, service.clock())
        service.receiver.received.clear()
        await service.settle()
        assert len(service.receiver.received) == 1
        [(attempts,)] = service.rows("SELECT attempts FROM notice")
        assert attempts == 1


async def test_a_party_that_says_gone_is_sent_nothing_more_until_it_asks(
    database_url: str,
) -> None:
    async with sending(database_url) as service:
        service.receiver.says = lambda _: 410
        subscription = await service.happens_to_a_party("D-1", "D-1")
        await service.settle()
        service.clock.forward(DAY)
        await service.settle()
        assert service.state(subscription) == "disabled"
        assert len(service.receiver.received) == 1
        service.receiver.says = lambda _: 200
        service.change(subscriptions.resume, subscription, service.clock())
        await service.settle()
        assert len(service.receiver.received) == 3


async def test_the_province_that_says_gone_is_sent_everything_all_the_same(
    database_url: str,
) -> None:
    async with sending(database_url) as service:
        service.receiver.says = lambda _: 410
        subscription = service.subscribe()
        service.happens("D-1")
        await service.settle()
        assert service.state(subscription) == "active"
        assert service.waiting() == 1


# --- rotation, replay ---


async def test_for_a_day_both_secrets_sign_and_then_the_new_one_only(database_url: str) -> None:
    async with sending(database_url) as service:
        subscription = service.subscribe()
        old, new = service.secrets[subscription], "whsec_" + "bmV3" * 10
        started = service.clock()
        service.change(subscriptions.rotate, service.parts.vault, subscription, new, started)
        service.happens("D-1")
        await service.settle()
        [both] = service.receiver.received
        assert both.verified_by(old) == both.verified_by(new)
        service.change(subscriptions.rotate, service.parts.vault, subscription, new, started - DAY)
        service.happens("D-2")
        await service.settle()
        only_new = service.receiver.received[-1]
        only_new.verified_by(new)
        with pytest.raises(WebhookVerificationError):
            only_new.verified_by(old)


async def test_a_replay_sends_again_under_the_same_ids_and_in_order(database_url: str) -> None:
    async with sending(database_url) as service:
        subscription = service.subscribe()
        service.happens("D-1", "D-2", "D-1", "D-1")
        await service.settle()
        first = {each.position: each.id for each in service.receiver.received}
        service.receiver.received.clear()
        service.change(subscriptions.replay, subscription, 2)
        await service.settle()
        assert sorted(service.receiver.positions) == [3, 4, 5]
        assert [each.position for each in service.receiver.received if each.dossier == "D-1"] == [
            4,
            5,
        ]
        assert {
            each.position: each.id for each in service.receiver.received
        }.items() <= first.items()


async def test_a_replay_of_what_still_waits_sends_it_once(database_url: str) -> None:
    async with sending(database_url) as service:
        service.receiver.says = lambda _: 500
        subscription = service.subscribe()
        service.happens("D-1", "D-2", "D-3")
        await service.settle()
        service.receiver.received.clear()
        service.receiver.says = lambda _: 200
        service.change(subscriptions.replay, subscription, 3)
        service.clock.forward(LADDER[0])
        await service.settle()
        assert sorted(service.receiver.positions) == [2, 3, 4]
        assert service.waiting() == 0


async def test_a_replay_of_the_future_changes_nothing(database_url: str) -> None:
    async with sending(database_url) as service:
        subscription = service.subscribe()
        service.change(subscriptions.replay, subscription, 4_000)
        position = service.happens("D-1")
        await service.settle()
        assert service.receiver.positions == [position]


async def test_nothing_goes_to_what_was_deleted(database_url: str) -> None:
    async with sending(database_url) as service:
        service.receiver.says = lambda _: 500
        subscription = service.subscribe()
        service.happens("D-1")
        await service.settle()
        service.change(subscriptions.delete, subscription, service.clock())
        service.happens("D-2")
        service.clock.forward(DAY)
        await service.settle()
        assert len(service.receiver.received) == 1
        assert service.waiting() == 0


# --- restarts and retention ---


async def test_an_endpoint_that_was_down_is_still_probed_only_after_a_restart(
    database_url: str,
) -> None:
    async with sending(database_url) as service:
        service.receiver.says = lambda _: 500
        service.subscribe()
        service.happens(*(f"D-{number}" for number in range(100)))
        await service.settle()
        before = len(service.receiver.received)
        service.deliverer.start_over()
        await service.settle()
        assert len(service.receiver.received) == before
        service.clock.forward(timedelta(seconds=5))
        await service.settle()
        assert len(service.receiver.received) == before + 1


async def test_a_notice_whose_event_cannot_be_told_holds_no_other(database_url: str) -> None:
    async with sending(database_url) as service:
        service.subscribe()
        last = service.happens("D-1", "D-2")
        await service.plan()
        service.rows(
            "UPDATE stored_events SET topic = 'sla.unheard-of' WHERE notification_id = %s"
            " RETURNING notification_id",
            [last - 1],
        )
        while await service.deliverer.turn():
            pass
        assert service.receiver.positions == [last]
        assert sorted(service.attempts()) == [(1, "delivered", "200"), (1, "failed", "fault")]


async def test_attempts_are_forgotten_after_their_time(database_url: str) -> None:
    async with sending(database_url) as service:
        service.subscribe()
        service.happens("D-1")
        await service.settle()
        service.change(forget_attempts, service.clock() - DAY)
        assert len(service.attempts()) == 1
        service.change(forget_attempts, service.clock() + DAY)
        assert service.attempts() == []
