"""Which duties are still open: what is due soon, and what is overdue?"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, LiteralString

from pydantic import Field
from sqlalchemy import Column, DateTime, Index, Table, Text

from logistics.clocks.obligation import State
from logistics.credentials import Role
from logistics.errors import Fault, Invalid
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.fields import Answer, Items, Limit, Query, read_time
from projections.entries import Entry, entries_aside
from projections.services import SEES_EVERYTHING, ReadServices, page_of
from projections.view import METADATA

OPEN_OBLIGATION: Final = Table(
    "open_obligation",
    METADATA,
    Column("dossier", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("obligor", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("procedure", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),  # Null while a pause keeps it from running out.
    Column("runs_out_at", DateTime(timezone=True)),
    Index("open_obligation_due", "due_at", "dossier", "id"),
    Index("open_obligation_of_obligor", "obligor", "due_at", "dossier", "id"),
)

_A_MINUTE: Final = timedelta(minutes=1)
_OPEN: Final = frozenset({State.RUNNING, State.PAUSED, State.BREACHED})


def _open(row: Mapping[str, Any]) -> Iterator[Entry]:
    for each in row["owed"]:
        if each["met_at"] is None and each["state"] in _OPEN:
            yield (
                row["dossier"],
                each["id"],
                each["kind"],
                each["obligor"],
                row["agency"],
                row["procedure"],
                datetime.fromisoformat(each["started_at"]),
                _time(each["due_at"]),
                _time(each["runs_out_at"]),
            )


def _time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


OPEN_ASIDE: Final = entries_aside(OPEN_OBLIGATION, _open)


# --- the questions ---

_FOUND: Final = """
SELECT dossier, id, kind, obligor, agency, procedure, started_at, due_at, runs_out_at
FROM views.open_obligation
WHERE (due_at, dossier, id) > (%b, %b, %b) AND """
_OWN: Final = "obligor = %b AND "
_RUNNING_OUT: Final = "runs_out_at > %b AND due_at <= %b"
_RUN_OUT: Final = "runs_out_at <= %b AND due_at <= %b"  # What has run out was due before.
_SOONEST: Final = " ORDER BY due_at, dossier, id LIMIT %b"

_NOTHING: Final = ("1900-01-01T00:00:00+00:00", "", "")


class DuePage(Query):
    """One page, soonest first."""

    after: Annotated[str, Field(description="`next` of the page before.")] = ""
    limit: Limit = 100


class Soon(DuePage):
    """How soon."""

    within: Annotated[
        timedelta, Field(gt=timedelta(), le=timedelta(days=366), examples=["PT4H"])
    ] = timedelta(hours=4)


class OpenObligation(Answer):
    """A duty that is not done yet; `late_minutes` are minutes by the clock since it fell due."""

    dossier: str
    id: str
    kind: str
    obligor: str
    agency: str
    procedure: str
    started_at: datetime
    due_at: datetime
    late_minutes: int

    @property
    def place(self) -> str:
        """Where it stands in the order."""
        return f"{self.due_at.isoformat()}|{self.dossier}|{self.id}"


async def due(call: Call[ReadServices], query: Soon) -> Items[OpenObligation]:
    """Duties that run out within a time (ISO 8601, as in PT4H or P1D), soonest first.

    The province sees everybody's, each party its own.
    """
    return await _open_now(call, query, _RUNNING_OUT, call.received_at + query.within)


async def overdue(call: Call[ReadServices], query: DuePage) -> Items[OpenObligation]:
    """Duties that have run out and are not done, those that fell due first at the top.

    The province sees everybody's, each party its own.
    """
    return await _open_now(call, query, _RUN_OUT, call.received_at)


async def _open_now(
    call: Call[ReadServices], query: DuePage, condition: LiteralString, until: datetime
) -> Items[OpenObligation]:
    caller, now = call.caller, call.received_at
    everybody = caller.role in SEES_EVERYTHING
    own: LiteralString = "" if everybody else _OWN
    whose = [] if everybody else [caller.party]
    rows = await call.services.rows(
        _FOUND + own + condition + _SOONEST,
        [*_behind(query.after), *whose, now, until, query.limit + 1],
    )
    return page_of([_answer(now, *row) for row in rows], query.limit, "place")


def _behind(after: str) -> list[Any]:
    """The place that `after` names, read as strictly as it was written."""
    due_at, *rest = after.split("|") if after else _NOTHING
    try:
        [dossier, obligation] = rest
        return [read_time(due_at) if after else datetime.fromisoformat(due_at), dossier, obligation]
    except ValueError:
        raise Invalid([Fault("query.after", "Input should be `next` of the page before")]) from None


def _answer(now: datetime, *row: Any) -> OpenObligation:
    dossier, obligation, kind, obligor, agency, procedure, started_at, due_at, runs_out_at = row
    late = max(1, (now - due_at) // _A_MINUTE) if runs_out_at <= now else 0
    return OpenObligation(
        dossier=dossier,
        id=obligation,
        kind=kind,
        obligor=obligor,
        agency=agency,
        procedure=procedure,
        started_at=started_at,
        due_at=due_at,
        late_minutes=late,
    )


ENDPOINTS: Final = (
    Endpoint("GET", "/v1/sla/due", due, roles=frozenset(Role), views=("clocks",), tags=("clocks",)),
    Endpoint(
        "GET",
        "/v1/sla/overdue",
        overdue,
        roles=frozenset(Role),
        views=("clocks",),
        tags=("clocks",),
    ),
)
