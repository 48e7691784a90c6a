"""For those who run the service: is it alive, is it ready, and how is it doing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import psycopg
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from logistics.errors import StoreUnavailable, Unavailable
from logistics.web.auth import PUBLIC
from logistics.web.call import Call
from logistics.web.endpoint import Content, Endpoint
from logistics.web.fields import Answer

VIEW_LAG: Final = Gauge(
    "luanchuyen_view_lag_events", "Positions of the log that a view has not seen yet.", ["view"]
)
INBOX_DEPTH: Final = Gauge(
    "luanchuyen_inbox_depth", "Receipts that are stored and not worked off yet (at most 100,000)."
)
PARKED: Final = Gauge("luanchuyen_view_parked", "Keys of a view that wait for a fix.", ["view"])
QUARANTINED: Final = Gauge(
    "luanchuyen_quarantined", "Items of receipts that could not be applied, and are not resolved."
)
NOTICES_WAITING: Final = Gauge(
    "luanchuyen_notices_waiting", "Notices that are not delivered yet (at most 100,000)."
)
ENDPOINTS_DOWN: Final = Gauge(
    "luanchuyen_subscriptions_down", "Subscriptions whose endpoint fails, is paused or disabled."
)
PORTAL_PUT_ASIDE: Final = Gauge(
    "luanchuyen_provincial_put_aside", "Pushes that the provincial portal has rejected."
)
PORTAL_LAG: Final = Gauge(
    "luanchuyen_provincial_lag_events", "Positions of the log that the portal was not told of yet."
)

_LAGS: Final = """
SELECT name, greatest(last.position - view_position.position, 0)
FROM view_position, (SELECT coalesce(max(notification_id), 0) AS position FROM stored_events) AS last
"""
_INBOX_DEPTH: Final = """
SELECT count(*) FROM (
    SELECT FROM receipt WHERE position > coalesce(
        (SELECT notification_id FROM notification_tracking WHERE application_name = 'inbox'), 0)
    LIMIT 100000) AS waiting
"""
_PARKED: Final = "SELECT view, count(DISTINCT key) FROM view_parked GROUP BY view"
_QUARANTINED: Final = "SELECT count(*) FROM quarantine WHERE resolved_at IS NULL"
_NOTICES_WAITING: Final = "SELECT count(*) FROM (SELECT FROM notice LIMIT 100000) AS waiting"
_ENDPOINTS_DOWN: Final = """
SELECT count(*) FROM subscription
WHERE deleted_at IS NULL AND (state <> 'active' OR failures >= 10)"""

_PORTAL: Final = """
SELECT (SELECT count(*) FROM provincial_put_aside),
    CASE WHEN position = 0 THEN 0  -- Nothing was ever pushed: there may be no portal.
    ELSE (SELECT coalesce(max(notification_id), 0) FROM stored_events) - position END
FROM provincial_position"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsServices:
    """What operations look at."""

    pool: AsyncConnectionPool[AsyncConnection[Any]]
    views: tuple[str, ...]
    lag_limit_events: int


class Alive(Answer):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(Answer):
    """The service can do its work."""

    status: Literal["ready"] = "ready"
    lags: dict[str, int]


async def healthz(call: Call[OperationsServices]) -> Alive:
    """Say that the process is alive."""
    del call  # It looks at nothing: a database that is away does not call for a restart.
    return Alive()


async def readyz(call: Call[OperationsServices]) -> Ready:
    """Say whether the database answers and every view keeps up."""
    services = call.services
    lags = dict(await _rows(services, _LAGS))
    behind = [
        name
        for name in services.views
        # A view that no worker has ever started on is as far behind as one can be.
        if lags.get(name, services.lag_limit_events + 1) > services.lag_limit_events
    ]
    if behind:
        raise Unavailable("not-ready", f"Too far behind: {', '.join(behind)}.")
    return Ready(lags=lags)


async def metrics(call: Call[OperationsServices]) -> Content:
    """Everything that is counted, for Prometheus."""
    services = call.services
    try:
        _set(VIEW_LAG, "view", dict(await _rows(services, _LAGS)))
        _set(PARKED, "view", dict(await _rows(services, _PARKED)))
        INBOX_DEPTH.set((await _rows(services, _INBOX_DEPTH))[0][0])
        QUARANTINED.set((await _rows(services, _QUARANTINED))[0][0])
        NOTICES_WAITING.set((await _rows(services, _NOTICES_WAITING))[0][0])
        ENDPOINTS_DOWN.set((await _rows(services, _ENDPOINTS_DOWN))[0][0])
        put_aside, lag = (await _rows(services, _PORTAL))[0]
        PORTAL_PUT_ASIDE.set(put_aside)
        PORTAL_LAG.set(lag)
    except StoreUnavailable:
        pass  # What this process counted itself is worth all the more now.
    return Content(CONTENT_TYPE_LATEST, generate_latest())


def _set(gauge: Gauge, label: str, values: Mapping[str, int]) -> None:
    gauge.clear()
    for name, value in values.items():
        gauge.labels(**{label: name}).set(value)


async def _rows(services: OperationsServices, statement: str) -> list[tuple[Any, ...]]:
    try:
        async with services.pool.connection() as connection:
            return await (await connection.execute(statement)).fetchall()
    except psycopg.OperationalError as error:
        raise StoreUnavailable from error


ENDPOINTS: Final = (
    Endpoint("GET", "/healthz", healthz, roles=PUBLIC, tags=("operations",)),
    Endpoint(
        "GET",
        "/readyz",
        readyz,
        roles=PUBLIC,
        tags=("operations",),
        problems={503: ("not-ready",)},
    ),
    Endpoint(
        "GET",
        "/metrics",
        metrics,
        roles=PUBLIC,
        tags=("operations",),
        media_types=("text/plain",),
    ),
)
