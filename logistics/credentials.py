"""Keys that parties act with: `lc_<id>_<secret>`, of which only a digest is stored.

A secret has 256 random bits, so a plain SHA-256 cannot be searched; a slow password hash would only
make every request slow. The functions on a cursor take part in the transaction that records the
matching `party.credential-issued` or `party.credential-revoked`, so log and table never differ.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from psycopg import Cursor
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import Column, DateTime, Index, LargeBinary, MetaData, Table, Text

from logistics.identifiers import PartyCode

METADATA = MetaData()
CREDENTIAL = Table(
    "credential",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("party", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    Index("credential_party", "party"),
)

_KEY: Final = re.compile(r"lc_([a-z0-9]{12})_([A-Za-z0-9_-]{43})", re.ASCII)
_ID_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyz23456789"  # Nothing that looks like another letter.
_NO_DIGEST: Final = bytes(32)

_INSERT: Final = """
INSERT INTO credential (id, party, role, digest, issued_at, revoked_at)
VALUES (%s, %s, %s, %s, %s, %s)
"""

_REVOKE: Final = "UPDATE credential SET revoked_at = %s WHERE id = %s AND revoked_at IS NULL"

_FIND: Final = """
SELECT id, party, role, digest, issued_at, revoked_at FROM credential WHERE id = %s
"""

_LIST: Final = """
SELECT id, party, role, digest, issued_at, revoked_at FROM credential
WHERE %(party)s::text IS NULL OR party = %(party)s
ORDER BY issued_at, id
"""


class Role(StrEnum):
    """What a key lets its party do."""

    DESK = "desk"
    AGENT = "agent"
    AGENCY = "agency"
    OPERATOR = "operator"
    PROVINCE = "province"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """One key as it is stored: everything but the secret."""

    id: str
    party: PartyCode
    role: Role
    digest: bytes
    issued_at: datetime
    revoked_at: datetime | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "role", Role(self.role))  # Rows bring plain text.


@dataclass(frozen=True, slots=True)
class Key:
    """A key as its bearer shows it."""

    id: str
    text: str = field(repr=False)

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.text.encode()).digest()


class Keys(Protocol):
    """Where the keys are looked up."""

    async def find(self, credential_id: str) -> Credential | None: ...


def new_key() -> Key:
    """Make a key; its text is shown once and never stored."""
    credential_id = "".join(secrets.choice(_ID_ALPHABET) for _ in range(12))
    return Key(credential_id, f"lc_{credential_id}_{secrets.token_urlsafe(32)}")


def read_key(text: str) -> Key | None:
    """Read what a caller presented; None when it cannot be a key of ours."""
    match = _KEY.fullmatch(text)
    return Key(match[1], text) if match else None


def credential(key: Key, party: PartyCode, role: Role, issued_at: datetime) -> Credential:
    """Say what is kept of a key."""
    return Credential(id=key.id, party=party, role=role, digest=key.digest, issued_at=issued_at)


def opens(key: Key, found: Credential | None) -> bool:
    """Compare in constant time, and just as long when there is nothing to compare with."""
    same = hmac.compare_digest(key.digest, found.digest if found else _NO_DIGEST)
    return same and found is not None and found.revoked_at is None


def insert(cursor: Cursor[Any], issued: Credential) -> None:
    """Store a key within the caller's transaction."""
    cursor.execute(
        _INSERT,
        [
            issued.id,
            issued.party,
            issued.role.value,
            issued.digest,
            issued.issued_at,
            issued.revoked_at,
        ],
    )


def revoke(cursor: Cursor[Any], credential_id: str, revoked_at: datetime) -> bool:
    """Make a key open nothing, in the caller's transaction; False if it opened nothing before."""
    cursor.execute(_REVOKE, [revoked_at, credential_id])
    return cursor.rowcount == 1


def find(cursor: Cursor[Any], credential_id: str) -> Credential | None:
    """Look one key up."""
    with cursor.connection.cursor(row_factory=class_row(Credential)) as rows:
        rows.execute(_FIND, [credential_id])
        return rows.fetchone()


def list_all(cursor: Cursor[Any], party: PartyCode | None = None) -> Sequence[Credential]:
    """List the keys, of one party or of all, oldest first; revoked ones too."""
    with cursor.connection.cursor(row_factory=class_row(Credential)) as rows:
        rows.execute(_LIST, {"party": party})
        return rows.fetchall()


class StoredKeys:
    """The keys in PostgreSQL: one indexed query a look-up, so a revocation holds at once."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool

    async def find(self, credential_id: str) -> Credential | None:
        async with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=class_row(Credential)) as cursor,
        ):
            await cursor.execute(_FIND, [credential_id])
            return await cursor.fetchone()
