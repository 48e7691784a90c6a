"""Sending one notice: told, signed, posted, and what came of it."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter

import structlog

from logistics.calling_out import Network, Session, open_session
from logistics.errors import AddressRefused, NoAnswer
from logistics.event_types import recorded_from
from webhooks.endpoints import Endpoint
from webhooks.lanes import Waiting
from webhooks.outbox import Row
from webhooks.retrying import asked_pause
from webhooks.signing import notice_body, notice_id, signed_headers

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one attempt: a status, or a failure in its stead."""

    endpoint: Endpoint
    notice: Waiting
    probe: bool
    sent_at: datetime
    duration_ms: float
    status: int | None = None
    failure: str | None = None
    asked_pause: timedelta | None = None

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def number(self) -> int:
        """The first attempt is 1."""
        return self.notice.attempts + 1

    @property
    def what_went_wrong(self) -> str:
        return self.failure or f"status-{self.status}"


class Sender:
    """Sends notices, keeping connections."""

    def __init__(
        self, allowed: Sequence[Network], timeout_seconds: float, now: Callable[[], datetime]
    ) -> None:
        self._allowed = allowed
        self._timeout_seconds = timeout_seconds
        self._now = now
        self._session: Session | None = None
        self._open = AsyncExitStack()

    async def open(self) -> None:
        """Open the session on the loop that runs, unless it is open."""
        if self._session is None:
            self._session = await self._open.enter_async_context(
                open_session(self._allowed, timeout_seconds=self._timeout_seconds)
            )

    async def close(self) -> None:
        self._session = None
        await self._open.aclose()

    async def send(
        self, endpoint: Endpoint, notice: Waiting, row: Row | None, *, probe: bool
    ) -> Result:
        """Send a notice once; `row` is its event as it is stored. Raises nothing."""
        sent_at, started = self._now(), perf_counter()
        status: int | None = None
        failure: str | None = None
        pause: timedelta | None = None
        try:
            status, pause = await self._post(endpoint, notice, row, sent_at)
        except (AddressRefused, NoAnswer) as error:
            failure = error.code
        except Exception:  # noqa: BLE001  # One that cannot be told must not stop the others.
            _log.exception("notice-not-sent", subscription=endpoint.id, position=notice.position)
            failure = "fault"
        duration = round((perf_counter() - started) * 1000, 2)
        return Result(endpoint, notice, probe, sent_at, duration, status, failure, pause)

    async def _post(
        self, endpoint: Endpoint, notice: Waiting, row: Row | None, sent_at: datetime
    ) -> tuple[int, timedelta | None]:
        if row is None or self._session is None:
            raise LookupError(notice.position)
        body = notice_body(recorded_from(*row))
        named = notice_id(endpoint.id, notice.position)
        headers = signed_headers(endpoint.valid_secrets(sent_at), named, sent_at, body)
        reply = await self._session.request("POST", endpoint.url, body=body, headers=headers)
        return reply.status, asked_pause(reply.status, reply.headers, self._now())
