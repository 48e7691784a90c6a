"""What every read stands on: the views, the log, and who may see what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, LiteralString, TypeVar

from psycopg import AsyncConnection
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel, Field

from logistics.async_event_log import AsyncEventLog
from logistics.clocks.basis import Basis
from logistics.credentials import Role
from logistics.identifiers import DossierCode
from logistics.participation import takes_part
from logistics.personal_data import Vault
from logistics.web.auth import Caller
from logistics.web.fields import Code, Items, Limit, Position, Query

Pool = AsyncConnectionPool[AsyncConnection[Any]]
Item = TypeVar("Item", bound=BaseModel)

SEES_EVERYTHING: Final = frozenset({Role.PROVINCE, Role.AUDITOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadServices:
    """What the reads are answered from."""

    pool: Pool
    log: AsyncEventLog = field(repr=False)
    vault: Vault = field(repr=False)
    basis: Basis = field(repr=False)

    async def rows(
        self,
        query: LiteralString,
        parameters: Sequence[Any] | Mapping[str, Any],
        *,
        prepare: bool | None = None,
    ) -> list[tuple[Any, ...]]:
        """Answer a query of the views; False for one whose plan depends on what is asked for."""
        async with (
            self.pool.connection() as connection,
            connection.cursor(binary=True, row_factory=tuple_row) as cursor,
        ):
            await cursor.execute(query, parameters, prepare=prepare)
            return await cursor.fetchall()

    async def write(self, query: LiteralString, parameters: Sequence[Any]) -> None:
        """Write down what a read has to keep: a wrong try."""
        async with self.pool.connection() as connection:
            await connection.execute(query, parameters)

    async def may_see(self, caller: Caller, dossier: DossierCode) -> bool:
        """Whether a dossier and its papers are any business of the caller's."""
        if caller.role in SEES_EVERYTHING:
            return True
        return await takes_part(self.log, caller.party, dossier)


class Page(Query):
    """Which part of a list in the order of codes."""

    after: Code | None = None
    limit: Limit = 100


class LogPage(Query):
    """Which part of a list in the order of the log."""

    after: Annotated[Position, Field(description="The position behind which to begin.")] = 0
    limit: Limit = 100


def page_of(found: Sequence[Item], limit: int, key: str) -> Items[Item]:
    """One page of what was found, which is one more than the page holds if there is another."""
    items = list(found[:limit])
    return Items(items=items, next=getattr(items[-1], key) if len(found) > limit else None)
