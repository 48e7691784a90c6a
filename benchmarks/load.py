"""The load generator: a process of its own that writes prepared requests and times their answers.

It parses nothing but the status and the length, because it shares two cores with what it measures.
In a closed loop each connection sends its next request when the last one is answered. In an open loop
requests are due at fixed times, and a late answer counts from when its request was due, so that a
stall is not left out because nobody asked during it.
"""

import asyncio
import multiprocessing
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter, time
from typing import Any

import uvloop

HOST = "127.0.0.1"
GIVE_UP_SECONDS = 120.0


@dataclass(slots=True)
class Answers:
    """What came back: seconds each, in the order of the requests, and how many of which status."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    sent_at: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds


def closed_loop(port: int, requests: Sequence[bytes], connections: int = 64) -> Answers:
    """Send all requests as fast as they are answered."""
    return _in_process(_closed, port, requests, connections)


def open_loop(
    port: int, requests: Sequence[bytes], per_second: float, connections: int = 64
) -> Answers:
    """Send requests at a fixed rate, whatever becomes of them."""
    return _in_process(_opened, port, requests, connections, per_second)


def _in_process(work: Callable[..., Answers], *arguments: Any) -> Answers:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def _closed(port: int, requests: Sequence[bytes], connections: int) -> Answers:
    return uvloop.run(_run(port, requests, connections, None))


def _opened(port: int, requests: Sequence[bytes], connections: int, rate: float) -> Answers:
    return uvloop.run(_run(port, requests, connections, rate))


async def _run(
    port: int, requests: Sequence[bytes], connections: int, rate: float | None
) -> Answers:
    run = _Load(requests, rate)
    loop = asyncio.get_running_loop()
    for _ in range(min(connections, len(requests))):
        await loop.create_connection(lambda: _Connection(run), HOST, port)
    run.begin()
    async with asyncio.timeout(GIVE_UP_SECONDS):
        await run.done.wait()
    run.answers.seconds = perf_counter() - run.began
    return run.answers


class _Load:
    def __init__(self, requests: Sequence[bytes], rate: float | None) -> None:
        self.requests = requests
        self.rate = rate
        self.next = 0
        self.left = len(requests)
        self.idle: deque[_Connection] = deque()
        self.answers = Answers(latencies=[0.0] * len(requests), sent_at=[0.0] * len(requests))
        self.done = asyncio.Event()
        self.began = 0.0

    def begin(self) -> None:
        self.began = perf_counter()
        if self.rate is None:
            while self.idle and self.next < len(self.requests):
                self.idle.popleft().send(perf_counter())
        else:
            self._tick()

    def _tick(self) -> None:
        """Send what has become due, as far as there are connections for it."""
        rate = self.rate or 1.0
        now = perf_counter() - self.began
        while self.idle and self.next < len(self.requests) and self.next / rate <= now:
            self.idle.popleft().send(self.began + self.next / rate)
        if self.next < len(self.requests):
            asyncio.get_running_loop().call_later(0.001, self._tick)

    def answered(self, connection: "_Connection", index: int, due: float, status: int) -> None:
        self.answers.latencies[index] = perf_counter() - due
        self.answers.statuses[status] += 1
        self.left -= 1
        if self.left == 0:
            self.done.set()
        elif self.rate is None and self.next < len(self.requests):
            connection.send(perf_counter())
        else:
            self.idle.append(connection)


class _Connection(asyncio.Protocol):
    def __init__(self, load: _Load) -> None:
        self._load = load
        self._buffer = b""
        self._index = -1
        self._due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._load.idle.append(self)

    def send(self, due: float) -> None:
        load = self._load
        self._index, self._due = load.next, due
        load.answers.sent_at[self._index] = time() - (perf_counter() - due)
        load.next += 1
        self._transport.write(load.requests[self._index])  # type: ignore[attr-defined]  # It writes.

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        _, _, length = head.lower().partition(b"content-length: ")
        if len(body) < int(length.split(b"\r\n", 1)[0]):
            return
        self._buffer = b""
        self._load.answered(self, self._index, self._due, int(head[9:12]))
