"""Secrets that carriers show: which are valid, for which operator, and which one matched.

Only digests are kept. A secret has 128 random bits or more when we make it, so a plain SHA-256 is
enough; a carrier's own may be weaker, which is for the carrier and its party to answer for. Two are
valid at a time, so that one can be replaced without losing a push.
"""

import asyncio
import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection, Cursor
from sqlalchemy import Column, DateTime, Index, LargeBinary, MetaData, Table, Text

from logistics.carriers import Presented
from logistics.errors import StoreUnavailable
from logistics.evidence import Authentication
from webhooks.lasting_connection import LastingConnection

METADATA = MetaData()
WEBHOOK_SECRET = Table(
    "webhook_secret",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("carrier", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("retired_at", DateTime(timezone=True)),
    Index("webhook_secret_carrier", "carrier", "operator"),
)

VALID_AT_A_TIME: Final = 2
REFRESH_SECONDS: Final = 2.0
_LOOK_AGAIN_SECONDS: Final = 0.05

_INSERT: Final = """
INSERT INTO webhook_secret (id, carrier, operator, digest, created_at) VALUES (%s, %s, %s, %s, %s)"""
_RETIRE_OLDER: Final = """
UPDATE webhook_secret SET retired_at = %s WHERE id IN (
    SELECT id FROM webhook_secret
    WHERE carrier = %s AND operator = %s AND retired_at IS NULL
    ORDER BY created_at DESC, id OFFSET %s)
RETURNING id"""
_VALID: Final = """
SELECT carrier, id, operator, digest FROM webhook_secret WHERE retired_at IS NULL"""


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret to keep; its text goes to the carrier and nowhere else."""

    id: str
    carrier: str
    operator: str
    text: str


@dataclass(frozen=True, slots=True)
class Matched:
    """Who a push is from: every operator that this secret is valid for, and how it was shown."""

    operators: tuple[str, ...]
    secret_id: str
    authentication: Authentication


@dataclass(frozen=True, slots=True)
class _Valid:
    id: str
    operator: str
    digest: bytes


def new_secret(carrier: str, operator: str, text: str | None = None) -> NewSecret:
    """Make a secret of 192 random bits, or take the carrier's own."""
    return NewSecret(secrets.token_hex(6), carrier, operator, text or secrets.token_urlsafe(24))


def connect(cursor: Cursor[Any], secret: NewSecret, now: datetime) -> list[str]:
    """Keep a secret, in the caller's transaction; answers those that it retires."""
    digest = _digest(secret.text.encode())
    cursor.execute(_INSERT, [secret.id, secret.carrier, secret.operator, digest, now])
    retire = [now, secret.carrier, secret.operator, VALID_AT_A_TIME]
    return [row[0] for row in cursor.execute(_RETIRE_OLDER, retire)]


class SecretBook:
    """The valid secrets, at hand: checking a push costs no query."""

    def __init__(self, url: str) -> None:
        self._connection = LastingConnection(url)
        self._valid: dict[str, list[_Valid]] = {}
        self._as_of = 0.0  # What was valid at this moment is in the book.
        self._looked_at = 0.0
        self._coming: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        with suppress(StoreUnavailable):
            await self._look_since(time.monotonic())
        self._task = asyncio.create_task(self._keep_looking())

    async def close(self) -> None:
        for task in (self._task, self._coming):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError, psycopg.Error):
                    await task
        await self._connection.close()

    async def match(self, carrier: str, presented: Sequence[Presented]) -> Matched | None:
        """Say whose secret was shown, or None.

        What nobody knows is looked for once more, so that a secret is good from the moment it is
        made. Raises `StoreUnavailable` when that cannot be: nobody is turned away on our fault.
        """
        if not presented:
            return None
        came = time.monotonic()
        matched = self._match(carrier, presented)
        if matched is None:
            await self._look_since(came)
            matched = self._match(carrier, presented)
        return matched

    async def _look_since(self, moment: float) -> None:
        """Wait until the book is as it was at this moment, or later; many share one look."""
        while self._as_of < moment:
            if self._coming is None:
                self._coming = asyncio.ensure_future(self._look_soon())
            try:
                await asyncio.shield(self._coming)
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                raise StoreUnavailable from error

    async def _look_soon(self) -> None:
        try:
            await asyncio.sleep(self._looked_at + _LOOK_AGAIN_SECONDS - time.monotonic())
            await self._look()
        finally:
            self._coming = None

    def _match(self, carrier: str, presented: Iterable[Presented]) -> Matched | None:
        valid = self._valid.get(carrier, ())
        found: Matched | None = None
        for shown in presented:
            digest = _digest(shown.secret)
            # All are compared, whichever is right, so that the time taken says nothing.
            same = [each for each in valid if hmac.compare_digest(each.digest, digest)]
            if same and found is None:
                operators = tuple(sorted({each.operator for each in same}))
                found = Matched(operators, same[0].id, shown.kind)
        return found

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            with suppress(StoreUnavailable):
                await self._look_since(time.monotonic())

    async def _look(self) -> None:
        self._looked_at = moment = time.monotonic()
        rows = await self._connection.run(_valid_secrets)
        valid: dict[str, list[_Valid]] = {}
        for carrier, *rest in rows:
            valid.setdefault(carrier, []).append(_Valid(*rest))
        self._valid, self._as_of = valid, moment


async def _valid_secrets(connection: AsyncConnection[Any]) -> list[tuple[Any, ...]]:
    return await (await connection.execute(_VALID)).fetchall()


def _digest(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()
