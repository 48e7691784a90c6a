"""Which duties run out soon, and which have run out and are not done?"""

import asyncio
import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, LiteralString

from pydantic import Field

from logistics.clocks.basis import Basis
from logistics.credentials import Role
from logistics.dossier_facts import DossierFacts
from logistics.errors import Fault, Invalid
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.fields import Answer, Items, Limit, Query, Time, read_time
from projections.as_known import all_as_known
from projections.clocks import CLOCKS, with_owed
from projections.entries import Entry
from projections.open_obligations import open_duties
from projections.services import SEES_EVERYTHING, ReadServices, page_of

_A_MINUTE: Final = timedelta(minutes=1)
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

    as_of: Annotated[Time | None, Field(description="Only what was known then, judged then.")] = (
        None
    )
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
    now = query.as_of or call.received_at
    return await _open(call, query, _Span(now, now + query.within, run_out=False))


async def overdue(call: Call[ReadServices], query: DuePage) -> Items[OpenObligation]:
    """Duties that have run out and are not done, those that fell due first at the top.

    The province sees everybody's, each party its own.
    """
    now = query.as_of or call.received_at
    return await _open(call, query, _Span(now, now, run_out=True))


@dataclass(frozen=True, slots=True)
class _Span:
    """Which duties are asked for: due by a time, and run out by now or not."""

    now: datetime
    until: datetime
    run_out: bool

    def holds(self, due_at: datetime | None, runs_out_at: datetime | None) -> bool:
        if due_at is None or runs_out_at is None:
            return False
        return due_at <= self.until and (runs_out_at <= self.now) == self.run_out


async def _open(call: Call[ReadServices], query: DuePage, span: _Span) -> Items[OpenObligation]:
    own = None if call.caller.role in SEES_EVERYTHING else call.caller.party
    behind, limit = _behind(query.after), query.limit + 1
    if query.as_of is not None:
        rows = await _as_known(call.services, query.as_of, own, span, behind, limit)
    else:
        condition: LiteralString = _RUN_OUT if span.run_out else _RUNNING_OUT
        whose: LiteralString = "" if own is None else _OWN
        rows = await call.services.rows(
            _FOUND + whose + condition + _SOONEST,
            [*behind, *([] if own is None else [own]), span.now, span.until, limit],
        )
    return page_of([_answer(span.now, *row) for row in rows], query.limit, "place")


async def _as_known(
    services: ReadServices,
    as_of: datetime,
    own: str | None,
    span: _Span,
    behind: Sequence[Any],
    limit: int,
) -> list[Entry]:
    """The same page, from what the log held then; no more is kept of it than the page needs."""
    found: list[Entry] = []
    async for known in all_as_known(services, as_of):
        duties = await asyncio.to_thread(_duties, known.values(), services.basis)
        wanted = [
            each
            for each in duties
            if span.holds(each[-2], each[-1])
            and own in {None, each[3]}
            and _place(each) > tuple(behind)
        ]
        found = heapq.nsmallest(limit, [*found, *wanted], key=_place)
    return found


def _duties(known: Iterable[DossierFacts], basis: Basis) -> list[Entry]:
    return [each for facts in known for each in open_duties(with_owed(facts, basis))]


def _place(duty: Entry) -> tuple[Any, ...]:
    dossier, obligation, *_, due_at, _ = duty
    return (due_at, dossier, obligation)


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
    Endpoint(
        "GET", "/v1/sla/due", due, roles=frozenset(Role), views=(CLOCKS, "audit"), tags=("clocks",)
    ),
    Endpoint(
        "GET",
        "/v1/sla/overdue",
        overdue,
        roles=frozenset(Role),
        views=(CLOCKS, "audit"),
        tags=("clocks",),
    ),
)
