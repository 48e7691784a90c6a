"""Calls to addresses that others gave us: they reach the public internet, and nothing of ours.

A name says nothing about where it leads, and may lead elsewhere a second later. So the address is
judged when a socket is made for it, which is the one that is really connected to. The cloud's
metadata, private networks and every way of writing an IPv4 address within an IPv6 one are refused.
"""

import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    InvalidURL,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver
from yarl import URL

from logistics.errors import AddressRefused, NoAnswer

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

TIMEOUT_SECONDS: Final = 15.0
REPLY_LIMIT_BYTES: Final = 65_536

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")  # Everything else of IPv6 has a special use.
_LEADING_ELSEWHERE: Final = tuple(
    ip_network(each)
    for each in (
        "192.0.0.0/24",  # Protocol assignments, some of which Python calls global.
        "192.88.99.0/24",  # 6to4 relays.
        "2001::/23",  # Teredo and other protocol assignments.
        "2002::/16",  # 6to4: an IPv4 address within.
        "3ffe::/16",  # The first experiment with IPv6, given back.
        "3fff::/20",  # Documentation, newer than Python 3.11.
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the other side answered; a redirect is an answer like any other."""

    status: int
    headers: Mapping[str, str]  # Names in any case.
    body: bytes
    is_cut: bool  # The body was longer than the limit, and ends there.


class Session:
    """Calls out, keeping connections; made by `open_session`."""

    def __init__(self, secure: ClientSession, plain: ClientSession, reply_limit_bytes: int) -> None:
        self._secure = secure
        self._plain = plain
        self._limit = reply_limit_bytes

    async def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request and read the reply, whatever its status.

        Raises `AddressRefused` when the URL leads where no call may go, and `NoAnswer` when
        nothing came back in time, or nothing that can be understood.
        """
        try:
            session = self._secure if URL(url).scheme == "https" else self._plain
            async with session.request(
                method, url, data=body, headers=headers, allow_redirects=False
            ) as response:
                content, is_cut = await _read(response.content, self._limit)
                return Reply(
                    status=response.status, headers=response.headers, body=content, is_cut=is_cut
                )
        except TimeoutError:
            raise NoAnswer("timed-out", "The other side did not answer in time.") from None
        except InvalidURL:  # Numbers that are read as an address, among others.
            detail = "No call can be made to such a URL."
            raise AddressRefused("invalid-url", detail) from None
        except (ClientError, OSError) as error:
            if isinstance(getattr(error, "os_error", error), _RefusedSocket):
                raise AddressRefused from None
            detail = f"The other side did not answer: {type(error).__name__}."
            raise NoAnswer("no-answer", detail) from error


@asynccontextmanager
async def open_session(
    allowed: Sequence[Network] = (),
    *,
    timeout_seconds: float = TIMEOUT_SECONDS,
    reply_limit_bytes: int = REPLY_LIMIT_BYTES,
    resolver: AbstractResolver | None = None,
) -> AsyncIterator[Session]:
    """Open a session that calls public addresses over https, and `allowed` networks also over http.

    It follows no redirects, keeps no cookies, knows no proxies, and decompresses nothing.
    `timeout_seconds` is for all of a request, from the look-up of the name to the reply's last byte.
    """

    def client(connector: TCPConnector) -> ClientSession:
        return ClientSession(
            connector=connector,
            timeout=ClientTimeout(total=timeout_seconds),
            cookie_jar=DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            headers={"User-Agent": "luanchuyen", "Accept-Encoding": "identity"},
        )

    def connector(*, is_plain: bool) -> TCPConnector:
        return TCPConnector(
            socket_factory=lambda info: _socket(info, allowed, is_plain=is_plain),
            resolver=resolver,
            limit=0,  # How many calls there are at a time is for the caller to say.
        )

    secure, plain = connector(is_plain=False), connector(is_plain=True)
    async with client(secure) as one, client(plain) as other:
        yield Session(one, other, reply_limit_bytes)


def may_be_called(address: Address, allowed: Sequence[Network] = ()) -> bool:
    """Whether an address is public, or in a network that was allowed by name."""
    if is_allowed(address, allowed):
        return True
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False  # Among them IPv4-mapped and NAT64: an IPv4 address within.
    if any(address in network for network in _LEADING_ELSEWHERE):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether an address is in a network that was allowed by name, where http without TLS will do."""
    return any(address in network for network in allowed)


def address_in(host: str) -> Address | None:
    """The address that a host is written as, in any of the ways that a resolver reads; or None."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))  # 127.1, 0x7f000001 and 2130706433 too.
    except (OSError, UnicodeEncodeError):
        return None


class _RefusedSocket(OSError):  # noqa: N818  # It reads as what there is: no socket.
    """No socket is made for this address. Equal words let several of them stay what they are."""

    def __init__(self) -> None:
        super().__init__("address refused")


def _socket(info: Sequence[Any], allowed: Sequence[Network], *, is_plain: bool) -> socket.socket:
    family, kind, protocol, _, place = info
    address = ip_address(place[0])
    may_be = is_allowed if is_plain else may_be_called
    if not may_be(address, allowed):
        raise _RefusedSocket
    return socket.socket(family, kind, protocol)


async def _read(content: Any, limit: int) -> tuple[bytes, bool]:
    read = bytearray()
    async for chunk in content.iter_any():
        read += chunk
        if len(read) > limit:
            return bytes(read[:limit]), True
    return bytes(read), False
