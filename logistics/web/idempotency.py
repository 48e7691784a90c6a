"""The same write sent twice happens once, and both senders get the same bytes.

A first request takes a lease on its key, and its answer is kept in the transaction that records
its events, which gives the lease back; so there is no moment at which one is known and the other
is not. A refusal is not kept: nothing happened, and a retry is judged afresh. The lease of a holder
that died is free as soon as PostgreSQL has noticed (its backend is gone), and after a minute in any
case; a holder that overslept finds its lease gone and its transaction rolled back.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from psycopg import AsyncConnection, Cursor
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
)

from logistics.errors import IdempotencyMismatch, StillRunning
from logistics.identifiers import PartyCode

METADATA = MetaData()
IDEMPOTENCY = Table(
    "idempotency",
    METADATA,
    Column("party", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_digest", LargeBinary, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("answer", LargeBinary, nullable=False),  # The bytes that were sent, not their meaning.
    Column("position", BigInteger, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("idempotency_created_at", "created_at"),
)
IDEMPOTENCY_RUNNING = Table(
    "idempotency_running",
    METADATA,
    Column("party", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_digest", LargeBinary, nullable=False),
    Column("holder", Text, nullable=False),
    Column("backend", Integer, nullable=False),
    Column("backend_started_at", DateTime(timezone=True), nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
)

LEASE_SECONDS: Final = 60

_TAKE: Final = """
INSERT INTO idempotency_running AS running
    (party, key, request_digest, holder, backend, backend_started_at, started_at)
SELECT %(party)s, %(key)s, %(digest)s, %(holder)s, pid, backend_start, clock_timestamp()
FROM pg_stat_get_activity(pg_backend_pid())
ON CONFLICT (party, key) DO UPDATE
SET request_digest = EXCLUDED.request_digest,
    holder = EXCLUDED.holder,
    backend = EXCLUDED.backend,
    backend_started_at = EXCLUDED.backend_started_at,
    started_at = EXCLUDED.started_at
WHERE running.started_at < clock_timestamp() - make_interval(secs => %(lease_seconds)s)
   OR NOT EXISTS (
        SELECT FROM pg_stat_get_activity(running.backend) AS alive
        WHERE alive.backend_start = running.backend_started_at)
RETURNING holder
"""

_KEPT: Final = """
SELECT request_digest, status, answer, position FROM idempotency
WHERE party = %(party)s AND key = %(key)s
"""

_RUNNING: Final = """
SELECT request_digest FROM idempotency_running WHERE party = %(party)s AND key = %(key)s
"""

_KEEP: Final = """
WITH lease AS (
    DELETE FROM idempotency_running
    WHERE party = %(party)s AND key = %(key)s AND holder = %(holder)s
    RETURNING party, key, request_digest)
INSERT INTO idempotency (party, key, request_digest, status, answer, position, created_at)
SELECT party, key, request_digest, %(status)s, %(answer)s, %(position)s, clock_timestamp()
FROM lease
"""

_ABANDON: Final = """
DELETE FROM idempotency_running
WHERE party = %(party)s AND key = %(key)s AND holder = %(holder)s
"""

_FORGET: Final = "DELETE FROM idempotency WHERE created_at < %s"


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What the first request with a key was answered, to be sent again as it was."""

    status: int
    body: bytes
    position: int


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to be the one request with this key that happens."""

    party: PartyCode
    key: str
    digest: bytes
    holder: str

    def parameters(self) -> dict[str, Any]:
        return {
            "party": self.party,
            "key": self.key,
            "digest": self.digest,
            "holder": self.holder,
        }


class Idempotency:
    """Leases on keys, and the answers kept under them."""

    def __init__(self, pool: AsyncConnectionPool, *, lease_seconds: int = LEASE_SECONDS) -> None:
        self._pool = pool
        self._lease_seconds = lease_seconds

    async def begin(self, party: PartyCode, key: str, digest: bytes) -> Lease | KeptAnswer:
        """Take the lease on a key, or find the answer that was kept under it.

        Raises `StillRunning` while another request holds the lease, and `IdempotencyMismatch`
        when the key was used for another request.
        """
        lease = Lease(party, key, digest, secrets.token_hex(16))
        async with self._pool.connection() as connection:
            taken = await self._take(connection, lease)
            # Asked after the lease is taken: whoever held it until now has committed by then.
            kept = await (await connection.execute(_KEPT, lease.parameters())).fetchone()
            if kept is not None:
                await connection.rollback()
                _same_request(kept[0], digest)
                return KeptAnswer(status=kept[1], body=kept[2], position=kept[3])
            if taken:
                return lease
            running = await (await connection.execute(_RUNNING, lease.parameters())).fetchone()
        if running is not None:
            _same_request(running[0], digest)
        raise StillRunning

    async def abandon(self, lease: Lease) -> None:
        """Give a lease back without an answer; one that is gone already stays gone."""
        async with self._pool.connection() as connection:
            await connection.execute(_ABANDON, lease.parameters())

    async def _take(self, connection: AsyncConnection[Any], lease: Lease) -> bool:
        parameters = {**lease.parameters(), "lease_seconds": self._lease_seconds}
        return await (await connection.execute(_TAKE, parameters)).fetchone() is not None


def keep(cursor: Cursor[Any], lease: Lease, answer: KeptAnswer) -> None:
    """Keep the answer and give the lease back, in the transaction of the events.

    Raises `StillRunning` when the lease was lost meanwhile; the transaction must not commit then.
    """
    cursor.execute(
        _KEEP,
        {
            **lease.parameters(),
            "status": answer.status,
            "answer": answer.body,
            "position": answer.position,
        },
    )
    if cursor.rowcount != 1:
        raise StillRunning


def forget(cursor: Cursor[Any], before: datetime) -> int:
    """Forget the answers kept before a time; their keys may be used again. Says how many."""
    cursor.execute(_FORGET, [before])
    return cursor.rowcount


def request_digest(method: str, path: str, query: str, body: bytes) -> bytes:
    """Tell one request from another: by what it says, not by how its JSON is spaced."""
    return hashlib.sha256(
        b"\0".join([method.encode(), path.encode(), query.encode(), _canonical(body)])
    ).digest()


def _canonical(body: bytes) -> bytes:
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return body  # Nothing, or not JSON: its bytes are what it says.


def _same_request(first: bytes, second: bytes) -> None:
    if first != second:
        raise IdempotencyMismatch
