"""The grammar of the carrier tests: a web process that receives, carriers that push, an intake."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from deploy.parts import CARRIERS
from logistics.carriers import Carrier
from logistics.event_store import NewEvent
from logistics.evidence import Source, SourceKind
from logistics.handling import Envelope, Handling
from logistics.identifiers import PROVINCE, PartyCode, WaybillRef
from logistics.personal_data import Vault
from logistics.postgres_event_store import PostgresEventStore
from logistics.recorded import Metadata, Recorded
from logistics.streams import stream_of
from logistics.waybill.events import WaybillReported
from partners import ems, ghn, ghtk, viettelpost, vnpost
from webhooks.inbox import Inbox
from webhooks.intake import Intake
from webhooks.receiving import Receiving
from webhooks.secrets import NewSecret, SecretBook, connect, new_secret

COMPOSE = {
    "viettelpost": viettelpost.compose,
    "vnpost": vnpost.compose,
    "ems": ems.compose,
    "ghn": ghn.compose,
    "ghtk": ghtk.compose,
}
CODE = {"viettelpost": "200", "vnpost": "70", "ems": "4", "ghn": "picked", "ghtk": "3"}
"""A code of each carrier that says it has the consignment."""

OPERATOR = PartyCode("POST")
NOON = datetime(2026, 7, 20, 5, 0, tzinfo=UTC)

Client = TestClient[web.Request, web.Application]
VAULT = Vault([b"a key of thirty-two bytes, tests"])


def connected(url: str, carrier: str, operator: str = OPERATOR, text: str | None = None) -> str:
    """Give a carrier a secret, and answer it."""
    return keep(url, new_secret(carrier, operator, text)).text


def keep(url: str, secret: NewSecret) -> NewSecret:
    with psycopg.connect(url) as connection:
        connect(connection.cursor(), secret, datetime.now(UTC))
    return secret


@asynccontextmanager
async def receiving(
    url: str,
    carriers: Mapping[str, Carrier] = CARRIERS,
    *,
    batch_size: int = 200,
    queue_limit: int = 1_000,
) -> AsyncIterator[Client]:
    """A web process that does nothing but receive."""
    book = SecretBook(url)
    inbox = Inbox(url, VAULT, batch_size=batch_size, queue_limit=queue_limit)
    app = web.Application()
    app.add_routes(Receiving(carriers, book, inbox).routes())

    async def running(_: web.Application) -> AsyncIterator[None]:
        await book.start()
        await inbox.start()
        yield
        await inbox.close()
        await book.close()

    app.cleanup_ctx.append(running)
    async with TestClient(TestServer(app)) as client:
        yield client


async def push(
    client: Client,
    carrier: str,
    secret: str,
    number: str,
    code: str | None = None,
    occurred_at: datetime = NOON,
    **facts: Any,
) -> ClientResponse:
    """One push in the carrier's own format, to the path that we gave to it."""
    headers, query, body = COMPOSE[carrier](number, code or CODE[carrier], occurred_at, **facts)
    path = f"/hooks/{carrier}/{secret}" + (f"?{query}" if query else "")
    return await client.post(path, data=body, headers=headers)


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    """What the database holds."""
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def count(url: str, table: str) -> int:
    return int(rows(url, f"SELECT count(*) FROM {table}")[0][0])  # Our own names.


@dataclass
class Office:
    """What works behind the web: the log, its rules, and an intake of its own."""

    url: str
    store: PostgresEventStore
    handling: Handling
    intake: Intake

    def reports(self, number: str, operator: str = OPERATOR) -> list[WaybillReported]:
        """The reports of a waybill, as the log has them."""
        events = [each.event for each in self.log(number, operator)]
        return [event for event in events if isinstance(event, WaybillReported)]

    def log(self, number: str, operator: str = OPERATOR) -> list[Recorded]:
        stream = WaybillRef(operator=PartyCode(operator), number=number).stream
        return self.store.load([stream])[stream]

    def take_in(self) -> int:
        """Work off the inbox; says how many receipts that were."""
        taken = 0
        while some := self.intake.run_batch():
            taken += some
        return taken

    def let(self, *commands: Any) -> None:
        """Let these happen, each by a request of its own."""
        for command in commands:
            self.handling.handle(Envelope(command=command, metadata=_by_request()))

    def aside(self) -> list[tuple[Any, ...]]:
        """What waits in quarantine: receipt, item, reason."""
        query = (
            "SELECT receipt, item, reason FROM quarantine WHERE resolved_at IS NULL ORDER BY 1, 2"
        )
        return rows(self.url, query)


@contextmanager
def an_office(
    url: str, carriers: Mapping[str, Carrier] = CARRIERS, *, batch_size: int = 500
) -> Iterator[Office]:
    with closing(PostgresEventStore(url)) as store:
        handling = Handling(store)
        intake = Intake(url, store, handling, carriers, VAULT, batch_size=batch_size)
        with closing(intake):
            yield Office(url, store, handling, intake)


def new_events(events: Iterable[Any]) -> list[NewEvent]:
    """Events as somebody else's decision would record them."""
    return [NewEvent(stream=stream_of(each), event=each, metadata=_by_request()) for each in events]


def _by_request() -> Metadata:
    return Metadata(
        recorded_at=NOON + timedelta(minutes=5),
        actor=PROVINCE,
        source=Source(kind=SourceKind.API, id="request-1"),
        correlation_id="request-1",
    )
