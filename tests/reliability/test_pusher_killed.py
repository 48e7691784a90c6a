"""A pusher that is killed at any moment skips nothing, and the portal ends where the log does."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from random import Random

import pytest

from logistics.dossier import events as dossier
from logistics.identifiers import DossierCode
from logistics.recorded import Event
from tests.support.clocked import AGENCY, at
from tests.support.forked import Forked
from tests.support.provincial import PROGRESS, Pushing, pushing, reception, tell_environment

KILLS = 20
DOSSIERS = 10


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[Pushing]:
    """A service with a portal; another process pushes to it."""
    async with pushing(database_url) as service:
        yield service


def step(number: int, minute: int) -> Event:
    """Steps that no two rows share the time of: suspended and resumed by turns."""
    made = dossier.DossierSuspended if minute % 2 == 0 else dossier.DossierResumed
    return made(
        dossier=DossierCode(f"D-{number}"),
        by_party=AGENCY,
        occurred_at=at(f"2026-08-11T{minute // 60:02}:{minute % 60:02}"),
    )


async def test_killing_the_pusher_loses_no_row_and_keeps_the_order(
    service: Pushing, database_url: str
) -> None:
    dice = Random(8)
    portal = service.portal
    portal.says = lambda _: asyncio.sleep(dice.random() / 100)
    service.happens(*(reception(f"D-{number}") for number in range(DOSSIERS)))
    minutes = [0] * DOSSIERS
    worker = Forked("worker", database_url)
    before = partial(tell_environment, portal.environment())
    worker.start(before)
    for _ in range(KILLS):
        happening = []
        for _ in range(dice.randrange(10, 60)):
            number = dice.randrange(DOSSIERS)
            happening.append(step(number, minutes[number]))
            minutes[number] += 1
        await asyncio.to_thread(service.happens, *happening)
        wanted = len(portal.taken) + dice.randrange(1, len(happening))
        await portal.until(lambda: len(portal.taken) >= wanted)  # noqa: B023  # Awaited here.
        await asyncio.to_thread(worker.kill)
        worker.start(before)
    last = [step(number, minutes[number]) for number in range(DOSSIERS)]
    await asyncio.to_thread(service.happens, *last)
    await portal.until(lambda: all(_is_told(service, n, minutes[n]) for n in range(DOSSIERS)))
    assert await asyncio.to_thread(worker.stop) == 0
    assert service.position() == service.parts.store.last_position()
    assert service.put_aside() == []
    for number in range(DOSSIERS):
        _told_in_order(service, number, minutes[number])


def _rows(service: Pushing, number: int) -> list[str]:
    rows = service.portal.of(f"D-{number}", PROGRESS)
    return [each.record["ThoiDiemXuLy"] for each in rows]


def _time(minute: int) -> str:
    return f"20260811{minute // 60:02}{minute % 60:02}00"


def _is_told(service: Pushing, number: int, minute: int) -> bool:
    return _rows(service, number)[-1:] == [_time(minute)]


def _told_in_order(service: Pushing, number: int, last: int) -> None:
    """Every row came, and for the first time only after the one before it."""
    rows = _rows(service, number)
    assert list(dict.fromkeys(rows)) == ["20260810080000", *map(_time, range(last + 1))]
    assert service.portal.statuses(f"D-{number}")[-1] == ("8", "2")[last % 2]
