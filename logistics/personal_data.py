"""Names, numbers, addresses and free text: sealed beside the log, and gone when they have to go.

An event holds a random reference, the table `sealed` the encrypted value behind it. Facts stay for
good and personal data does not (Luật BVDLCN 91/2025): erasing deletes rows here, and every event
stays as readable as it was. Whoever has the database and not the keys has nothing.
"""

import hashlib
import os
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import AsyncConnection, Cursor
from psycopg.rows import tuple_row
from sqlalchemy import Column, DateTime, Index, LargeBinary, MetaData, Table, Text, func

from logistics.errors import CannotOpen
from logistics.identifiers import SealedRef

SEALED: Final = Table(
    "sealed",
    MetaData(),
    Column("ref", Text, primary_key=True),
    Column("subject", Text, nullable=False),  # The stream it was said of, as `kind:key`.
    Column("kind", Text, nullable=False),  # person, address or text.
    Column("ciphertext", LargeBinary, nullable=False),
    Column("sealed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("sealed_subject", "subject"),
)

_INSERT: Final = """
INSERT INTO sealed (ref, subject, kind, ciphertext)
SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::bytea[])"""
_FETCH: Final = "SELECT ref, subject, kind, ciphertext FROM sealed WHERE ref = ANY(%b::text[])"
_ERASE: Final = """
DELETE FROM sealed WHERE subject = ANY(%b::text[]) OR ref = ANY(%b::text[])"""

_KEY_ID_BYTES: Final = 4
_NONCE_BYTES: Final = 12
_HEAD_BYTES: Final = _KEY_ID_BYTES + _NONCE_BYTES

Value = Mapping[str, str | None] | str


@dataclass(frozen=True, slots=True)
class SealedItem:
    """A sealed value, as it lies in the table."""

    ref: SealedRef
    subject: str
    kind: str
    ciphertext: bytes


class Vault:
    """Seals with the first of its keys (32 bytes each), and opens what any of them has sealed.

    AES-256-GCM: `key id | nonce | ciphertext and tag`. Nonces are random, so one key is good for
    2^32 seals (NIST SP 800-38D 8.3); a new key in front of the old ones starts afresh.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise ValueError("a vault needs a key")
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        if len(self._ciphers) != len(set(keys)):
            raise ValueError("two of these keys share their id; make another one")
        self._sealing_id = _key_id(keys[0])
        self._encrypt = self._ciphers[self._sealing_id].encrypt

    def seal(self, kind: str, subject: str, value: Value) -> SealedItem:
        """Seal what was said of a stream under a new reference; writes nothing yet."""
        ref = SealedRef(secrets.token_urlsafe(16))
        # The reference is sealed in: a row copied under another one does not open.
        return SealedItem(ref, subject, kind, self.seal_bytes(orjson.dumps(value), ref.encode()))

    def open(self, ref: str, ciphertext: bytes) -> Any:
        """Give the text or the mapping that was sealed; raises `CannotOpen`."""
        return orjson.loads(self.open_bytes(ciphertext, ref.encode()))

    def seal_bytes(self, data: bytes, aad: bytes = b"") -> bytes:
        """Seal bytes; they open with the same `aad` only."""
        nonce = os.urandom(_NONCE_BYTES)
        return self._sealing_id + nonce + self._encrypt(nonce, data, aad)

    def open_bytes(self, ciphertext: bytes, aad: bytes = b"") -> bytes:
        """Open sealed bytes; raises `CannotOpen` if anything about them is not as it was."""
        cipher = self._ciphers.get(ciphertext[:_KEY_ID_BYTES])
        if cipher is None:
            raise CannotOpen
        try:
            return cipher.decrypt(
                ciphertext[_KEY_ID_BYTES:_HEAD_BYTES], ciphertext[_HEAD_BYTES:], aad
            )
        except (InvalidTag, ValueError) as error:  # ValueError: cut too short to be any.
            raise CannotOpen from error


def insert_sealed(cursor: Cursor[Any], items: Sequence[SealedItem]) -> None:
    """Keep sealed values, in the transaction of the events that refer to them."""
    if items:
        rows = [(item.ref, item.subject, item.kind, item.ciphertext) for item in items]
        cursor.execute(_INSERT, [list(column) for column in zip(*rows, strict=True)])


async def fetch(
    connection: AsyncConnection[Any], refs: Collection[str]
) -> dict[SealedRef, SealedItem]:
    """Fetch sealed values in one query; those that were erased, or never were, are left out."""
    async with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
        await cursor.execute(_FETCH, [list(refs)])
        return {SealedRef(row[0]): SealedItem(*row) for row in await cursor.fetchall()}


def fetch_with(cursor: Cursor[Any], refs: Collection[str]) -> dict[SealedRef, SealedItem]:
    """As `fetch`, for those who are not asynchronous; the cursor is binary, and gives tuples."""
    rows = cursor.execute(_FETCH, [list(refs)]).fetchall()
    return {SealedRef(row[0]): SealedItem(*row) for row in rows}


def erase(cursor: Cursor[Any], *subjects: str, refs: Collection[str] = ()) -> int:
    """Erase everything sealed about these streams (`kind:key`), and answer how much that was."""
    cursor.execute(_ERASE, [list(subjects), list(refs)])
    return cursor.rowcount


def _key_id(key: bytes) -> bytes:
    """Tell keys apart in what they sealed; says nothing about the key, which is random."""
    return hashlib.sha256(b"AES-256-GCM\0" + key).digest()[:_KEY_ID_BYTES]
