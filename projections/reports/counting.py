"""Counts how dossiers came out: from the table that is kept, or anew from what was known at a time."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from logistics.clocks.basis import Basis
from logistics.dossier_facts import DossierFacts
from projections.as_known import all_as_known
from projections.clocks import with_owed
from projections.outcomes import outcomes
from projections.services import ReadServices

_SUMMED: Final = """
SELECT agency, procedure, max(procedure_name), count(*),
    count(*) FILTER (WHERE non_territorial),
    count(*) FILTER (WHERE verdict = 'early'),
    count(*) FILTER (WHERE verdict = 'on-time'),
    count(*) FILTER (WHERE verdict = 'late'),
    count(*) FILTER (WHERE verdict IS NULL AND NOT closed AND runs_out_at <= %b),
    count(*) FILTER (WHERE verdict IS NULL AND closed)
FROM views.outcome
WHERE received_on BETWEEN %b AND %b AND agency = coalesce(%b::text, agency)
GROUP BY agency, procedure"""


@dataclass(slots=True)
class Counted:
    """Dossiers of one agency and procedure, received in a time."""

    agency: str
    procedure: str
    name: str | None
    received: int = 0
    non_territorial: int = 0
    early: int = 0
    on_time: int = 0
    late: int = 0
    overdue: int = 0
    closed: int = 0

    @property
    def in_time(self) -> int:
        return self.early + self.on_time

    @property
    def judged(self) -> int:
        """Those of which it is known whether they were in time."""
        return self.in_time + self.late + self.overdue

    @property
    def running(self) -> int:
        return self.received - self.judged - self.closed

    @property
    def share(self) -> float | None:
        """The share that was in time; nothing where nothing is known yet."""
        return self.in_time / self.judged if self.judged else None


async def counted(
    services: ReadServices,
    first: date,
    last: date,
    agency: str | None,
    as_of: datetime | None,
    now: datetime,
) -> list[Counted]:
    """Dossiers received from `first` to `last`, by agency and procedure, in the order of both."""
    if as_of is None:
        rows = await services.rows(_SUMMED, [now, first, last, agency])
        found = [Counted(*row) for row in rows]
    else:
        counts: dict[tuple[str, str], Counted] = {}
        async for known in all_as_known(services, as_of):
            told = (known.values(), services.basis, (first, last), agency, as_of)
            await asyncio.to_thread(_count, counts, *told)
        found = list(counts.values())
    return sorted(found, key=lambda each: (each.agency, each.procedure))


def _count(
    counts: dict[tuple[str, str], Counted],
    known: Iterable[DossierFacts],
    basis: Basis,
    days: tuple[date, date],
    agency: str | None,
    now: datetime,
) -> None:
    for facts in known:
        for entry in outcomes(with_owed(facts, basis)):
            _add(counts, entry, days, agency, now)


def _add(
    counts: dict[tuple[str, str], Counted],
    entry: tuple[Any, ...],
    days: tuple[date, date],
    agency: str | None,
    now: datetime,
) -> None:
    _, of, procedure, name, received_on, non_territorial, closed, verdict, runs_out_at = entry
    if not days[0] <= received_on <= days[1] or agency not in {None, of}:
        return
    each = counts.setdefault((of, procedure), Counted(of, procedure, name))
    each.received += 1
    each.non_territorial += non_territorial
    each.name = max(filter(None, (each.name, name)), default=None)
    each.early += verdict == "early"
    each.on_time += verdict == "on-time"
    each.late += verdict == "late"
    if verdict is None and closed:
        each.closed += 1
    elif verdict is None and runs_out_at is not None and runs_out_at <= now:
        each.overdue += 1


def summed(agency: str, procedure: str, parts: Iterable[Counted]) -> Counted:
    """Several together."""
    whole = Counted(agency, procedure, None)
    for each in parts:
        whole.received += each.received
        whole.non_territorial += each.non_territorial
        whole.early += each.early
        whole.on_time += each.on_time
        whole.late += each.late
        whole.overdue += each.overdue
        whole.closed += each.closed
    return whole
