"""What is on record of the pushes: how far they have come, and what the portal would not take.

Nothing of a record is kept, nor of the portal's message, since both may hold personal data: a push
is made again from the log.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import psycopg
from psycopg import Connection
from psycopg.rows import tuple_row

from logistics.errors import ConcurrentChange
from logistics.personal_data import SealedItem, fetch_with

Key = tuple[str, int, str, int]
"""Dossier, position, service, part."""

_POSITION: Final = "SELECT position FROM provincial_position"
_ADVANCE: Final = "UPDATE provincial_position SET position = %b WHERE position = %b"
_PUT_ASIDE: Final = """
INSERT INTO provincial_put_aside (dossier, position, service, part, code)
SELECT * FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::int[], %b::text[])
ON CONFLICT (dossier, position, service, part) DO UPDATE
SET code = excluded.code, put_aside_at = now(), retry = false"""
_TO_RETRY: Final = """
SELECT dossier, position, service, part FROM provincial_put_aside
WHERE retry ORDER BY dossier, position LIMIT %b"""
_SETTLED: Final = """
DELETE FROM provincial_put_aside USING unnest(%b::text[], %b::bigint[], %b::text[], %b::int[])
    AS settled (dossier, position, service, part)
WHERE (provincial_put_aside.dossier, provincial_put_aside.position, provincial_put_aside.service,
    provincial_put_aside.part) = (settled.dossier, settled.position, settled.service, settled.part)"""
_LIST: Final = """
SELECT dossier, position, service, code, put_aside_at FROM provincial_put_aside
ORDER BY position, dossier, service DESC, part"""
_RETRY: Final = (
    "UPDATE provincial_put_aside SET retry = true WHERE %t::text IS NULL OR dossier = %t"
)


@dataclass(frozen=True, slots=True)
class PutAside:
    """A push that the portal has rejected."""

    dossier: str
    position: int
    service: str
    code: str
    put_aside_at: datetime


@dataclass(slots=True)
class Ledger:
    """The two tables, by a connection of its own that is made anew when it was lost."""

    url: str
    _connection: Connection[Any] | None = None

    def position(self) -> int:
        return int(self._connected().execute(_POSITION).fetchall()[0][0])

    def to_retry(self, limit: int) -> list[Key]:
        """What an operator asked to push again."""
        return self._connected().execute(_TO_RETRY, [limit]).fetchall()

    def applicants(self, refs: Collection[str]) -> Mapping[str, SealedItem]:
        with self._connected().cursor(binary=True) as cursor:
            return {str(ref): item for ref, item in fetch_with(cursor, refs).items()}

    def write(self, before: int, after: int, put_aside: Mapping[Key, str]) -> None:
        """Move the position, and keep what was put aside on the way, in one transaction.

        Raises `ConcurrentChange` when another process has moved it meanwhile.
        """
        with self._connected().transaction(), self._connected().cursor() as cursor:
            if cursor.execute(_ADVANCE, [after, before]).rowcount != 1:
                raise ConcurrentChange
            _put_aside(cursor, put_aside)

    def settle(self, taken: Sequence[Key], put_aside: Mapping[Key, str]) -> None:
        """Forget what the portal has taken after all, and keep what it rejected again."""
        with self._connected().transaction(), self._connected().cursor() as cursor:
            if taken:
                cursor.execute(_SETTLED, _columns(taken))
            _put_aside(cursor, put_aside)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _connected(self) -> Connection[Any]:
        if self._connection is None or self._connection.closed or self._connection.broken:
            self._connection = psycopg.connect(self.url, autocommit=True, row_factory=tuple_row)
        return self._connection


def list_put_aside(url: str) -> list[PutAside]:
    """Everything that the portal has rejected, in the order of the log."""
    with psycopg.connect(url) as connection:
        return [PutAside(*row) for row in connection.execute(_LIST).fetchall()]


def retry_put_aside(url: str, dossier: str | None = None) -> int:
    """Ask to push again what was put aside, of one dossier or of all; says how much that is."""
    with psycopg.connect(url) as connection:
        return connection.execute(_RETRY, [dossier, dossier]).rowcount


def _put_aside(cursor: psycopg.Cursor[Any], put_aside: Mapping[Key, str]) -> None:
    if put_aside:
        cursor.execute(_PUT_ASIDE, _columns([(*key, code) for key, code in put_aside.items()]))


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
