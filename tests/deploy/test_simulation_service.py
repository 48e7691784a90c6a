"""How the simulation speaks to a service that is busy, refuses, or is not there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from deploy.simulation.service import Service
from deploy.simulation.traffic import connected, secret_in
from logistics.errors import Refused, Unavailable


class FakeService:
    """Answers from a list, one after the other, and remembers what it was asked."""

    def __init__(self, *answers: web.Response) -> None:
        self._answers = list(answers)
        self.keys: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        if request.path == "/healthz":
            return web.Response()
        self.keys.append(request.headers["Idempotency-Key"])
        return self._answers.pop(0)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Service]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        async with TestServer(app) as server, connected(str(server.make_url("/"))) as service:
            yield service


async def test_a_busy_service_is_asked_again_with_the_same_idempotency_key() -> None:
    busy = [web.Response(status=status, headers={"Retry-After": "0"}) for status in (429, 503)]
    fake = FakeService(*busy, web.json_response({"position": 7}, status=201))
    async with fake.running() as service:
        assert await service.write("key", "/v1/parties", {}, "once") == {"position": 7}
        assert service.sent_again == 2
    assert fake.keys == ["once", "once", "once"]


async def test_a_refusal_is_told_by_its_code_and_not_sent_again() -> None:
    problem = {"code": "on-offer", "detail": "Paper P1 is on offer already.", "status": 409}
    fake = FakeService(web.json_response(problem, status=409))
    async with fake.running() as service:
        with pytest.raises(Refused, match="on-offer"):
            await service.write("key", "/v1/handovers", {})
    assert len(fake.keys) == 1


async def test_every_write_without_a_key_of_its_own_gets_another() -> None:
    fake = FakeService(*(web.json_response({"position": n}, status=201) for n in (1, 2)))
    async with fake.running() as service:
        await service.write("key", "/v1/parties", {})
        await service.write("key", "/v1/parties", {})
    assert len(set(fake.keys)) == 2


async def test_a_service_that_is_not_there_is_told_at_once() -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        async with connected(f"http://127.0.0.1:{unused_port()}"):
            pass


@pytest.mark.parametrize("hook", ["/hooks/ghn/s3cret", "/hooks/ghtk?hash=s3cret"])
def test_the_secret_of_a_carrier_is_read_from_its_path(hook: str) -> None:
    assert secret_in(hook) == "s3cret"
