"""What the deliverer reads and writes: few statements, each for many notices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from webhooks.endpoints import Endpoint, Stored
from webhooks.lanes import Waiting
from webhooks.lasting_connection import LastingConnection

PAGE: Final = 500

_ENDPOINTS: Final = """
SELECT id, party, sees_everything, sealed, secret, former_secret, former_until, state, generation,
    failures, quiet_until
FROM subscription WHERE deleted_at IS NULL AND state <> 'disabled' ORDER BY id"""
_WAITING: Final = """
SELECT subscription, found.position, lanes, attempts, due_at
FROM unnest(%b::text[], %b::int[], %b::bigint[]) AS asked (subscription, generation, after)
CROSS JOIN LATERAL (
    SELECT position, lanes, attempts, due_at FROM notice
    WHERE notice.subscription = asked.subscription AND notice.generation = asked.generation
        AND notice.position > asked.after
    ORDER BY position LIMIT %b) AS found
ORDER BY subscription, found.position"""
_EVENTS: Final = """
SELECT notification_id, originator_id, originator_version, topic, state
FROM stored_events WHERE notification_id = ANY(%b::bigint[])"""

# Subscriptions before notices, and those in order, as replays and planning take them: or two would
# wait for each other.
_LOCK: Final = """
SELECT FROM subscription WHERE id = ANY(%t::text[]) ORDER BY id FOR NO KEY UPDATE"""
_DOING: Final = """
UPDATE subscription SET failures = doing.failures, quiet_until = doing.quiet_until
FROM unnest(%t::text[], %t::int[], %t::int[], %t::timestamptz[])
    AS doing (id, generation, failures, quiet_until)
WHERE subscription.id = doing.id AND subscription.generation = doing.generation"""
_DISABLE: Final = """
UPDATE subscription SET state = 'disabled' FROM unnest(%t::text[], %t::int[]) AS gone (id, generation)
WHERE subscription.id = gone.id AND subscription.generation = gone.generation"""
_ATTEMPTS: Final = """
INSERT INTO notice_attempt
    (subscription, position, number, sent_at, duration_ms, outcome, status, failure, next_at)
SELECT * FROM unnest(%t::text[], %t::bigint[], %t::int[], %t::timestamptz[], %t::float8[], %t::text[],
    %t::int[], %t::text[], %t::timestamptz[])"""
_DONE: Final = """
DELETE FROM notice USING unnest(%t::text[], %t::int[], %t::bigint[])
    AS done (subscription, generation, position)
WHERE notice.subscription = done.subscription AND notice.position = done.position
    AND notice.generation = done.generation"""
_LATER: Final = """
UPDATE notice SET attempts = later.attempts, due_at = later.due_at
FROM unnest(%t::text[], %t::int[], %t::bigint[], %t::int[], %t::timestamptz[])
    AS later (subscription, generation, position, attempts, due_at)
WHERE notice.subscription = later.subscription AND notice.position = later.position
    AND notice.generation = later.generation"""
_HURRY: Final = """
UPDATE notice SET due_at = %t WHERE subscription = ANY(%t::text[]) AND due_at > %t"""

Row = tuple[Any, ...]


@dataclass(slots=True)
class Bookkeeping:
    """What a batch of results comes to, written in one transaction."""

    attempts: list[Row] = field(default_factory=list)
    done: list[Row] = field(default_factory=list)
    later: list[Row] = field(default_factory=list)
    disabled: list[Row] = field(default_factory=list)
    hurried: list[str] = field(default_factory=list)
    touched: dict[str, Endpoint] = field(default_factory=dict)


class Outbox:
    """The deliverer's half of the tables."""

    def __init__(self, url: str) -> None:
        self._connection = LastingConnection(url)

    async def close(self) -> None:
        await self._connection.close()

    async def endpoints(self) -> list[Stored]:
        """Every endpoint that notices go to."""
        return [Stored(*row) for row in await self._rows(_ENDPOINTS, [])]

    async def read_on(self, endpoints: Sequence[Endpoint]) -> None:
        """Read the next notices of these endpoints."""
        known = {each.id: each for each in endpoints}
        asked = [
            [each.id for each in endpoints],
            [each.generation for each in endpoints],
            [each.read_up_to for each in endpoints],
        ]
        counted = dict.fromkeys(known, 0)
        for subscription, position, lanes, *rest in await self._rows(_WAITING, [*asked, PAGE]):
            known[subscription].add(Waiting(position, tuple(lanes), *rest))
            counted[subscription] += 1
        for subscription, endpoint in known.items():
            endpoint.has_more = counted[subscription] == PAGE

    async def events(self, positions: Iterable[int]) -> dict[int, Row]:
        """The stored events at these positions."""
        rows = await self._rows(_EVENTS, [list(positions)])
        return {row[0]: row for row in rows}

    async def write(self, book: Bookkeeping, now: datetime) -> None:
        """Write down what became of a batch."""
        doing = [
            (each.id, each.generation, each.failures, each.quiet_until)
            for each in book.touched.values()
        ]
        statements = [
            (_DOING, doing),
            (_DISABLE, book.disabled),
            (_ATTEMPTS, book.attempts),
            (_DONE, book.done),
            (_LATER, book.later),
        ]

        async def commit(connection: AsyncConnection[Any]) -> None:
            async with connection.pipeline(), connection.transaction():
                about = list({row[0] for row in book.attempts})
                await connection.execute(_LOCK, [about])
                for statement, rows in statements:
                    if rows:
                        columns = [list(column) for column in zip(*rows, strict=True)]
                        await connection.execute(statement, columns)
                if book.hurried:
                    await connection.execute(_HURRY, [now, book.hurried, now])

        await self._connection.run(commit)

    async def _rows(self, query: str, parameters: Sequence[Any]) -> list[Row]:
        async def ask(connection: AsyncConnection[Any]) -> list[Row]:
            async with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
                await cursor.execute(query.encode(), parameters)
                return await cursor.fetchall()

        return await self._connection.run(ask)
