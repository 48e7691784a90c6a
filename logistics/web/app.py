"""Endpoints become routes: authenticate, read, wait, decide once, answer.

The order of checks is: path and method, key, role, size, content type, then everything else about
the request at once, then the Idempotency-Key, then the rules.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote

import psycopg
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel

from logistics.credentials import Keys
from logistics.web.auth import PUBLIC, Caller, allow, authenticate
from logistics.web.call import Call
from logistics.web.endpoint import JSON, Content, Endpoint
from logistics.web.idempotency import Idempotency, KeptAnswer, Lease, request_digest
from logistics.web.inputs import Inputs, read_inputs
from logistics.web.observing import CALLER, CORRELATION_ID, observed
from logistics.web.positions import ViewPositions

S = TypeVar("S")

LOG_POSITION: Final = "Log-Position"
REPLAYED: Final = "Idempotency-Replayed"

_log = structlog.get_logger()


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """What every endpoint stands on."""

    keys: Keys
    idempotency: Idempotency
    positions: ViewPositions
    threads: Executor
    now: Callable[[], datetime] = _now


@dataclass(frozen=True, slots=True)
class Routes(Generic[S]):
    """Endpoints, and the services that their handlers are given."""

    endpoints: Sequence[Endpoint[S]]
    services: S


def mount(app: web.Application, kit: Kit, routes: Sequence[Routes[Any]]) -> None:
    """Put the endpoints on an application, and its middleware in front of everything.

    Bodies are limited by the application's `client_max_size` (1 MiB unless it says otherwise).
    """
    app.middlewares.append(observed)
    for table in routes:
        for endpoint in table.endpoints:
            handler = _handler(kit, endpoint, table.services)
            if endpoint.method == "GET":
                app.router.add_get(endpoint.path, handler, allow_head=True)
            else:
                app.router.add_route(endpoint.method, endpoint.path, handler)


def _handler(kit: Kit, endpoint: Endpoint[S], services: S) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        caller = await _caller(kit, endpoint, request)
        inputs = await read_inputs(request, endpoint)
        call = Call(
            services=services,
            correlation_id=request[CORRELATION_ID],
            received_at=kit.now(),
            known_caller=caller,
            threads=kit.threads,
            status=endpoint.status,
        )
        if endpoint.keyed:
            return await _write(kit, endpoint, call, request, inputs)
        return await _read(kit, endpoint, call, inputs)

    return handle


async def _caller(kit: Kit, endpoint: Endpoint[Any], request: web.Request) -> Caller | None:
    if endpoint.roles is PUBLIC:
        return None
    caller = await authenticate(request.headers.get("Authorization"), kit.keys)
    request[CALLER] = caller
    allow(caller, endpoint.roles)
    return caller


async def _read(
    kit: Kit, endpoint: Endpoint[S], call: Call[S], inputs: Inputs
) -> web.StreamResponse:
    headers = {}
    if endpoint.views is not None:
        reached = await kit.positions.wait_until(endpoint.views, inputs.at_least)
        headers[LOG_POSITION] = str(reached)
    answer = await endpoint.handler(call, **inputs.arguments)
    return _response(endpoint, answer, headers)


async def _write(
    kit: Kit, endpoint: Endpoint[S], call: Call[S], request: web.Request, inputs: Inputs
) -> web.StreamResponse:
    digest = request_digest(request.method, request.path, request.query_string, inputs.raw_body)
    begun = await kit.idempotency.begin(call.caller.party, inputs.idempotency_key, digest)
    if isinstance(begun, KeptAnswer):
        return _kept_response(begun, {REPLAYED: "true"})
    call.lease = begun
    try:
        await endpoint.handler(call, **inputs.arguments)
    finally:
        # Refused or failed: nothing happened, and a retry is judged afresh.
        if call.kept is None:
            await _abandon(kit, begun)
    if call.kept is None:
        raise LookupError(f"{endpoint} did not keep its answer.")
    return _kept_response(call.kept, {})


async def _abandon(kit: Kit, lease: Lease) -> None:
    """Give the lease back; when that fails too, it is free after a minute on its own."""
    try:
        await kit.idempotency.abandon(lease)
    except psycopg.Error:
        _log.warning("lease-not-given-back")


def _kept_response(kept: KeptAnswer, headers: dict[str, str]) -> web.Response:
    return web.Response(
        status=kept.status,
        body=kept.body,
        content_type=JSON,
        headers={LOG_POSITION: str(kept.position), **headers},
    )


def _response(
    endpoint: Endpoint[Any], answer: BaseModel | Content | None, headers: dict[str, str]
) -> web.Response:
    match answer:
        case None:
            return web.Response(status=204, headers=headers)
        case Content():
            return _content_response(endpoint, answer, headers)
        case _:
            body = answer.model_dump_json().encode()
            return web.Response(
                status=endpoint.status, body=body, content_type=JSON, headers=headers
            )


def _content_response(
    endpoint: Endpoint[Any], content: Content, headers: dict[str, str]
) -> web.Response:
    sent = {**headers, "Content-Type": content.media_type}
    if content.file_name is not None:
        quoted = quote(content.file_name)
        sent["Content-Disposition"] = f"attachment; filename*=UTF-8''{quoted}"
    if content.policy is not None:
        sent["Content-Security-Policy"] = content.policy
    return web.Response(status=endpoint.status, body=content.body, headers=sent)
