"""Which clocks run for one dossier, how did their due times come about, and whose were the minutes?"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Final

import orjson
from pydantic import Field

from logistics.clocks.attribution import attribution
from logistics.clocks.explaining import explained
from logistics.clocks.obligation import Obligation, State, Verdict
from logistics.clocks.office_hours import DEFAULT_HOURS
from logistics.clocks.working_time import Office
from logistics.credentials import Role
from logistics.dossier_facts import DossierFacts
from logistics.errors import NotFound
from logistics.identifiers import DossierCode
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.fields import Answer, Code, Position, Query, Time
from projections.as_known import facts_as_known
from projections.clocks import CLOCKS
from projections.computing import computed
from projections.services import ReadServices

_ONE: Final = "SELECT document::text FROM views.clocks WHERE key = %b"


class AsOf(Query):
    """As it was known when."""

    as_of: Annotated[Time | None, Field(description="What was known then, judged then.")] = None


class Paused(Answer):
    """When a clock stood still, and by which legal act."""

    reason: str
    from_: datetime = Field(alias="from")
    to: datetime | None
    positions: list[Position]


class RuleUsed(Answer):
    """The rule, in its version, and the article it states."""

    id: str
    version: int
    source: str


class Clock(Answer):
    """One obligation. Limits in whole days end with the due date, told with the closing time.

    `derivation` tells in Vietnamese what each day counts for; lateness is in office minutes.
    """

    id: str
    kind: str
    obligor: str
    started_at: datetime
    start_reason: str
    started_by: Position
    limit: str
    due_at: datetime | None
    paused: list[Paused]
    met_at: datetime | None
    met_by: Position | None
    state: State
    verdict: Verdict | None
    lateness_minutes: int
    rule: RuleUsed
    calendar_version: str
    derivation: list[str]


class Held(Answer):
    """For how long somebody had the dossier, in minutes by the clock and in office minutes."""

    holder: str
    minutes: int
    working_minutes: int


class DossierClocks(Answer):
    """Every clock of a dossier at one moment; the shares in `held` sum exactly to the whole."""

    code: str
    as_of: datetime
    statutory_deadline: datetime | None
    obligations: list[Clock]
    held: list[Held]


async def dossier_clocks(call: Call[ReadServices], code: Code, query: AsOf) -> DossierClocks:
    """Every obligation of a dossier, how its due time came about, and who held the papers how long.

    With `as_of`, what was known then, judged then. A late leg never moves the statutory deadline.
    """
    facts = await facts_of(call, DossierCode(code), query.as_of)
    return clocks_of(facts, call.services, query.as_of or call.received_at)


async def facts_of(
    call: Call[ReadServices], code: DossierCode, as_of: datetime | None
) -> DossierFacts:
    """What is known of a dossier that the caller may see, or was known at a time."""
    services = call.services
    if not await services.may_see(call.caller, code):
        raise _unknown()
    known: dict[str, DossierFacts]
    if as_of is not None:
        known = await facts_as_known(services, [code], as_of)
    else:
        rows = await services.rows(_ONE, [code])
        known = {code: orjson.loads(rows[0][0])} if rows else {}
    if code not in known:
        raise _unknown()
    return known[code]


def _unknown() -> NotFound:
    return NotFound("unknown-dossier", "There is no such dossier, or it is not yours to see.")


def clocks_of(facts: DossierFacts, services: ReadServices, now: datetime) -> DossierClocks:
    """Judge the facts at a moment."""
    basis = services.basis
    found = computed(facts, basis).obligations
    processing = next((each for each in found if each.kind == "processing"), None)
    shares = attribution(facts, Office(basis.calendar, DEFAULT_HOURS), now)
    return DossierClocks(
        code=facts["dossier"],
        as_of=now,
        statutory_deadline=processing.due_at if processing else None,
        obligations=[_clock(each, facts, services, now) for each in found],
        held=[
            Held(holder=each.holder, minutes=each.minutes, working_minutes=each.working_minutes)
            for each in shares
        ],
    )


def _clock(each: Obligation, facts: DossierFacts, services: ReadServices, now: datetime) -> Clock:
    return Clock(
        id=each.id,
        kind=each.kind,
        obligor=each.obligor,
        started_at=each.started.at,
        start_reason=each.start_reason,
        started_by=each.started.position,
        limit=each.limit,
        due_at=each.due_at,
        paused=list(_paused(each)),
        met_at=each.met.at if each.met else None,
        met_by=each.met.position if each.met else None,
        state=each.state(now),
        verdict=each.verdict(now),
        lateness_minutes=each.lateness_minutes(now, services.basis.calendar),
        rule=RuleUsed(id=each.rule.id, version=each.rule.version, source=each.rule.source),
        calendar_version=each.calendar_version,
        derivation=list(explained(each, facts, services.basis)),
    )


def _paused(each: Obligation) -> Iterator[Paused]:
    for pause in each.pauses:
        ends = [pause.ended.position] if pause.ended else []
        yield Paused(
            reason=pause.reason,
            from_=pause.started.at,
            to=pause.ended.at if pause.ended else None,
            positions=[pause.started.position, *ends],
        )


ENDPOINTS: Final[tuple[Endpoint[Any], ...]] = (
    Endpoint(
        "GET",
        "/v1/dossiers/{code}/clocks",
        dossier_clocks,
        roles=frozenset(Role),
        views=(CLOCKS, "audit"),
        tags=("clocks",),
        problems={404: ("unknown-dossier",)},
    ),
)
