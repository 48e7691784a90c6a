"""The web of one process: every route on one application, and what has to be open while it runs."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from typing import Any, Final

from aiohttp import web
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from deploy import operations
from deploy.operations import OperationsServices
from deploy.parts import Parts
from deploy.working import make_intake
from logistics import routes as writes
from logistics.async_event_log import AsyncEventLog
from logistics.credentials import StoredKeys
from logistics.participation import takes_part
from logistics.routes import sealed
from logistics.routes.sealed import SealedServices
from logistics.routes.writing import WriteServices
from logistics.web.app import Kit, Routes, mount
from logistics.web.documentation import documentation_routes
from logistics.web.endpoint import Endpoint
from logistics.web.idempotency import Idempotency
from logistics.web.openapi import About
from projections import lookup, open_alarms
from projections import routes as reads
from projections.citizens_page import citizens_page_routes
from projections.lookup import LookUps
from projections.open_alarms import AlarmServices
from projections.positions import LivePositions
from projections.services import ReadServices
from projections.views import NAMES
from webhooks import routes as carriers
from webhooks import subscription_routes
from webhooks.inbox import Inbox
from webhooks.quarantine import Quarantine
from webhooks.receiving import Receiving, hook_paths
from webhooks.routes import CarrierServices
from webhooks.secrets import SecretBook
from webhooks.subscription_reads import SubscriptionServices

Pool = AsyncConnectionPool[AsyncConnection[Any]]

ENDPOINTS: Final[tuple[Endpoint[Any], ...]] = (
    *writes.ENDPOINTS,
    *sealed.ENDPOINTS,
    *reads.ENDPOINTS,
    *open_alarms.ENDPOINTS,
    *lookup.ENDPOINTS,
    *carriers.ENDPOINTS,
    *subscription_routes.ENDPOINTS,
    *operations.ENDPOINTS,
)
"""Everything that can be asked over HTTP, but for the carriers' own endpoints and the page."""


def make_app(parts: Parts) -> web.Application:
    """Make the application; it opens its connections when it starts, and drains when it stops."""
    settings = parts.settings
    app = web.Application(client_max_size=settings.body_limit_bytes)
    # A read is one statement, and is spared the two round trips of a transaction around it.
    pool = _pool(parts, autocommit=True)
    leases = _pool(parts, autocommit=False)
    threads = ThreadPoolExecutor(settings.http_threads, thread_name_prefix="http")
    positions = LivePositions(
        parts.database.url,
        log_channel=parts.store.channel,
        timeout_seconds=settings.at_least_timeout_seconds,
    )
    kit = Kit(
        keys=StoredKeys(pool), idempotency=Idempotency(leases), positions=positions, threads=threads
    )
    book = SecretBook(parts.database.url)
    inbox = Inbox(
        parts.database.url,
        parts.vault,
        batch_size=settings.inbox_batch_size,
        queue_limit=settings.inbox_queue_limit,
    )
    app.add_routes(Receiving(parts.carriers, book, inbox).routes())
    reading = ReadServices(pool=pool, log=AsyncEventLog(pool), vault=parts.vault, basis=parts.basis)
    look_ups = LookUps(reading)
    app.add_routes(citizens_page_routes(look_ups))
    tables: list[Routes[Any]] = [
        Routes(writes.ENDPOINTS, WriteServices(handling=parts.handling, vault=parts.vault)),
        Routes(sealed.ENDPOINTS, _sealed_services(reading)),
        Routes(reads.ENDPOINTS, reading),
        Routes(open_alarms.ENDPOINTS, AlarmServices(reading=reading, handling=parts.handling)),
        Routes(lookup.ENDPOINTS, look_ups),
        Routes(carriers.ENDPOINTS, _carrier_services(parts, pool)),
        Routes(subscription_routes.ENDPOINTS, _subscription_services(parts, pool)),
        Routes(operations.ENDPOINTS, _operations_services(parts, pool)),
    ]
    mount(app, kit, tables)
    about = About(version=version("luanchuyen"))
    app.add_routes(documentation_routes(ENDPOINTS, about, hook_paths(parts.carriers)))

    async def running(_: web.Application) -> AsyncIterator[None]:
        await pool.open()
        await leases.open()
        await positions.start()
        await book.start()
        await inbox.start()
        yield
        await inbox.close()
        await book.close()
        await positions.close()
        await leases.close()
        await pool.close()
        threads.shutdown()

    app.cleanup_ctx.append(running)
    return app


def _pool(parts: Parts, *, autocommit: bool) -> Pool:
    settings = parts.settings
    return AsyncConnectionPool(
        parts.database.url,
        min_size=1,
        max_size=settings.http_connections,
        timeout=settings.at_least_timeout_seconds,
        reconnect_timeout=2.0,  # Later requests try afresh; waits of minutes would add up.
        kwargs={"autocommit": autocommit},
        open=False,
    )


def _carrier_services(parts: Parts, pool: Pool) -> CarrierServices:
    return CarrierServices(
        handling=parts.handling,
        intake=make_intake(parts),
        quarantine=Quarantine(pool),
        carriers=parts.carriers,
    )


def _subscription_services(parts: Parts, pool: Pool) -> SubscriptionServices:
    return SubscriptionServices(
        handling=parts.handling,
        vault=parts.vault,
        pool=pool,
        allowed_networks=parts.settings.allowed_networks(),
    )


def _operations_services(parts: Parts, pool: Pool) -> OperationsServices:
    return OperationsServices(
        pool=pool,
        views=NAMES,
        lag_limit_events=parts.settings.lag_limit_events,
    )


def _sealed_services(reading: ReadServices) -> SealedServices:
    return SealedServices(
        pool=reading.pool,
        log=reading.log,
        vault=reading.vault,
        takes_part=partial(takes_part, reading.log),
    )
