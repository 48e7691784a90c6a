"""The inbox: receipts, stored before they are acknowledged, many by one commit.

Requests put their receipt on a queue and wait. While one batch commits the next one gathers, so a
flush of the disk is shared by whoever came in meanwhile. An advisory lock makes batches commit in the
order of their positions, so that intake, which follows them, skips none. Storing the same push again
is a repeat by its digest, within the insert, so it does not matter which process it came to.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

import orjson
import psycopg
import structlog
from psycopg import AsyncConnection, Cursor
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    Identity,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from logistics.carriers import Push
from logistics.errors import StoreUnavailable, Unavailable
from logistics.personal_data import Vault
from webhooks.lasting_connection import LastingConnection
from webhooks.secrets import Matched

METADATA = MetaData()
RECEIPT = Table(
    "receipt",
    METADATA,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("carrier", Text, nullable=False),
    Column("operators", ARRAY(Text), nullable=False),
    Column("secret_id", Text, nullable=False),
    Column("authentication", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("method", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("body", LargeBinary, nullable=False),  # Sealed: carriers name persons.
    Column("digest", LargeBinary, nullable=False, unique=True),
)

CHANNEL: Final = "luanchuyen_inbox"
_LOCK: Final = 0x6C63_696E_626F_78  # "lcinbox": one batch at a time from insert to commit.

_INSERT: Final = """
INSERT INTO receipt (carrier, operators, secret_id, authentication, received_at, method, query,
    headers, body, digest)
SELECT carrier, string_to_array(operators, ' '), secret_id, authentication, received_at, method,
    query, headers::jsonb, body, digest
FROM unnest(%b::text[], %b::text[], %b::text[], %b::text[], %b::timestamptz[], %b::text[],
    %b::text[], %b::text[], %b::bytea[], %b::bytea[]) AS stored (carrier, operators, secret_id,
    authentication, received_at, method, query, headers, body, digest)
ON CONFLICT (digest) DO NOTHING"""

_Row = tuple[Any, ...]
_Waiting = tuple[_Row, asyncio.Future[None]]
_FORGET: Final = "UPDATE receipt SET body = '' WHERE position = ANY(%b::bigint[])"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Receipt:
    """A push, and whose secret it came with."""

    push: Push
    matched: Matched

    def digest(self) -> bytes:
        """Equal for the same push again: who sent what, not when, and not by which secret."""
        hashed = hashlib.sha256(self.push.carrier.encode())
        for part in (*self.matched.operators, *_pairs(self.push.headers), self.push.query):
            hashed.update(b"\0" + part.encode())
        hashed.update(b"\0\0" + self.push.body)
        return hashed.digest()


class Inbox:
    """Stores receipts; one for each process."""

    def __init__(self, url: str, vault: Vault, *, batch_size: int, queue_limit: int) -> None:
        self._connection = LastingConnection(url)
        self._vault = vault
        self._batch_size = batch_size
        self._queue_limit = queue_limit
        self._waiting: list[_Waiting] = []
        self._some = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._flush_forever())

    async def close(self) -> None:
        """Store what waits, and stop."""
        self._closing = True
        self._some.set()
        if self._task is not None:
            await self._task
        await self._connection.close()

    async def store(self, receipt: Receipt) -> None:
        """Return when the receipt is on disk.

        Raises `Unavailable` when too many wait, and `StoreUnavailable` when the database is away:
        the carrier sends it again, and it is a repeat if it had been stored after all.
        """
        if self._closing or len(self._waiting) >= self._queue_limit:
            raise Unavailable("inbox-full", "Too many pushes wait to be stored; send it again.")
        # The row is made here, so that whatever is wrong with a push is wrong with it alone.
        row = self._row(receipt)
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, stored))
        self._some.set()
        await stored

    async def _flush_forever(self) -> None:
        while not (self._closing and not self._waiting):
            await self._some.wait()
            self._some.clear()
            while self._waiting:
                batch = self._waiting[: self._batch_size]
                del self._waiting[: self._batch_size]
                await self._flush(batch)

    async def _flush(self, batch: Sequence[_Waiting]) -> None:
        started = perf_counter()
        try:
            await self._insert([row for row, _ in batch])
        except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as error:
            _log.warning("inbox-unavailable", receipts=len(batch), error_type=type(error).__name__)
            _settle(batch, StoreUnavailable())
        except Exception as error:  # noqa: BLE001  # The flusher must outlive whatever comes.
            if len(batch) > 1:  # One of them cannot be stored; the others shall not suffer for it.
                for each in batch:
                    await self._flush([each])
                return
            _log.exception("receipt-not-storable")
            _settle(batch, error)
        else:
            _settle(batch, None)
            milliseconds = round((perf_counter() - started) * 1000, 2)
            _log.info("inbox-batch", receipts=len(batch), duration_ms=milliseconds)

    async def _insert(self, rows: Sequence[_Row]) -> None:
        columns = [list(column) for column in zip(*rows, strict=True)]

        async def commit(connection: AsyncConnection[Any]) -> None:
            async with connection.pipeline(), connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
                await connection.execute(_INSERT, columns)
                await connection.execute(f"NOTIFY {CHANNEL}".encode())

        # Storing once more, when the connection is lost in the commit, is a repeat.
        await self._connection.run(commit)

    def _row(self, receipt: Receipt) -> _Row:
        push, matched = receipt.push, receipt.matched
        digest = receipt.digest()
        return (
            push.carrier,
            " ".join(matched.operators),
            matched.secret_id,
            matched.authentication.value,
            push.received_at,
            push.method,
            push.query,
            orjson.dumps(dict(push.headers)).decode(),
            self._vault.seal_bytes(push.body, digest),
            digest,
        )


def _settle(batch: Sequence[_Waiting], fault: Exception | None) -> None:
    """Let go whoever waits for these; those whose carrier has hung up wait no more."""
    for _, stored in batch:
        if stored.done():
            continue
        if fault is None:
            stored.set_result(None)
        else:
            stored.set_exception(fault)


def _pairs(headers: Mapping[str, str]) -> list[str]:
    # The kind of content changes how a body is read, and no carrier changes it when it repeats.
    return [f"{name}={value}" for name, value in sorted(headers.items())]


def forget_bodies(cursor: Cursor[Any], receipts: Sequence[str]) -> None:
    """Erase what carriers wrote in these receipts; that they were received stays on record."""
    cursor.execute(_FORGET, [[int(receipt) for receipt in receipts]])
