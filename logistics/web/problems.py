"""From errors to RFC 9457: the one table that knows both.

Whatever is not in the table is a fault of ours: it is logged with its trace and answered without
one. A database that cannot be reached is a fault that passes, so it is answered 503, and the same
request may be sent again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import orjson
import psycopg
import sqlalchemy.exc
from aiohttp import web

from logistics.errors import (
    Fault,
    Forbidden,
    IdempotencyMismatch,
    Invalid,
    LuanChuyenError,
    NotFound,
    NotYet,
    Refused,
    StoreUnavailable,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)

PROBLEM_JSON: Final = "application/problem+json"

STATUS: Final[Mapping[type[LuanChuyenError], int]] = {
    Invalid: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Refused: 409,
    IdempotencyMismatch: 422,
    TooManyRequests: 429,
    Unavailable: 503,
    NotYet: 504,
}

TITLES: Final[Mapping[int, str]] = {
    400: "The request cannot be understood",
    401: "A valid key is needed",
    403: "This key may not do that",
    404: "There is no such thing",
    405: "There is no such method here",
    409: "The request is against the rules",
    413: "The request is too large",
    415: "The request is not JSON",
    422: "The Idempotency-Key belongs to another request",
    429: "Too many requests",
    500: "A fault of ours",
    503: "Not available now",
    504: "Not caught up yet",
}

# What aiohttp answers before any of our code has seen the request.
_CODES: Final[Mapping[int, str]] = {
    404: "no-such-path",
    405: "no-such-method",
    413: "too-large",
    415: "not-json",
}
_DETAILS: Final[Mapping[int, str]] = {
    413: "A body holds at most 1 MiB.",
    415: "A body is sent as application/json.",
}
_DATABASE_AWAY: Final = (
    psycopg.OperationalError,  # The pool's own errors are among them.
    psycopg.InterfaceError,
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.TimeoutError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An answer that says why there is no other."""

    status: int
    code: str
    detail: str | None = None
    faults: tuple[Fault, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return TITLES.get(self.status) or HTTPStatus(self.status).phrase

    def members(self, request_id: str) -> dict[str, Any]:
        """The members of the problem's JSON object."""
        members: dict[str, Any] = {
            "type": f"/docs#{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "request_id": request_id,
        }
        if self.detail is not None:
            members["detail"] = self.detail
        if self.faults:
            members["faults"] = [{"path": f.path, "detail": f.detail} for f in self.faults]
        return members

    def response(self, request_id: str) -> web.Response:
        """Write the problem down."""
        return web.Response(
            status=self.status,
            body=orjson.dumps(self.members(request_id)),
            content_type=PROBLEM_JSON,
            headers=self.headers,
        )


HUNG_UP: Final = Problem(status=400, code="hung-up")
"""The sender went away in the middle of a request; nobody will read this but the log."""

INTERNAL: Final = Problem(
    status=500, code="internal", detail="It has been logged under this request's id."
)


def problem_of(error: Exception) -> Problem:
    """Say what to answer to an error; `INTERNAL` when nobody expected it."""
    if isinstance(error, ConnectionError):
        return HUNG_UP
    if isinstance(error, _DATABASE_AWAY):
        error = StoreUnavailable()
    if isinstance(error, web.HTTPException):
        return _of_aiohttp(error)
    if not isinstance(error, LuanChuyenError):
        return INTERNAL
    status = status_of(type(error))
    if status is None:
        return INTERNAL
    return Problem(
        status=status,
        code=error.code,
        detail=error.detail,
        faults=error.faults if isinstance(error, Invalid) else (),
        headers=_headers(error),
    )


def status_of(kind: type[LuanChuyenError]) -> int | None:
    """The status of the nearest ancestor in the table."""
    return next((STATUS[each] for each in kind.__mro__ if each in STATUS), None)


def _headers(error: LuanChuyenError) -> dict[str, str]:
    retry_after = getattr(error, "retry_after_seconds", None)
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="luanchuyen"'
    return headers


def _of_aiohttp(error: web.HTTPException) -> Problem:
    allow = error.headers.get("Allow")
    return Problem(
        status=error.status,
        code=_CODES.get(error.status, f"http-{error.status}"),
        detail=_DETAILS.get(error.status),
        headers={} if allow is None else {"Allow": allow},
    )
