"""What a handler knows about the request it answers, beside the request's own words."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, Generic, ParamSpec, TypeVar

from psycopg import Cursor
from pydantic import BaseModel

from logistics.event_store import Alongside
from logistics.web.auth import Caller
from logistics.web.idempotency import KeptAnswer, Lease, keep

S = TypeVar("S")
T = TypeVar("T")
P = ParamSpec("P")

# An answer that changed nothing still tells a position: everything it rests on lies before it.
_END_OF_LOG: Final = "SELECT coalesce(max(notification_id), 0) FROM stored_events"


@dataclass(slots=True, kw_only=True, eq=False)
class Call(Generic[S]):
    """One request: who calls, when, under which id, and the services to answer it with."""

    services: S
    correlation_id: str
    received_at: datetime
    known_caller: Caller | None
    threads: Executor
    status: int = 200
    lease: Lease | None = None
    kept: KeptAnswer | None = None

    @property
    def caller(self) -> Caller:
        """Who calls; an endpoint that is open to everybody has nobody to ask for."""
        if self.known_caller is None:
            raise LookupError("A public endpoint has no caller.")
        return self.known_caller

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run blocking code on a thread, with the log context of this request."""
        work = partial(copy_context().run, partial(function, *args, **kwargs))
        return await asyncio.get_running_loop().run_in_executor(self.threads, work)

    def keeping(
        self,
        answer: Callable[[int], BaseModel],
        again: Callable[[int], BaseModel] | None = None,
    ) -> Alongside:
        """Keep the answer under the request's Idempotency-Key, in the transaction of its events.

        `answer` makes it from the position of the last event. Pass the result on as `alongside`;
        it may run more than once, and the last run counts. `again` makes what a repeat is answered
        when the answer holds a secret, which is shown once and never stored.
        """

        def alongside(cursor: Cursor[Any], positions: Sequence[int]) -> None:
            position = positions[-1] if positions else _end_of_log(cursor)
            self.keep(cursor, answer(position), position, again(position) if again else None)

        return alongside

    def keep(
        self,
        cursor: Cursor[Any],
        answer: BaseModel,
        position: int,
        again: BaseModel | None = None,
    ) -> None:
        """Keep an answer in a transaction of the handler's own; what is kept is what is sent."""
        if self.lease is None:
            raise LookupError("Only a write with an Idempotency-Key keeps its answer.")
        keep(cursor, self.lease, self._encoded(again or answer, position))
        self.kept = self._encoded(answer, position)

    def _encoded(self, answer: BaseModel, position: int) -> KeptAnswer:
        body = answer.model_dump_json().encode()
        return KeptAnswer(status=self.status, body=body, position=position)


def _end_of_log(cursor: Cursor[Any]) -> int:
    row = cursor.execute(_END_OF_LOG).fetchone()
    return int(row[0]) if row else 0
