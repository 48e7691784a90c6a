"""Calls to addresses that others gave us reach the public internet only, and end (line 21)."""

import asyncio
import socket
from collections.abc import AsyncIterator
from ipaddress import ip_address, ip_network

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from logistics.calling_out import address_in, may_be_called, open_session
from logistics.errors import AddressRefused, NoAnswer

LOOPBACK = [ip_network("127.0.0.1/32")]
REFUSED = {
    "private": "10.0.0.1",
    "another private": "192.168.1.1",
    "one more private": "172.16.0.1",
    "loopback": "127.0.0.1",
    "loopback, version 6": "::1",
    "this host": "0.0.0.0",  # noqa: S104  # Nothing is bound to it.
    "any host, version 6": "::",
    "link-local, where clouds keep metadata": "169.254.169.254",
    "link-local, version 6": "fe80::1",
    "metadata, version 6": "fd00:ec2::254",
    "unique local": "fc00::1",
    "site-local": "fec0::1",
    "carrier's own": "100.64.0.1",
    "benchmarks": "198.18.0.1",
    "protocol assignments": "192.0.0.9",
    "documentation": "203.0.113.1",
    "documentation, version 6": "2001:db8::1",
    "new documentation, version 6": "3fff::1",
    "multicast": "224.0.0.1",
    "multicast, version 6": "ff02::1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "IPv4-mapped": "::ffff:127.0.0.1",
    "IPv4-mapped, public": "::ffff:8.8.8.8",
    "IPv4-compatible": "::127.0.0.1",
    "IPv4-translated": "::ffff:0:127.0.0.1",
    "NAT64": "64:ff9b::7f00:1",
    "NAT64, local": "64:ff9b:1::7f00:1",
    "6to4": "2002:7f00:1::1",
    "6to4 relay": "192.88.99.1",
    "Teredo": "2001:0:7f00:1::1",
}


class Names(AbstractResolver):
    """A name server that says what it was told to, as a hostile one would."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        del family  # They are told whichever was asked for.
        if not self._addresses:
            raise OSError
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        """It holds nothing open."""


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    """Somebody else's server, with every bad manner."""

    async def moved(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/inside"})

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while request.transport is not None:
            await response.write(b"x" * 10_000)
        return response

    async def dripping(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while request.transport is not None:
            await response.write(b".")
            await asyncio.sleep(0.02)
        return response

    async def biscuit(request: web.Request) -> web.Response:
        response = web.Response(text=request.headers.get("Cookie", "none"))
        response.set_cookie("who", "you")
        return response

    async def hung(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async def inside(_: web.Request) -> web.Response:
        return web.Response(text="the secret of the inside")

    app = web.Application()
    for handler in (moved, endless, dripping, biscuit, hung, inside):
        app.router.add_route("*", f"/{handler.__name__}", handler)
    running = TestServer(app, host="127.0.0.1")
    async with running:
        yield running


@pytest.mark.parametrize("address", REFUSED.values(), ids=REFUSED)
async def test_21_a_call_to_an_address_that_is_not_public_is_refused(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    async with open_session() as session:
        for scheme in ("http", "https"):
            with pytest.raises(AddressRefused):
                await session.request("POST", f"{scheme}://{host}/")


@pytest.mark.parametrize("address", REFUSED.values(), ids=REFUSED)
async def test_21_a_name_that_leads_there_is_refused_when_it_is_connected_to(address: str) -> None:
    async with open_session(resolver=Names(address)) as session:
        with pytest.raises(AddressRefused):
            await session.request("POST", "https://hooks.example.vn/")


async def test_a_name_that_leads_to_several_such_addresses_is_refused_too() -> None:
    async with open_session(resolver=Names("10.0.0.1", "::1", "169.254.169.254")) as session:
        with pytest.raises(AddressRefused):
            await session.request("POST", "https://hooks.example.vn/")


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "017700000001", "localhost"])
async def test_another_way_of_writing_it_leads_nowhere_else(host: str) -> None:
    async with open_session() as session:
        with pytest.raises(AddressRefused):
            await session.request("POST", f"https://{host}/")


@pytest.mark.parametrize("address", ["8.8.8.8", "203.162.0.1", "2606:4700::1111", "2405:4800::1"])
def test_a_public_address_may_be_called(address: str) -> None:
    assert may_be_called(ip_address(address))


def test_an_address_is_seen_in_every_way_of_writing_it() -> None:
    for host in ("127.1", "2130706433", "0x7f000001", "127.0.0.1"):
        assert address_in(host) == ip_address("127.0.0.1")
    assert address_in("[::1]") == ip_address("::1")
    assert address_in("hooks.example.vn") is None
    assert address_in("đường.vn") is None


async def test_a_network_that_was_allowed_by_name_is_called_without_tls(server: TestServer) -> None:
    async with open_session(LOOPBACK) as session:
        reply = await session.request("GET", str(server.make_url("/inside")))
    assert (reply.status, reply.body) == (200, b"the secret of the inside")


async def test_a_public_address_is_not_called_without_tls() -> None:
    async with open_session(LOOPBACK, resolver=Names("8.8.8.8")) as session:
        with pytest.raises(AddressRefused):
            await session.request("POST", "http://hooks.example.vn/")


async def test_21_a_redirect_is_an_answer_and_is_not_followed(server: TestServer) -> None:
    async with open_session(LOOPBACK) as session:
        reply = await session.request("POST", str(server.make_url("/moved")), body=b"{}")
    assert reply.status == 302
    assert b"secret" not in reply.body


async def test_21_a_reply_without_end_is_cut(server: TestServer) -> None:
    async with open_session(LOOPBACK, reply_limit_bytes=50_000) as session:
        reply = await session.request("POST", str(server.make_url("/endless")))
    assert (len(reply.body), reply.is_cut) == (50_000, True)


@pytest.mark.parametrize("manner", ["dripping", "hung"])
async def test_21_a_reply_that_takes_too_long_is_no_answer(server: TestServer, manner: str) -> None:
    async with open_session(LOOPBACK, timeout_seconds=0.2) as session:
        with pytest.raises(NoAnswer) as caught:
            await session.request("POST", str(server.make_url(f"/{manner}")))
    assert caught.value.code == "timed-out"


async def test_a_server_that_is_not_there_is_no_answer_and_not_a_refusal() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with open_session(LOOPBACK) as session:
        with pytest.raises(NoAnswer) as caught:
            await session.request("POST", f"http://127.0.0.1:{port}/")
    assert caught.value.code == "no-answer"


async def test_a_name_that_leads_nowhere_is_no_answer() -> None:
    async with open_session(resolver=Names()) as session:
        with pytest.raises(NoAnswer):
            await session.request("POST", "https://hooks.example.vn/")


async def test_cookies_are_not_kept(server: TestServer) -> None:
    async with open_session(LOOPBACK) as session:
        url = str(server.make_url("/biscuit"))
        replies = [await session.request("GET", url) for _ in range(2)]
    assert [reply.body for reply in replies] == [b"none", b"none"]


async def test_a_proxy_in_the_environment_is_passed_over(
    server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9/")
    async with open_session(LOOPBACK) as session:
        reply = await session.request("GET", str(server.make_url("/inside")))
    assert reply.status == 200
