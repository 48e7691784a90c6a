"""A deliverer that is killed at any moment loses no notice, and repeats none under another id."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from random import Random

import pytest

from tests.support.forked import Forked
from tests.support.subscribing import Receiver, Sending, sending

KILLS = 25
DOSSIERS = 15


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[Sending]:
    """A service with a subscription; its notices are sent by other processes."""
    async with sending(database_url) as service:
        service.clock.at = datetime.now(UTC)
        yield service


def of_each_dossier(receiver: Receiver) -> dict[str, list[int]]:
    """The positions that came of each dossier, in the order in which they came."""
    came: dict[str, list[int]] = {}
    for each in receiver.received:
        came.setdefault(each.dossier, []).append(each.position)
    return came


async def test_killing_the_deliverer_loses_nothing_and_repeats_under_the_same_id(
    service: Sending, database_url: str
) -> None:
    dice = Random(21)
    receiver = service.receiver
    receiver.says = lambda _: asyncio.sleep(dice.random() / 100, 200)
    subscription = service.subscribe("province", "sla.*")
    worker = Forked("worker", database_url)
    worker.start()
    happened = 0
    for _ in range(KILLS):
        count = dice.randrange(20, 120)
        await asyncio.to_thread(
            service.happens, *(f"D-{dice.randrange(DOSSIERS)}" for _ in range(count))
        )
        happened += count
        wanted = len(receiver.received) + dice.randrange(1, count)
        await receiver.until(lambda: len(receiver.received) >= wanted)  # noqa: B023  # Awaited here.
        worker.kill()
        worker.start()
    # The last of each dossier comes when all others of it are on record.
    last = service.happens(*(f"D-{number}" for number in range(DOSSIERS)))
    happened += DOSSIERS
    tail = set(range(last - DOSSIERS + 1, last + 1))
    await receiver.until(lambda: tail <= set(receiver.positions))
    assert len(set(receiver.positions)) == happened
    assert await asyncio.to_thread(worker.stop) == 0  # What is under way is answered meanwhile.
    ids = {each.position: f"msg_{subscription}_{each.position}" for each in receiver.received}
    assert all(each.id == ids[each.position] for each in receiver.received)
    # A notice goes when the one before it is on record, so that even repeats are in order.
    for positions in of_each_dossier(receiver).values():
        assert positions == sorted(positions)
    for each in receiver.received:
        each.verified_by(service.secrets[subscription])
    assert service.waiting() == 0
    delivered = service.rows(
        "SELECT count(DISTINCT position), count(*) FROM notice_attempt WHERE outcome = 'delivered'"
    )
    assert delivered == [(happened, happened)]


async def test_two_workers_send_no_notice_twice(service: Sending, database_url: str) -> None:
    service.subscribe("province", "sla.*")
    workers = [Forked("worker", database_url) for _ in range(2)]
    for worker in workers:
        worker.start()
    for _ in range(10):
        await asyncio.to_thread(service.happens, *(f"D-{number}" for number in range(20)))
    await service.receiver.until(lambda: len(service.receiver.received) >= 200)
    assert [await asyncio.to_thread(worker.stop) for worker in workers] == [0, 0]
    assert len(service.receiver.received) == len(set(service.receiver.positions)) == 200


async def test_planning_again_after_a_crash_plans_nothing_twice(
    service: Sending, database_url: str
) -> None:
    dice = Random(5)
    service.subscribe("province", "sla.*")
    for _ in range(20):
        service.happens(*(f"D-{dice.randrange(5)}" for _ in range(dice.randrange(1, 30))))
        await asyncio.gather(*(service.plan_elsewhere() for _ in range(2)))
    await service.plan()
    planned = service.rows("SELECT count(*), count(DISTINCT position) FROM notice")
    assert planned == [(service.told("sla.alarm-closed"),) * 2]
