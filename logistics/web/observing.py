"""What every answer passes through: its request id, its log line, its metrics, its safe headers.

The log line names the route's template and never the path or the query, because those may hold
secrets and last digits of phone numbers. A handler marked `unobserved` passes untouched: receiving
counts for itself, in batches.
"""

import re
import uuid
from functools import cache
from time import perf_counter
from typing import Any, Final, TypeVar

import structlog
from aiohttp import web
from aiohttp.hdrs import METH_ALL
from aiohttp.typedefs import Handler
from prometheus_client import Counter, Histogram

from logistics.web.auth import Caller
from logistics.web.problems import INTERNAL, Problem, problem_of

F = TypeVar("F")

REQUEST_ID_HEADER: Final = "X-Request-ID"
CORRELATION_ID: Final = web.RequestKey("correlation_id", str)
CALLER: Final = web.RequestKey("caller", Caller)
PROBLEM_CODE: Final = web.RequestKey("problem_code", str)

_SANE_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
_SAFE_HEADERS: Final = {
    "Server": "luanchuyen",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
}

REQUEST_SECONDS: Final = Histogram(
    "luanchuyen_http_request_seconds",
    "Time from the head of a request to its answer.",
    ["method", "route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
PROBLEMS: Final = Counter(
    "luanchuyen_http_problems_total", "Requests that were answered with a problem.", ["code"]
)

_log = structlog.get_logger()


def unobserved(handler: F) -> F:
    """Mark a handler that answers, counts and logs for itself."""
    handler.unobserved = True  # type: ignore[attr-defined]  # Functions carry attributes.
    return handler


@web.middleware
async def observed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer with a problem whatever goes wrong; log, count and secure every answer."""
    if getattr(handler, "unobserved", False):
        return await handler(request)
    started = perf_counter()
    correlation_id = request[CORRELATION_ID] = _correlation_id(request)
    with structlog.contextvars.bound_contextvars(correlation_id=correlation_id):
        response = await _answer(request, handler)
        response.headers[REQUEST_ID_HEADER] = correlation_id
        for name, value in _SAFE_HEADERS.items():
            response.headers.setdefault(name, value)
        _record(request, response.status, perf_counter() - started)
    return response


def problem_answer(request: web.Request, problem: Problem) -> web.Response:
    """Write a problem down, and remember its code for the log and the count."""
    request[PROBLEM_CODE] = problem.code
    return problem.response(request[CORRELATION_ID])


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as answer:
        if answer.status < 400:
            return answer  # A page sends its reader elsewhere.
        return problem_answer(request, problem_of(answer))
    except Exception as error:  # noqa: BLE001  # The last line: no fault leaves without an answer.
        problem = problem_of(error)
        if problem is INTERNAL:
            _log.exception("unexpected", route=_route(request))
        return problem_answer(request, problem)


def _correlation_id(request: web.Request) -> str:
    given = request.headers.get(REQUEST_ID_HEADER, "")
    return given if _SANE_ID.fullmatch(given) else uuid.uuid4().hex


def _record(request: web.Request, status: int, seconds: float) -> None:
    route, method = _route(request), _method(request)
    _seconds_of(method, route, status).observe(seconds)
    line: dict[str, Any] = {
        "method": method,
        "route": route,
        "status": status,
        "duration_ms": round(seconds * 1000, 2),
    }
    caller = request.get(CALLER)
    if caller is not None:
        line |= {"party": caller.party, "role": caller.role.value}
    code = request.get(PROBLEM_CODE)
    if code is not None:
        PROBLEMS.labels(code).inc()
        line["code"] = code
    _log.info("request", **line)


@cache
def _seconds_of(method: str, route: str, status: int) -> Histogram:
    # Bounded by the routes there are; finding the child anew would cost as much as observing.
    return REQUEST_SECONDS.labels(method, route, str(status))


def _method(request: web.Request) -> str:
    # The method is the sender's word; only the known ones become labels.
    return request.method if request.method in METH_ALL else "other"


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unmatched"
