"""The whole service in the test's own process: real HTTP, real PostgreSQL, and work done when told."""

from asyncio import to_thread
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from deploy.administration import connect_carrier, issue_key
from deploy.parts import Parts, open_parts
from deploy.settings import Settings
from deploy.web import make_app
from deploy.working import make_intake
from logistics.credentials import Role
from logistics.identifiers import PROVINCE, PartyCode
from partners.carrier import Composed
from projections.runner import Runner
from projections.sweeper import Sweeper
from projections.views import VIEWS
from webhooks.intake import Intake

MASTER_KEY = "bWFzdGVyIGtleSBvZiB0aGlydHktdHdvIGJ5dGVzISE="
Answer = dict[str, Any]


@dataclass(slots=True)
class RunningService:
    """A service to talk to over HTTP. `settle` does what its workers would do by themselves."""

    parts: Parts
    client: TestClient[web.Request, web.Application]
    intake: Intake
    runner: Runner
    sweeper: Sweeper
    keys: dict[str, str] = field(default_factory=dict)

    async def settle(self) -> int:
        """Work off the inbox and feed every view; answers the position that all have reached."""
        await to_thread(self._work)
        return await to_thread(self.parts.store.last_position)

    def _work(self) -> None:
        while self.intake.run_batch():
            pass
        while self.runner.run_batch():
            pass

    async def sweep(self) -> int:
        """Write down what the clocks have come to by now; answers how many events that was."""
        await self.settle()
        written = await to_thread(self.sweeper.run_batch)
        await self.settle()
        return written

    async def key(self, party: str, role: Role) -> str:
        """A key of a party, issued when first asked for."""
        name = f"{party}/{role}"
        if name not in self.keys:
            key = await to_thread(issue_key, self.parts, PartyCode(party), role)
            self.keys[name] = key.text
        return self.keys[name]

    async def hook(self, carrier: str, operator: str, secret: str | None = None) -> str:
        """The path that a carrier pushes to."""
        return await to_thread(connect_carrier, self.parts, carrier, PartyCode(operator), secret)

    async def send(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        body: Any = None,
        idempotency_key: str | None = None,
        **query: Any,
    ) -> ClientResponse:
        """One request; the answer is read already."""
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        data = None
        if method != "GET":
            headers["Idempotency-Key"] = idempotency_key or uuid4().hex
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = orjson.dumps(body)
        response = await self.client.request(method, path, headers=headers, data=data, params=query)
        await response.read()
        return response

    async def push(self, path: str, composed: Composed) -> ClientResponse:
        """One push of a carrier."""
        query = f"?{composed.query}" if composed.query else ""
        response = await self.client.post(
            path + query, headers=composed.headers, data=composed.body
        )
        await response.read()
        return response

    def acting(self, party: str, role: Role) -> "Acting":
        return Acting(self, party, role)

    @property
    def province(self) -> "Acting":
        return self.acting(PROVINCE, Role.PROVINCE)

    @property
    def auditor(self) -> "Acting":
        return self.acting(PROVINCE, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody who works with the service."""

    service: RunningService
    party: str
    role: Role

    async def writes(self, path: str, body: Any = None, method: str = "POST") -> Answer:
        """A write that is taken."""
        key = await self.service.key(self.party, self.role)
        response = await self.service.send(method, path, key=key, body=body)
        answer: Answer = await response.json()
        assert response.status in {200, 201}, answer
        return answer

    async def reads(self, path: str, **query: Any) -> Answer:
        """A read, once the views have caught up."""
        at_least = await self.service.settle()
        key = await self.service.key(self.party, self.role)
        response = await self.service.send("GET", path, key=key, at_least=at_least, **query)
        answer: Answer = await response.json()
        assert response.status == 200, answer
        return answer

    async def reads_plainly(self, path: str, **query: Any) -> Answer:
        """A read that waits for no view."""
        key = await self.service.key(self.party, self.role)
        response = await self.service.send("GET", path, key=key, **query)
        answer: Answer = await response.json()
        assert response.status == 200, answer
        return answer

    async def is_refused(
        self, path: str, body: Any = None, *, method: str = "POST"
    ) -> tuple[int, str]:
        """The status and the code of a problem."""
        key = await self.service.key(self.party, self.role)
        response = await self.service.send(method, path, key=key, body=body)
        answer = await response.json()
        assert response.content_type == "application/problem+json", answer
        return response.status, answer["code"]


@contextmanager
def parts_of(database_url: str, *, calls_to: str = "", **other: Any) -> Iterator[Parts]:
    """The parts of a service on a test's database; `calls_to` are networks it may call out to."""
    settings = Settings(
        DATABASE_URL=SecretStr(database_url),
        master_key=SecretStr(MASTER_KEY),
        outbound_allowed_networks=calls_to,
        **other,
    )
    with open_parts(settings) as parts:
        yield parts


@asynccontextmanager
async def running_service(
    database_url: str, *, calls_to: str = "", **other: Any
) -> AsyncIterator[RunningService]:
    """A service that answers, on a test's database."""
    with parts_of(database_url, calls_to=calls_to, **other) as parts:
        intake = make_intake(parts)
        runner = Runner(parts.database.url, parts.store, VIEWS)
        sweeper = Sweeper(parts.database.url, parts.store, parts.basis)
        runner.run_batch()  # Makes the views' tables, as a worker does when it starts.
        try:
            async with TestClient(TestServer(make_app(parts))) as client:
                yield RunningService(parts, client, intake, runner, sweeper)
        finally:
            intake.close()
            runner.close()
            sweeper.close()
