"""Partners that go on whatever happens: each sends what it has to say until it is acknowledged."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import orjson
import psycopg

from deploy.administration import connect_carrier, issue_key
from deploy.parts import by_command_line
from logistics.credentials import Role
from logistics.handling import Envelope
from logistics.identifiers import PartyCode
from logistics.party.commands import RegisterParty
from logistics.party.events import PartyKind
from partners import viettelpost
from tests.support.service import parts_of

DESK, AGENCY, OPERATOR = PartyCode("DESK"), PartyCode("AGENCY"), PartyCode("VTP")
ENOUGH_SECONDS = 180.0


@dataclass(slots=True)
class Load:
    """What has been acknowledged. `after` waits for more of it."""

    url: str
    key: str
    hook: str
    pushed: list[str] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    _more: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def after(self, count: int) -> None:
        """Return when so many more have been acknowledged."""
        wanted = self.acknowledged + count
        async with asyncio.timeout(ENOUGH_SECONDS):
            while self.acknowledged < wanted:
                self._more.clear()
                await self._more.wait()

    @property
    def acknowledged(self) -> int:
        return len(self.pushed) + len(self.received)

    async def push_forever(self, session: aiohttp.ClientSession, carrier: int) -> None:
        number = 0
        while True:
            name = f"{carrier}-{number}"
            composed = viettelpost.compose(name, "200", datetime.now(UTC) - timedelta(minutes=1))
            await self._until_taken(session, self.hook, composed.body, composed.headers)
            self.pushed.append(name)
            self._more.set()
            number += 1

    async def receive_forever(self, session: aiohttp.ClientSession, counter: int) -> None:
        number = 0
        while True:
            code = f"D{counter}-{number}"
            headers = {
                "Authorization": f"Bearer {self.key}",
                "Idempotency-Key": code,
                "Content-Type": "application/json",
            }
            await self._until_taken(session, "/v1/dossiers", orjson.dumps(_dossier(code)), headers)
            self.received.append(code)
            self._more.set()
            number += 1

    async def _until_taken(
        self, session: aiohttp.ClientSession, path: str, body: bytes, headers: dict[str, str]
    ) -> None:
        """Send it again as long as nobody answers, or the fault is not ours."""
        while True:
            with suppress(aiohttp.ClientError, TimeoutError, ConnectionError):
                async with session.post(self.url + path, data=body, headers=headers) as answer:
                    await answer.read()
                    if answer.status < 300:
                        return
                    # A client's own fault is never said of one that is ours.
                    assert answer.status in {409, 500, 502, 503, 504}, answer.status
            await asyncio.sleep(0)


@asynccontextmanager
async def steady_load(database_url: str, url: str, partners: int = 4) -> AsyncIterator[Load]:
    """Carriers and a desk that send without end, until the block is left."""
    with parts_of(database_url) as parts:
        for code, kind in (
            (DESK, PartyKind.DESK),
            (AGENCY, PartyKind.AGENCY),
            (OPERATOR, PartyKind.OPERATOR),
        ):
            command = RegisterParty(
                party=code, kind=kind, name=code, commune=None, opening_hours=None,
                occurred_at=datetime.now(UTC),
            )  # fmt: skip
            parts.handling.handle(Envelope(command=command, metadata=by_command_line("test")))
        key = issue_key(parts, DESK, Role.DESK).text
        load = Load(url, key, connect_carrier(parts, "viettelpost", OPERATOR, None))
    timeout = aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        tasks = [
            asyncio.create_task(work(session, number))
            for number in range(partners)
            for work in (load.push_forever, load.receive_forever)
        ]
        try:
            yield load
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def told_once(database_url: str, load: Load) -> None:
    """Everything that was acknowledged is in the log, once."""
    with psycopg.connect(database_url) as connection:
        reported = _counted(connection, "waybill.reported", "'number'")
        received = _counted(connection, "dossier.received", "'dossier'")
    lost = [each for each in load.pushed if each not in reported]
    lost += [each for each in load.received if each not in received]
    doubled = {each: count for each, count in (reported | received).items() if count != 1}
    assert (lost, doubled) == ([], {})


def _counted(connection: psycopg.Connection[Any], name: str, key: str) -> dict[str, int]:
    question = f"""
        SELECT convert_from(state, 'UTF8')::jsonb -> 'data' ->> {key}, count(*)
        FROM stored_events WHERE topic = %s GROUP BY 1"""  # Written above.
    return dict(connection.execute(question.encode(), [name]).fetchall())


def _dossier(code: str) -> dict[str, Any]:
    return {
        "code": code,
        "procedure_code": "1.000001",
        "competent_agency": AGENCY,
        "channel": "desk",
        "non_territorial": False,
        "applicant": {"name": "A", "phone": "0912345678"},
        "papers": [{"name": "Bản chính", "kind": "original", "quantity": 1}],
        "return_to": {"way": "desk"},
    }
