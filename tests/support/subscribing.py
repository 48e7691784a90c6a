"""The grammar of the tests of notices: a subscriber's server, a clock, and what the workers do."""

import asyncio
from asyncio import to_thread
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import orjson
import psycopg
from aiohttp import web
from aiohttp.test_utils import TestServer
from standardwebhooks.webhooks import Webhook

from deploy.parts import Parts
from logistics.clocks.events import AlarmClosed
from logistics.identifiers import PROVINCE, DossierCode
from tests.support.projecting import append
from tests.support.service import parts_of
from webhooks import subscriptions
from webhooks.delivery import Deliverer
from webhooks.notices import Planner
from webhooks.signing import new_secret
from webhooks.subscriptions import NewSubscription

LOOPBACK = "127.0.0.1/32"
ENOUGH_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Received:
    """A notice as its subscriber got it."""

    id: str
    headers: dict[str, str]
    body: bytes
    at: datetime

    @property
    def data(self) -> dict[str, Any]:
        """The event."""
        event: dict[str, Any] = orjson.loads(self.body)["data"]
        return event

    @property
    def position(self) -> int:
        return int(self.data["position"])

    @property
    def dossier(self) -> str:
        return str(self.data["data"]["dossier"])

    def verified_by(self, secret: str) -> dict[str, Any]:
        """What the library of the standard reads, if the signature is right."""
        read: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return read


@dataclass(slots=True)
class Receiver:
    """A subscriber's server. `says` answers a status, or anything that aiohttp can answer."""

    now: Callable[[], datetime]
    says: Callable[[Received], Any] = lambda _: 200
    received: list[Received] = field(default_factory=list)
    url: str = ""
    most_at_once: int = 0
    at_once: int = 0
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.read()
        received = Received(headers["webhook-id"], headers, body, self.now())
        self.received.append(received)
        self._more.set()
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            said = self.says(received)
            if isinstance(said, Awaitable):
                said = await said
        finally:
            self.at_once -= 1
        return said if isinstance(said, web.StreamResponse) else web.Response(status=said)

    async def until(self, enough: Callable[[], bool]) -> None:
        """Wait for notices until there are enough."""
        async with asyncio.timeout(ENOUGH_SECONDS):
            while not enough():
                self._more.clear()
                await self._more.wait()

    @property
    def positions(self) -> list[int]:
        return [each.position for each in self.received]


class Steady(Random):
    """Dice that fall in the middle: pauses are as the ladder says."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


@dataclass(slots=True)
class Clock:
    """A clock that goes on when told."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.at

    def forward(self, by: timedelta) -> None:
        self.at += by


@dataclass(slots=True)
class Sending:
    """A service that sends notices to one receiver, when told."""

    parts: Parts
    receiver: Receiver
    clock: Clock
    planner: Planner
    deliverer: Deliverer
    secrets: dict[str, str] = field(default_factory=dict)

    def subscribe(self, party: str = PROVINCE, *events: str, url: str | None = None) -> str:
        """A subscription from now on; answers its id."""
        number = f"sub_{len(self.secrets):016x}"
        new = NewSubscription(
            id=number,
            party=party,
            sees_everything=party == PROVINCE,
            events=events or ("*",),
            url=url or self.receiver.url,
            description=None,
            secret=new_secret(),
            created_at=self.clock(),
        )
        self.change(subscriptions.insert, self.parts.vault, new)
        self.secrets[number] = new.secret
        return number

    def change(self, work: Callable[..., object], *arguments: Any) -> None:
        """Change a subscription, in a transaction."""
        with psycopg.connect(self.parts.database.url) as connection:
            work(connection.cursor(), *arguments)

    async def happens_to_a_party(self, *dossiers: str) -> str:
        """Something that a party hears of, whose notices are given up in the end.

        Answers its subscription. Who hears of what is another test's business.
        """
        subscription = self.subscribe()
        self.happens(*dossiers)
        await self.plan()
        self.rows("UPDATE subscription SET sees_everything = false RETURNING id")
        return subscription

    def happens(self, *dossiers: str) -> int:
        """Something that is told happens to each of these, in turn; answers the last position."""
        return append(self.parts.store, [alarm_closed(each) for each in dossiers])

    async def settle(self) -> None:
        """Plan and deliver everything that is due."""
        await self.plan()
        while await self.deliverer.turn():
            pass

    async def plan(self) -> None:
        """Plan everything that has happened."""
        await to_thread(self._plan)

    async def plan_elsewhere(self) -> None:
        """Plan a batch as another process would."""
        planner = Planner(self.parts.database.url, self.parts.store, batch_size=7, now=self.clock)
        await to_thread(planner.run_batch)
        planner.close()

    def _plan(self) -> None:
        while self.planner.run_batch():
            pass

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.parts.database.url) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def attempts(self) -> list[tuple[Any, ...]]:
        return self.rows(
            "SELECT number, outcome, coalesce(status::text, failure) FROM notice_attempt ORDER BY id"
        )

    def waiting(self) -> int:
        return int(self.rows("SELECT count(*) FROM notice")[0][0])

    def state(self, subscription: str) -> str:
        [(state,)] = self.rows("SELECT state FROM subscription WHERE id = %s", [subscription])
        return str(state)

    def told(self, name: str) -> int:
        """How many events of a name are in the log."""
        counted = self.rows("SELECT count(*) FROM stored_events WHERE topic = %s", [name])
        return int(counted[0][0])


def alarm_closed(dossier: str) -> AlarmClosed:
    """An event that needs nothing before it."""
    return AlarmClosed(
        dossier=DossierCode(dossier),
        alarm="no-movement:1",
        kind="no-movement",
        cause_position=None,
        occurred_at=datetime(2026, 8, 3, 1, tzinfo=UTC),
    )


@asynccontextmanager
async def receiving_notices(clock: Callable[[], datetime]) -> AsyncIterator[Receiver]:
    """A subscriber's server on loopback."""
    receiver = Receiver(clock)
    app = web.Application()
    app.router.add_post("/in", receiver.receive)
    server = TestServer(app, host="127.0.0.1")
    async with server:
        receiver.url = str(server.make_url("/in"))
        yield receiver


@asynccontextmanager
async def sending(database_url: str, **changes: Any) -> AsyncIterator[Sending]:
    """A service whose notices go to a receiver, by a clock that stands."""
    clock = Clock()
    with parts_of(database_url, calls_to=LOOPBACK) as parts:
        planner = Planner(database_url, parts.store, now=clock)
        given = {"allowed_networks": parts.settings.allowed_networks(), "dice": Steady(), **changes}
        deliverer = Deliverer(database_url, parts.vault, parts.handling, now=clock, **given)
        async with receiving_notices(clock) as receiver:
            try:
                yield Sending(parts, receiver, clock, planner, deliverer)
            finally:
                await deliverer.close()
                planner.close()
