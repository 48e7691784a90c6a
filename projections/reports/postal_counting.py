"""Counts what postal operators carried: from the tables that are kept, or anew from the log."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from logistics.clocks.basis import Basis
from logistics.dossier_facts import DossierFacts
from projections.as_known import all_as_known
from projections.clocks import with_owed
from projections.outcomes import complaints, consignments
from projections.services import ReadServices

# A consignment of several dossiers is one; it was late if it was for any of them.
_LEGS: Final = """
WITH consignment AS (
    SELECT operator, purpose, count(*) AS dossiers,
        bool_or(verdict = 'late' OR verdict IS NULL AND coalesce(runs_out_at <= %b, false)) AS late,
        bool_and(verdict IS NOT NULL) AS arrived,
        count(*) FILTER (WHERE lost) AS lost,
        count(*) FILTER (WHERE damaged) AS damaged,
        count(*) FILTER (WHERE lost OR damaged) AS harmed
    FROM views.consignment
    WHERE accepted_on BETWEEN %b AND %b AND operator = coalesce(%b::text, operator)
    GROUP BY waybill, operator, purpose
)
SELECT operator, purpose, count(*), sum(dossiers)::bigint,
    count(*) FILTER (WHERE coalesce(late, false)),
    count(*) FILTER (WHERE arrived AND NOT coalesce(late, false)),
    sum(lost)::bigint, sum(damaged)::bigint, sum(harmed)::bigint
FROM consignment GROUP BY operator, purpose"""
_COMPLAINTS: Final = """
SELECT operator, count(*), count(*) FILTER (WHERE verdict IN ('early', 'on-time')),
    count(*) FILTER (WHERE verdict = 'late' OR verdict IS NULL AND runs_out_at <= %b)
FROM views.complaint
WHERE complained_on BETWEEN %b AND %b AND operator = coalesce(%b::text, operator)
GROUP BY operator"""


class Within(NamedTuple):
    """Which days, both counted, of which operator (all of them if None), as it stood at `now`."""

    first: date
    last: date
    operator: str | None
    now: datetime

    def holds(self, day: date, operator: str) -> bool:
        return self.first <= day <= self.last and self.operator in {None, operator}

    def run_out(self, at: datetime | None) -> bool:
        return at is not None and at <= self.now


@dataclass(slots=True)
class Leg:
    """One way: consignments, and the dossiers in them that were lost, damaged, or either."""

    consignments: int = 0
    dossiers: int = 0
    late: int = 0
    on_time: int = 0
    lost: int = 0
    damaged: int = 0
    harmed: int = 0

    def __add__(self, other: "Leg") -> "Leg":
        return Leg(
            self.consignments + other.consignments,
            self.dossiers + other.dossiers,
            self.late + other.late,
            self.on_time + other.on_time,
            self.lost + other.lost,
            self.damaged + other.damaged,
            self.harmed + other.harmed,
        )


@dataclass(slots=True)
class Complaints:
    """Those made, and how their answers came out."""

    made: int = 0
    answered_in_time: int = 0
    late: int = 0

    def __add__(self, other: "Complaints") -> "Complaints":
        return Complaints(
            self.made + other.made,
            self.answered_in_time + other.answered_in_time,
            self.late + other.late,
        )


@dataclass(slots=True)
class Carried:
    """What one operator carried, there and back."""

    send: Leg = field(default_factory=Leg)
    back: Leg = field(default_factory=Leg)
    complaints: Complaints = field(default_factory=Complaints)

    def __add__(self, other: "Carried") -> "Carried":
        return Carried(
            self.send + other.send, self.back + other.back, self.complaints + other.complaints
        )

    def add(self, purpose: str, leg: Leg) -> None:
        if purpose == "send":
            self.send += leg
        else:
            self.back += leg


async def carried(
    services: ReadServices, within: Within, as_of: datetime | None
) -> dict[str, Carried]:
    """What each operator carried, in the order of their codes."""
    if as_of is not None:
        return await _as_known(services, within, as_of)
    asked = [within.now, within.first, within.last, within.operator]
    found: dict[str, Carried] = {}
    for operator, purpose, *counts in await services.rows(_LEGS, asked):
        found.setdefault(operator, Carried()).add(purpose, Leg(*counts))
    for operator, *counts in await services.rows(_COMPLAINTS, asked):
        found.setdefault(operator, Carried()).complaints = Complaints(*counts)
    return dict(sorted(found.items()))


@dataclass(slots=True)
class _Consignment:
    leg: Leg = field(default_factory=lambda: Leg(consignments=1))
    late: bool = False
    arrived: bool = True


class _Counting(NamedTuple):
    """What is counted while the log is read: of the asked period only."""

    consignments: dict[tuple[str, str, str], _Consignment]
    found: dict[str, Carried]


async def _as_known(services: ReadServices, within: Within, as_of: datetime) -> dict[str, Carried]:
    """The same counts, from what the log held then."""
    counting = _Counting({}, {})
    async for known in all_as_known(services, as_of):
        await asyncio.to_thread(_count, known.values(), services.basis, within, counting)
    for (operator, purpose, _), each in counting.consignments.items():
        each.leg.late = int(each.late)
        each.leg.on_time = int(each.arrived and not each.late)
        counting.found.setdefault(operator, Carried()).add(purpose, each.leg)
    return dict(sorted(counting.found.items()))


def _count(
    known: Iterable[DossierFacts], basis: Basis, within: Within, counting: _Counting
) -> None:
    for facts in known:
        row = with_owed(facts, basis)
        for entry in consignments(row):
            _add_consignment(entry, within, counting)
        for entry in complaints(row):
            _add_complaint(entry, within, counting)


def _add_consignment(entry: tuple[Any, ...], within: Within, counting: _Counting) -> None:
    _, waybill, operator, purpose, day, verdict, runs_out_at, lost, damaged = entry
    if not within.holds(day, operator):
        return
    each = counting.consignments.setdefault((operator, purpose, waybill), _Consignment())
    each.late |= verdict == "late" or (verdict is None and within.run_out(runs_out_at))
    each.arrived &= verdict is not None
    each.leg.dossiers += 1
    each.leg.lost += lost
    each.leg.damaged += damaged
    each.leg.harmed += lost or damaged


def _add_complaint(entry: tuple[Any, ...], within: Within, counting: _Counting) -> None:
    _, _, operator, day, verdict, runs_out_at = entry
    if not within.holds(day, operator):
        return
    late = verdict == "late" or (verdict is None and within.run_out(runs_out_at))
    in_time = verdict in {"early", "on-time"}
    told = counting.found.setdefault(operator, Carried())
    told.complaints += Complaints(1, int(in_time), int(late))
