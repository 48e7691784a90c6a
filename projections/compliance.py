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
from projections.clocks import CLOCKS
from projections.compliance_sums import (
    EVERYBODY,
    By,
    duration_class,
    members,
    minutes_of,
    tally_of,
)
from projections.computing import computed
from projections.owed import owed
from projections.services import SEES_EVERYTHING, ReadServices, page_of

Counts = Counter[tuple[str, str, int | None]]
"""How many obligations by member, tally and class of duration."""

_A_DAY: Final = timedelta(days=1)
_NEVER: Final = (date.max, date.min)

_RANGE: Final = """
    scope = %(scope)b AND by = %(by)b
    AND (grain = 'month' AND period BETWEEN %(month)b AND %(month_end)b
        OR grain = 'day' AND (period BETWEEN %(before)b AND %(before_end)b
            OR period BETWEEN %(behind)b AND %(behind_end)b))"""
_KEPT: Final = f"""
WITH page AS (
    SELECT {{member}} AS member, sum(met) AS met, sum(breached) AS breached,
        sum(running) AS running, sum(waived) AS waived
    FROM views.compliance WHERE {_RANGE}
    GROUP BY 1 HAVING {{member}} > %(after)b ORDER BY 1 LIMIT %(limit)b
),
classes AS (
    SELECT {{member}} AS member, duration, sum(count) AS n
    FROM views.compliance_duration WHERE {_RANGE} {{on_page}}
    GROUP BY 1, 2
)"""  # noqa: S608  # Put together from our own constants.
_GIVEN: Final = """
WITH given AS (
    SELECT member, tally, duration, n
    FROM unnest(%(members)b::text[], %(tallies)b::text[], %(durations)b::int[], %(counts)b::bigint[])
        AS given (member, tally, duration, n)
),
page AS (
    SELECT member,
        coalesce(sum(n) FILTER (WHERE tally = 'met'), 0) AS met,
        coalesce(sum(n) FILTER (WHERE tally = 'breached'), 0) AS breached,
        coalesce(sum(n) FILTER (WHERE tally = 'running'), 0) AS running,
        coalesce(sum(n) FILTER (WHERE tally = 'waived'), 0) AS waived
    FROM given WHERE member > %(after)b GROUP BY 1 ORDER BY 1 LIMIT %(limit)b
),
classes AS (
    SELECT member, duration, sum(n) AS n FROM given WHERE duration IS NOT NULL GROUP BY 1, 2
)"""
_ANSWER: Final = """,
ranked AS (
    SELECT member, duration, sum(n::int) OVER (PARTITION BY member ORDER BY duration) AS up_to,
        sum(n::int) OVER (PARTITION BY member) AS timed
    FROM classes
),
durations AS (
    SELECT member, min(duration) FILTER (WHERE up_to * 2 >= timed) AS median,
        min(duration) FILTER (WHERE up_to * 10 >= timed * 9) AS p90
    FROM ranked GROUP BY member
)
SELECT member, met::bigint, breached::bigint, running::bigint, waived::bigint, median, p90
FROM page LEFT JOIN durations USING (member) ORDER BY member"""
KEPT_ANSWER: Final = (_KEPT + _ANSWER).format(
    member="member", on_page="AND member = ANY(ARRAY(SELECT member FROM page))"
)
"""Answers from the sums that are kept; how long it took is looked up for one page only."""

MONTHS_ANSWER: Final = (_KEPT + _ANSWER).format(member="to_char(period, 'YYYY-MM')", on_page="")


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
    Minutes are office minutes from start to end, exact to 10 %.
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
    if query.as_of is None:
        answer = MONTHS_ANSWER if query.by is By.MONTH else KEPT_ANSWER
        rows = await call.services.rows(answer, kept_parameters(query, scope), prepare=False)
    else:
        counts = await _counted(call.services, query, scope, query.as_of)
        rows = await call.services.rows(_GIVEN + _ANSWER, _given_parameters(query, counts))
    return page_of([_compliance(*row) for row in rows], query.limit, "group")


def kept_parameters(query: Asked, scope: str) -> dict[str, Any]:
    """Which sums to take: whole months, and the days before and behind them."""
    by = By.KIND if query.by is By.MONTH else query.by
    months, before, behind = periods(query.first, query.last)
    return {
        "scope": scope,
        "by": by.value,
        "month": months[0],
        "month_end": months[1],
        "before": before[0],
        "before_end": before[1],
        "behind": behind[0],
        "behind_end": behind[1],
        "after": query.after,
        "limit": query.limit + 1,
    }


def _given_parameters(query: Asked, counts: Counts) -> dict[str, Any]:
    return {
        "members": [member for member, _, _ in counts],
        "tallies": [tally for _, tally, _ in counts],
        "durations": [duration for _, _, duration in counts],
        "counts": list(counts.values()),
        "after": query.after,
        "limit": query.limit + 1,
    }


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
) -> Iterator[tuple[str, str, int | None]]:
    for obligation in computed(facts, basis).obligations:
        each = owed(obligation, facts, basis.calendar)
        day = date.fromisoformat(each["day"])
        if scope not in {EVERYBODY, each["obligor"]} or not query.first <= day <= query.last:
            continue
        names = dict(members(facts, each["kind"], each["obligor"]))
        member = f"{day:%Y-%m}" if query.by is By.MONTH else names.get(query.by)
        if member is not None:
            minutes = each["minutes"]
            duration = None if minutes is None else duration_class(minutes)
            yield member, tally_of(each["state"]), duration


def _compliance(
    group: str,
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
        started=met + breached + running + waived,
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
