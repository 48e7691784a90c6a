"""Who keeps the law: of the duties that started in a time, how many were done in time, and how fast?"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from logistics.clocks.basis import Basis
from logistics.credentials import Role
from logistics.dossier_facts import DossierFacts
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.fields import Answer, Items, Limit, Query, Time
from projections.as_known import all_as_known
from projections.clocks import CLOCKS, computed
from projections.compliance_sums import (
    EVERYBODY,
    By,
    duration_class,
    members,
    minutes_of,
    started_on,
)
from projections.owed import owed
from projections.services import SEES_EVERYTHING, ReadServices, page_of

Counts = Counter[tuple[str, str, int]]
"""How many obligations by member, state and class of duration."""

_A_DAY: Final = timedelta(days=1)
_NEVER: Final = (date.max, date.min)

_KEPT: Final = """
WITH sums AS (
    SELECT CASE WHEN %b THEN to_char(period, 'YYYY-MM') ELSE member END AS member,
        state, duration, sum(count) AS n
    FROM views.compliance
    WHERE scope = %b AND by = %b
        AND (grain = 'month' AND period BETWEEN %b AND %b
            OR grain = 'day' AND (period BETWEEN %b AND %b OR period BETWEEN %b AND %b))
    GROUP BY 1, 2, 3
)"""
_GIVEN: Final = """
WITH sums AS (
    SELECT member, state, duration, n
    FROM unnest(%b::text[], %b::text[], %b::int[], %b::bigint[]) AS given (member, state, duration, n)
)"""
_ANSWER: Final = """,
ranked AS (
    SELECT member, duration, sum(sum(n)) OVER (PARTITION BY member ORDER BY duration) AS up_to,
        sum(sum(n)) OVER (PARTITION BY member) AS timed
    FROM sums WHERE duration >= 0 GROUP BY member, duration
),
durations AS (
    SELECT member, min(duration) FILTER (WHERE up_to * 2 >= timed) AS median,
        min(duration) FILTER (WHERE up_to * 10 >= timed * 9) AS p90
    FROM ranked GROUP BY member
)
SELECT member, sum(n)::bigint,
    coalesce(sum(n) FILTER (WHERE state = 'met'), 0)::bigint,
    coalesce(sum(n) FILTER (WHERE state = 'breached'), 0)::bigint,
    coalesce(sum(n) FILTER (WHERE state IN ('running', 'paused')), 0)::bigint,
    coalesce(sum(n) FILTER (WHERE state = 'waived'), 0)::bigint,
    min(median), min(p90)
FROM sums LEFT JOIN durations USING (member)
WHERE member > %b GROUP BY member ORDER BY member LIMIT %b"""


class Asked(Query):
    """Of which days, counted by what, and as it was known when."""

    from_: Annotated[date | None, Field(alias="from", description="The first day of starting.")] = (
        None
    )
    to: Annotated[date | None, Field(description="The last day of starting.")] = None
    by: By = By.PARTY
    as_of: Annotated[Time | None, Field(description="Only what was known then.")] = None
    after: str = ""
    limit: Limit = 100

    @model_validator(mode="after")
    def _in_order(self) -> "Asked":
        if self.from_ and self.to and self.from_ > self.to:
            raise PydanticCustomError("order", "`from` should not lie behind `to`")
        return self

    @property
    def first(self) -> date:
        return self.from_ or date(1900, 1, 1)

    @property
    def last(self) -> date:
        return self.to or date(2199, 12, 31)


class Compliance(Answer):
    """The duties of one group. Of those that are over, `on_time_percent` were done in time.

    Breached are also those that are overdue and still open; running also those that stand still.
    Minutes are office minutes from start to end, exact to 5 %.
    """

    group: str
    started: int
    met: int
    breached: int
    running: int
    waived: int
    on_time_percent: float | None
    median_minutes: int | None
    p90_minutes: int | None


async def compliance(call: Call[ReadServices], query: Asked) -> Items[Compliance]:
    """How the law is kept, by party, operator, agency, procedure, field, kind of duty or month.

    The province sees everybody's duties, each party its own. `operator` counts the postal duties.
    """
    scope = EVERYBODY if call.caller.role in SEES_EVERYTHING else call.caller.party
    page = [query.after, query.limit + 1]
    if query.as_of is None:
        rows = await call.services.rows(_KEPT + _ANSWER, [*_kept(query, scope), *page])
    else:
        counts = await _counted(call.services, query, scope, query.as_of)
        given = [(*key, n) for key, n in counts.items()]
        columns = [list(column) for column in zip(*given, strict=True)] or [[], [], [], []]
        rows = await call.services.rows(_GIVEN + _ANSWER, [*columns, *page])
    return page_of([_compliance(*row) for row in rows], query.limit, "group")


def _kept(query: Asked, scope: str) -> list[Any]:
    """Which sums to take: whole months, and the days before and behind them."""
    by = By.KIND if query.by is By.MONTH else query.by
    months, before, behind = periods(query.first, query.last)
    return [query.by is By.MONTH, scope, by.value, *months, *before, *behind]


def periods(first: date, last: date) -> tuple[tuple[date, date], ...]:
    """Split days into the whole months among them (first days), and what lies before and behind."""
    month = first if first.day == 1 else _next_month(first)
    behind = last.replace(day=1) if (last + _A_DAY).day != 1 else last + _A_DAY
    if month >= behind:
        return _NEVER, (first, last), _NEVER
    before = (first, month - _A_DAY) if first < month else _NEVER
    rest = (behind, last) if behind <= last else _NEVER
    return (month, behind - _A_DAY), before, rest


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


async def _counted(services: ReadServices, query: Asked, scope: str, as_of: datetime) -> Counts:
    """Count anew, from what the log held then."""
    counts: Counts = Counter()
    async for known in all_as_known(services, as_of):
        counts += await asyncio.to_thread(_count, known.values(), query, scope, services.basis)
    return counts


def _count(known: Iterable[DossierFacts], query: Asked, scope: str, basis: Basis) -> Counts:
    return Counter(each for facts in known for each in _told(facts, query, scope, basis))


def _told(
    facts: DossierFacts, query: Asked, scope: str, basis: Basis
) -> Iterator[tuple[str, str, int]]:
    for obligation in computed(facts, basis).obligations:
        each = owed(obligation, facts, basis.calendar)
        day = started_on(each)
        if scope not in {EVERYBODY, each["obligor"]} or not query.first <= day <= query.last:
            continue
        names = dict(members(facts, each))
        member = f"{day:%Y-%m}" if query.by is By.MONTH else names.get(query.by)
        if member is not None:
            yield member, each["state"], duration_class(each["minutes"])


def _compliance(
    group: str,
    started: int,
    met: int,
    breached: int,
    running: int,
    waived: int,
    median: int | None,
    p90: int | None,
) -> Compliance:
    over = met + breached
    return Compliance(
        group=group,
        started=started,
        met=met,
        breached=breached,
        running=running,
        waived=waived,
        on_time_percent=round(100 * met / over, 1) if over else None,
        median_minutes=None if median is None else minutes_of(median),
        p90_minutes=None if p90 is None else minutes_of(p90),
    )


ENDPOINTS: Final = (
    Endpoint(
        "GET",
        "/v1/sla/compliance",
        compliance,
        roles=frozenset(Role),
        views=(CLOCKS, "audit"),
        tags=("clocks",),
    ),
)
