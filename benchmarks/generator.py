"""The load: a process of its own that sends prepared requests and says when each was answered.

It shares the processors with what it measures, so it is as cheap as can be: requests are bytes made
beforehand, answers are looked at for their status and length only. A rate is kept by the clock: each
request has a moment at which it is due, and its latency counts from there, so that a server that
stalls is charged for everybody who waited meanwhile (no coordinated omission).
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from time import monotonic
from typing import Final

import uvloop

PATIENCE_SECONDS: Final = 30.0
_LENGTH: Final = b"content-length: "


@dataclass(frozen=True, slots=True)
class Answer:
    """One request by its number; moments are of the clock that all processes share."""

    request: int
    due: float
    answered: float
    status: int

    @property
    def seconds(self) -> float:
        return self.answered - self.due


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it."""

    started: float
    answers: list[Answer]

    @property
    def acknowledged(self) -> list[int]:
        """The requests that were answered 200."""
        return [each.request for each in self.answers if each.status == 200]

    @property
    def per_second(self) -> float:
        good = [each.answered for each in self.answers if each.status == 200]
        return len(good) / (max(good) - self.started) if good else 0.0

    def quantile(self, share: float) -> float:
        """The seconds within which this share of all requests was answered."""
        seconds = sorted(each.seconds for each in self.answers)
        return seconds[min(len(seconds) - 1, int(len(seconds) * share))]


def saturate(
    port: int, requests: Sequence[bytes], *, connections: int = 64, seconds: float = 60.0
) -> Load:
    """Each connection sends its next request when the last is answered, until one thing runs out."""
    return _apart(port, requests, connections, seconds, 0.0)


def at_rate(
    port: int, requests: Sequence[bytes], per_second: float, *, connections: int = 64
) -> Load:
    """Send all requests at a steady rate, whatever the server does."""
    return _apart(port, requests, connections, len(requests) / per_second, per_second)


def _apart(
    port: int, requests: Sequence[bytes], connections: int, seconds: float, per_second: float
) -> Load:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_run, port, requests, connections, seconds, per_second).result()


def _run(
    port: int, requests: Sequence[bytes], connections: int, seconds: float, per_second: float
) -> Load:
    return uvloop.run(_Generator(requests, per_second).run(port, connections, seconds))


class _Generator:
    """Gives requests to idle connections."""

    def __init__(self, requests: Sequence[bytes], per_second: float) -> None:
        self._requests = requests
        self._per_second = per_second
        self._idle: list[_Connection] = []
        self._due: deque[tuple[int, float]] = deque()
        self._answers: list[Answer] = []
        self._next = 0
        self._outstanding = 0
        self._stopped = False
        self._done = asyncio.Event()

    async def run(self, port: int, connections: int, seconds: float) -> Load:
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            await loop.create_connection(lambda: _Connection(self), "127.0.0.1", port)
        started = monotonic()
        if self._per_second:
            await self._keep_rate(started)
        else:
            for connection in [*self._idle]:
                self.idle(connection)
            self._idle.clear()
            loop.call_later(seconds, self._stop)
        async with asyncio.timeout(seconds + PATIENCE_SECONDS):
            await self._done.wait()
        return Load(started, self._answers)

    def connected(self, connection: "_Connection") -> None:
        self._idle.append(connection)

    async def _keep_rate(self, started: float) -> None:
        for number in range(len(self._requests)):
            due = started + number / self._per_second
            early = due - monotonic()
            if early > 0:
                await asyncio.sleep(early)
            self._next = number + 1
            if self._idle:
                self._send(self._idle.pop(), number, due)
            else:
                self._due.append((number, due))

    def idle(self, connection: "_Connection") -> None:
        """Give a connection what it is to do next."""
        if self._per_second:
            if self._due:
                self._send(connection, *self._due.popleft())
            else:
                self._idle.append(connection)
        elif not self._stopped and self._next < len(self._requests):
            number = self._next
            self._next += 1
            self._send(connection, number, monotonic())
        if not self._outstanding and self._next == len(self._requests):
            self._done.set()

    def answered(self, connection: "_Connection", status: int) -> None:
        self._answers.append(Answer(connection.request, connection.due, monotonic(), status))
        self._outstanding -= 1
        self.idle(connection)
        if self._stopped and not self._outstanding:
            self._done.set()

    def _send(self, connection: "_Connection", number: int, due: float) -> None:
        self._outstanding += 1
        connection.send(number, due, self._requests[number])

    def _stop(self) -> None:
        self._stopped = True
        if not self._outstanding:
            self._done.set()


class _Connection(asyncio.Protocol):
    """One connection with one request on it at a time."""

    def __init__(self, generator: _Generator) -> None:
        self._generator = generator
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self.request = 0
        self.due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # It is a socket's.
        self._transport = transport
        self._generator.connected(self)

    def send(self, number: int, due: float, request: bytes) -> None:
        self.request, self.due = number, due
        assert self._transport is not None  # noqa: S101  # Nobody sends before it is there.
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        _, _, length = head.lower().partition(_LENGTH)
        if len(body) >= int(length.partition(b"\r\n")[0] or 0):
            self._received = b""
            self._generator.answered(self, int(head[9:12]))


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A request, ready to be sent."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
