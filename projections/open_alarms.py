"""Which alarms are open, since when, and on what evidence?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

import orjson
import sqlalchemy as sa
from pydantic import Field
from sqlalchemy import BigInteger, Column, DateTime, Table
from sqlalchemy.dialects.postgresql import JSONB

from logistics.clocks.commands import AcknowledgeAlarm
from logistics.credentials import Role
from logistics.errors import NotFound
from logistics.handling import Handling
from logistics.identifiers import DossierCode, clocks_stream
from logistics.routes.writing import Sealing, record, written
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.fields import Answer, Body, Code, Items, Name, Position, Text, Written
from projections.entries import Entry, entries_aside
from projections.services import LogPage, ReadServices, page_of
from projections.view import METADATA

ALARM: Final = Table(
    "alarm",
    METADATA,
    Column("dossier", sa.Text, primary_key=True),
    Column("id", sa.Text, primary_key=True),
    Column("position", BigInteger, nullable=False, unique=True),  # Of the event that raised it.
    Column("kind", sa.Text, nullable=False),
    Column("party", sa.Text),
    Column("agency", sa.Text, nullable=False),
    Column("raised_at", DateTime(timezone=True), nullable=False),
    Column("evidence", JSONB, nullable=False),
    Column("acknowledged_at", DateTime(timezone=True)),
)


def _raised(row: Mapping[str, Any]) -> Iterator[Entry]:
    for alarm, raised in row["verdicts"]["alarms"].items():
        seen = raised["acknowledged"]
        yield (
            row["dossier"],
            alarm,
            raised["position"],
            raised["kind"],
            raised["party"],
            row["agency"],
            datetime.fromisoformat(raised["raised_at"]),
            orjson.dumps(raised["evidence"]).decode(),
            datetime.fromisoformat(seen["at"]) if seen else None,
        )


ALARM_ASIDE: Final = entries_aside(ALARM, _raised)


# --- the questions ---

_OPEN: Final = """
SELECT * FROM (
    SELECT position, dossier, NULL AS subscription, kind, party, agency, raised_at, evidence::text,
        acknowledged_at
    FROM views.alarm
    UNION ALL
    SELECT (document ->> 'position')::bigint, NULL, key, 'endpoint-paused', document ->> 'party', NULL,
        (document ->> 'paused_at')::timestamptz, document ->> 'evidence', NULL
    FROM views.paused_endpoints
) AS open
WHERE position > %b AND (%b::text IS NULL OR kind = %b) ORDER BY position LIMIT %b"""
_ONE: Final = "SELECT dossier, id FROM views.alarm WHERE position = %b"

PROVINCE_ONLY: Final = frozenset({Role.PROVINCE})


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmServices:
    """What reads stand on, and what records."""

    reading: ReadServices
    handling: Handling


class AlarmPage(LogPage):
    """Which alarms."""

    kind: Annotated[Code | None, Field(description="Only alarms of this kind.")] = None


class Alarm(Answer):
    """Something that has not happened; `evidence` are positions of what shows it.

    `id` is the position of the event that raised it. `party` is who has to do something.
    """

    id: Position
    dossier: str | None = Field(description="Null for an endpoint that is paused.")
    subscription: str | None = Field(description="The subscription whose endpoint is paused.")
    kind: str
    party: str | None
    agency: str | None
    raised_at: datetime
    evidence: list[Position]
    acknowledged_at: datetime | None


class Acknowledgement(Body):
    """Who has seen it, and what is done about it."""

    by: Name
    note: Text


async def alarms(call: Call[AlarmServices], query: AlarmPage) -> Items[Alarm]:
    """Alarms on what did not happen, and on endpoints that get no notices, as they were raised.

    One is closed by the event that cures it, and by nobody's word; acknowledged ones stay.
    """
    rows = await call.services.reading.rows(
        _OPEN, [query.after, query.kind, query.kind or "", query.limit + 1]
    )
    return page_of([_alarm(*row) for row in rows], query.limit, "id")


async def acknowledge_alarm(
    call: Call[AlarmServices], alarm_id: Position, body: Acknowledgement
) -> Written:
    """Say that an alarm has been seen, and what is done about it."""
    rows = await call.services.reading.rows(_ONE, [alarm_id])
    if not rows:
        raise NotFound("unknown-alarm", "There is no such alarm open.")
    dossier = DossierCode(rows[0][0])
    sealing = Sealing(call.services.reading.vault, clocks_stream(dossier))
    command = AcknowledgeAlarm(
        dossier=dossier,
        alarm=rows[0][1],
        signed_by=sealing.text(body.by),
        note=sealing.text(body.note),
        occurred_at=call.received_at,
    )
    return await record(call, command, written, sealed=sealing.items)


def _alarm(
    position: int,
    dossier: str | None,
    subscription: str | None,
    kind: str,
    party: str | None,
    agency: str | None,
    raised_at: datetime,
    evidence: str,
    acknowledged_at: datetime | None,
) -> Alarm:
    return Alarm(
        id=position,
        dossier=dossier,
        subscription=subscription,
        kind=kind,
        party=party,
        agency=agency,
        raised_at=raised_at,
        evidence=orjson.loads(evidence),
        acknowledged_at=acknowledged_at,
    )


ENDPOINTS: Final = (
    Endpoint("GET", "/v1/alarms", alarms, roles=PROVINCE_ONLY, views=("clocks",), tags=("clocks",)),
    Endpoint(
        "POST",
        "/v1/alarms/{alarm_id}/acknowledgement",
        acknowledge_alarm,
        roles=PROVINCE_ONLY,
        status=201,
        tags=("clocks",),
        problems={404: ("unknown-alarm",), 409: ("alarm-closed",)},
    ),
)
