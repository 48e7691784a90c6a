"""Sends a plan to a running service: dossiers side by side, each one's acts in their order."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp

from deploy.progress import Report
from deploy.simulation.acts import Ask, Held, Known, Offered
from deploy.simulation.journeys import Journey
from deploy.simulation.plan import Plan, Window, draw_plan
from deploy.simulation.province import OPERATORS, PARTIES, Party, catalogue
from deploy.simulation.service import Service
from deploy.simulation.summary import Summary
from logistics.errors import Refused, Unavailable
from logistics.identifiers import PROVINCE

_SIDE_BY_SIDE = 24
_PATIENCE_SECONDS = 20.0
_REQUEST_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Access:
    """What parties act with: a key each by party, and by carrier the path it pushes to."""

    keys: dict[str, str]
    hooks: dict[str, str]


async def simulate(
    url: str,
    key: str,
    *,
    dossiers: int,
    window: Window,
    seed: int,
    progress: Report,
) -> Summary:
    """Send believable traffic to a running service, with a key of the province.

    Raises `LuanChuyenError` when the service is not there, or does not take the key.
    """
    plan = draw_plan(dossiers=dossiers, seed=seed, window=window)
    async with connected(url) as service:
        access = await admit(service, key, progress)
        traffic = Traffic(service, access, plan, progress)
        await traffic.run()
    return traffic.summary


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Service]:
    """Connections to a service that is there, and not more of them than it can bear."""
    connector = aiohttp.TCPConnector(limit=_SIDE_BY_SIDE)
    timeout = aiohttp.ClientTimeout(total=_REQUEST_SECONDS)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        service = Service(session, url)
        await service.greet()
        yield service


# --- parties ---


async def admit(service: Service, province_key: str, progress: Report) -> Access:
    """Register every party of the province and its procedures, and give each what it acts with."""
    access = Access(keys={PROVINCE: province_key}, hooks={})
    for done, party in enumerate(PARTIES, 1):
        await _register(service, province_key, party)
        if party.code not in access.keys:
            access.keys[party.code] = await new_key(service, province_key, party.code, party.role)
        progress("parties", done, len(PARTIES))
    for carrier, operator in OPERATORS.items():
        path, body = f"/v1/carriers/{carrier}/secrets", {"operator": operator.code}
        access.hooks[carrier] = await _shown_once(service, province_key, path, body, "path")
    await service.write(province_key, "/v1/procedures", catalogue())
    return access


async def _register(service: Service, province_key: str, party: Party) -> None:
    body = {
        "code": party.code,
        "kind": party.kind,
        "name": party.name,
        "commune": party.commune,
        "opening_hours": party.opening_hours,
    }
    await service.write(province_key, "/v1/parties", body)


async def new_key(service: Service, province_key: str, party: str, role: str) -> str:
    """A key for a party."""
    path = f"/v1/parties/{party}/keys"
    return await _shown_once(service, province_key, path, {"role": role}, "key")


async def _shown_once(
    service: Service, province_key: str, path: str, body: dict[str, Any], shown: str
) -> str:
    """Ask for something secret; where the answer that showed it got lost, ask for another."""
    while True:
        if secret := (await service.write(province_key, path, body))[shown]:
            return str(secret)


def secret_in(hook: str) -> str:
    """The secret of a path that was given to a carrier, which shows it in other places too."""
    parts = urlsplit(hook)
    named = [values[0] for values in parse_qs(parts.query).values()]
    return named[0] if named else parts.path.rsplit("/", 1)[-1]


# --- dossiers ---


class Traffic:
    """One plan on its way."""

    def __init__(self, service: Service, access: Access, plan: Plan, progress: Report) -> None:
        self._service = service
        self._access = access
        self._plan = plan
        self._progress = progress
        self._done = 0
        self.summary = Summary(breaches_planned=plan.breaches, alarms_planned=plan.alarms)
        self.known: dict[str, Known] = {}

    async def run(self) -> None:
        """Send everything; what is refused ends its dossier's story, and is counted."""
        started = time.monotonic()
        waiting = iter(self._plan.journeys)
        gone: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(_SIDE_BY_SIDE):
                    group.create_task(self._travel_on(waiting))
        except* Unavailable as group_of_them:
            gone = group_of_them.exceptions[0]
        if gone:
            raise gone
        self.summary.sent_again = self._service.sent_again
        self.summary.seconds = time.monotonic() - started

    async def _travel_on(self, waiting: Iterator[Journey]) -> None:
        for journey in waiting:
            await self._travel(journey)

    async def _travel(self, journey: Journey) -> None:
        known = self.known[journey.code] = Known()
        for place, act in enumerate(journey.acts):
            try:
                if isinstance(act, Ask):
                    await self._ask(act, journey, known, f"{journey.code}.{place}")
                else:
                    hook = self._access.hooks[act.carrier]
                    await self._service.push(hook, act.composed(secret_in(hook)))
            except Refused as refused:
                self.summary.refused[refused.code] += 1
                unsent = len(journey.acts) - place - 1
                self.summary.unsent += unsent
                self._advance(unsent + 1)
                return
            self.summary.acknowledge(act)
            self._advance(1)

    def _advance(self, acts: int) -> None:
        self._done += acts
        self._progress("acts", self._done, self._plan.size)

    async def _ask(self, ask: Ask, journey: Journey, known: Known, idempotency_key: str) -> None:
        if ask.awaits:
            await self._see(ask.awaits, journey, known)
        key = self._access.keys[ask.party]
        path, body = ask.resolved(known)
        known.learn(await self._service.write(key, path, body, idempotency_key))

    async def _see(self, awaited: Offered | Held, journey: Journey, known: Known) -> None:
        """Look until what a carrier has told is to be seen; its push is answered with no position.

        With the province's eyes: an operator does not see a dossier before it takes part in it.
        """
        key, path, pause = self._access.keys[PROVINCE], f"/v1/dossiers/{journey.code}", 0.02
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            transfer = await self._service.read(key, path, at_least=known.position)
            if known.sees(awaited, transfer):
                return
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.5)
        raise Refused("not-seen", f"{journey.code} does not show {awaited}.")
