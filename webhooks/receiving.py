"""Receiving: what a carrier pushes is checked, stored, and acknowledged in the carrier's own way.

The order of checks is: size, source, credential; then the receipt is stored, whatever it says, and
parsed only afterwards, by intake. So a push that nobody can read is neither lost nor sent again for
ever. This is the busiest path of the service: it parses nothing, holds no thread, and costs no query.
"""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from time import monotonic, perf_counter
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import structlog
from aiohttp import web
from prometheus_client import Counter, Histogram

from logistics.carriers import Acknowledgement, Carrier, Push
from logistics.errors import NotFound, Unauthenticated
from logistics.web.observing import unobserved
from logistics.web.problems import INTERNAL, Problem, problem_of
from webhooks.inbox import Inbox, Receipt
from webhooks.secrets import SecretBook

ACKNOWLEDGEMENT_SECONDS: Final = Histogram(
    "luanchuyen_acknowledgement_seconds",
    "Time from the head of a carrier's push to its acknowledgement, which is after the commit.",
    ["carrier"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
REFUSED: Final = Counter(
    "luanchuyen_pushes_refused_total", "Pushes that were not stored.", ["carrier", "code"]
)
_UNKNOWN: Final = "unknown"  # What is no carrier of ours becomes no label.
_CONTENT_TYPE: Final = "content-type"
_LOG_EVERY_SECONDS: Final = 1.0

_log = structlog.get_logger()


class Receiving:
    """The carriers' endpoints."""

    def __init__(self, carriers: Mapping[str, Carrier], book: SecretBook, inbox: Inbox) -> None:
        self._carriers = carriers
        self._book = book
        self._inbox = inbox
        self._seconds = {name: ACKNOWLEDGEMENT_SECONDS.labels(name) for name in carriers}
        self._quiet_until: dict[tuple[str, str], float] = {}

    def routes(self) -> list[web.RouteDef]:
        """Every way in: with the secret in the path, or shown otherwise."""
        return [
            web.route(method, path, self.receive)
            for path in ("/hooks/{carrier}/{secret}", "/hooks/{carrier}")
            for method in ("POST", "PUT", "GET")  # GET answers HEAD too.
        ]

    @unobserved
    async def receive(self, request: web.Request) -> web.Response:
        """Answer one push; whatever goes wrong on our side is a 5xx, so that it is sent again."""
        started = perf_counter()
        name = request.match_info["carrier"]
        try:
            answer = await self._receive(request, name)
        except Exception as error:  # noqa: BLE001  # The last line: no fault leaves unanswered.
            problem = problem_of(error)
            if problem is INTERNAL:
                _log.exception("receiving-failed", carrier=self._label(name))
            return self._refuse(name, problem)
        self._seconds[name].observe(perf_counter() - started)
        return answer

    async def _receive(self, request: web.Request, name: str) -> web.Response:
        body = await request.read()
        carrier = self._carriers.get(name)
        if carrier is None:
            raise NotFound("no-such-path", "There is no such carrier.")
        if not body and request.method in {"GET", "HEAD"}:
            return web.Response()  # Carriers knock before they are told to come.
        secret = request.match_info.get("secret")
        query = _storable(request.rel_url.raw_query_string)  # As it came: it is decoded once.
        presented = carrier.presented(secret, query, request.headers, body)
        matched = await self._book.match(name, presented)
        if matched is None:
            raise Unauthenticated
        push = Push(
            carrier=name,
            method=request.method,
            query=_without_secrets(query, carrier),
            headers=_kept(request.headers, carrier),
            body=body,
            received_at=datetime.now(UTC),
        )
        await self._inbox.store(Receipt(push, matched))
        return _response(carrier.acknowledge(push))

    def _refuse(self, name: str, problem: Problem) -> web.Response:
        label = self._label(name)
        REFUSED.labels(label, problem.code).inc()
        now = monotonic()
        # All are counted, and one of a kind a second is logged: refusing must not be dear.
        if now >= self._quiet_until.get((label, problem.code), 0.0):
            self._quiet_until[label, problem.code] = now + _LOG_EVERY_SECONDS
            _log.info("push-refused", carrier=label, status=problem.status, code=problem.code)
        return problem.response(uuid.uuid4().hex)

    def _label(self, name: str) -> str:
        return name if name in self._carriers else _UNKNOWN


def _kept(headers: Mapping[str, str], carrier: Carrier) -> dict[str, str]:
    return {
        name: _storable(headers[name])
        for name in (*carrier.kept_headers, _CONTENT_TYPE)
        if name in headers
    }


def _storable(text: str) -> str:
    """The text, without what PostgreSQL cannot keep: NUL, and bytes that are no text."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _without_secrets(query: str, carrier: Carrier) -> str:
    if not query or not carrier.secret_parameters:
        return query
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode([pair for pair in pairs if pair[0] not in carrier.secret_parameters])


def _response(acknowledgement: Acknowledgement) -> web.Response:
    return web.Response(
        status=acknowledgement.status,
        body=acknowledgement.body,
        content_type=acknowledgement.content_type,
    )


_PROBLEM: Final[dict[str, Any]] = {
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
}
_RESPONSES: Final[dict[str, Any]] = {
    "200": {"description": "Stored; the body is what this carrier wants to hear."},
    "401": {"description": "No valid secret was shown.", **_PROBLEM},
    "404": {"description": "There is no such carrier.", **_PROBLEM},
    "413": {"description": "The body is larger than 1 MiB.", **_PROBLEM},
    "500": {"description": "A fault of ours; send it again.", **_PROBLEM},
    "503": {"description": "It could not be stored; send it again.", **_PROBLEM},
}


def hook_paths(carriers: Mapping[str, Carrier]) -> dict[str, Any]:
    """The carriers' endpoints, for the OpenAPI document."""

    def item(*names: str) -> dict[str, Any]:
        parameters = [
            {
                "name": name,
                "in": "path",
                "required": True,
                "schema": {
                    "type": "string",
                    **({"enum": sorted(carriers)} if name == "carrier" else {}),
                },
            }
            for name in names
        ]
        operation = {
            "tags": ["carriers"],
            "summary": "Receive a push in the carrier's own format.",
            "parameters": parameters,
            "requestBody": {"content": {"*/*": {"schema": {}}}},
            "responses": _RESPONSES,
            "security": [],
        }
        knock = {
            **{key: value for key, value in operation.items() if key != "requestBody"},
            "summary": "Say that the endpoint is there.",
        }
        return {"post": operation, "put": operation, "get": knock}

    return {
        "/hooks/{carrier}": item("carrier"),
        "/hooks/{carrier}/{secret}": item("carrier", "secret"),
    }
