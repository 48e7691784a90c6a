"""Receipts, or items of them, that could not be applied: kept with the reason until they can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg import AsyncConnection, Cursor
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, MetaData, Table, Text, text

METADATA = MetaData()
QUARANTINE = Table(
    "quarantine",
    METADATA,
    Column("receipt", BigInteger, primary_key=True),
    Column("item", Integer, primary_key=True),
    Column("carrier", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("quarantined_at", DateTime(timezone=True), nullable=False),
    Column("resolved_at", DateTime(timezone=True)),
    Index("quarantine_open", "receipt", "item", postgresql_where=text("resolved_at IS NULL")),
)

_INSERT: Final = """
INSERT INTO quarantine (receipt, item, carrier, reason, detail, received_at, quarantined_at)
SELECT *, clock_timestamp()
FROM unnest(%b::bigint[], %b::int[], %b::text[], %b::text[], %b::text[], %b::timestamptz[])
ON CONFLICT (receipt, item) DO UPDATE
SET reason = excluded.reason, detail = excluded.detail, resolved_at = NULL"""
_RESOLVE: Final = """
UPDATE quarantine SET resolved_at = clock_timestamp() WHERE receipt = %b AND resolved_at IS NULL"""
_OPEN: Final = """
SELECT receipt, item, carrier, reason, detail, received_at FROM quarantine
WHERE resolved_at IS NULL AND (receipt, item) > (%b, %b) ORDER BY receipt, item LIMIT %b"""
_KNOWN: Final = "SELECT count(*) FROM quarantine WHERE receipt = %b AND item = %b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """One item of a receipt that was set aside; nothing personal is in it."""

    receipt: int
    item: int
    carrier: str
    reason: str
    detail: str
    received_at: datetime

    @property
    def id(self) -> str:
        return f"{self.receipt}.{self.item}"


def read_id(text: str) -> tuple[int, int] | None:
    """The receipt and the item of an id; None when it is none."""
    receipt, dot, item = text.partition(".")
    if not dot or not receipt.isascii() or not item.isascii():
        return None
    if not (receipt.isdigit() and item.isdigit() and len(receipt) <= 18 and len(item) <= 9):
        return None
    return int(receipt), int(item)


def quarantine(cursor: Cursor[Any], aside: Sequence[Quarantined]) -> None:
    """Set items aside, in the caller's transaction; one that is there already keeps its place."""
    rows = [
        (each.receipt, each.item, each.carrier, each.reason, each.detail, each.received_at)
        for each in aside
    ]
    if rows:
        cursor.execute(_INSERT, [list(column) for column in zip(*rows, strict=True)])


def resolve(cursor: Cursor[Any], receipt: int) -> None:
    """Everything of a receipt has been applied, in the caller's transaction."""
    cursor.execute(_RESOLVE, [receipt])


class Quarantine:
    """What is set aside, for the web to show."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[Any]]) -> None:
        self._pool = pool

    async def open_items(self, after: tuple[int, int], limit: int) -> list[Quarantined]:
        """What still waits, by receipt and item."""
        async with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=class_row(Quarantined)) as cursor,
        ):
            return await (await cursor.execute(_OPEN, [*after, limit])).fetchall()

    async def knows(self, receipt: int, item: int) -> bool:
        """Whether an item was ever set aside."""
        async with self._pool.connection() as connection:
            row = await (await connection.execute(_KNOWN, [receipt, item])).fetchone()
        return row is not None and row[0] > 0
