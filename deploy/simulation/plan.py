"""A plan of traffic: the same seed, size and end give the same plan, to the last push."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Self
from zlib import crc32

from deploy.simulation import fates, journeys
from deploy.simulation.fates import Fate
from deploy.simulation.hours import office_slots, within
from deploy.simulation.journeys import Journey
from partners.carrier import VIETNAM

_SERIALS = range(20_000_000, 100_000_000)
_CONSIGNMENTS_OF_ONE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When the dossiers are received, and until when it is told what becomes of them.

    `name` tells one window from another: plans of the same seed and name share their codes.
    """

    name: str
    first: datetime
    last: datetime
    until: datetime

    @classmethod
    def last_days(cls, days: int, until: datetime) -> Self:
        """The last days before a moment; all of it ends there."""
        until = until.replace(microsecond=0)
        first = until - timedelta(days=days)
        return cls(name=until.isoformat(), first=first, last=until, until=until)

    @classmethod
    def of(cls, first: date, last: date, now: datetime | None = None) -> Self:
        """Received on these days, and told to its end or to the present, whichever comes first."""
        now = (now or datetime.now(UTC)).replace(microsecond=0)
        return cls(
            name=f"{first} {last}",
            first=datetime.combine(first, time(), VIETNAM),
            last=min(datetime.combine(last + timedelta(days=1), time(), VIETNAM), now),
            until=now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will be sent. `run` tells this plan's codes from those of any other."""

    run: str
    journeys: tuple[Journey, ...]

    @property
    def size(self) -> int:
        return sum(len(journey.acts) for journey in self.journeys)

    @property
    def breaches(self) -> Counter[str]:
        """How many duties of each kind are broken."""
        return Counter(kind for journey in self.journeys for kind in journey.breaches)

    @property
    def alarms(self) -> Counter[str]:
        """How many alarms of each kind are open in the end."""
        return Counter(kind for journey in self.journeys for kind in journey.alarms)


def draw_plan(
    *, dossiers: int, seed: int, window: Window, told: tuple[tuple[Fate, int], ...] = ()
) -> Plan:
    """Draw a plan of so many dossiers.

    `told` are fates that are not left to chance, each with how many days before the end it begins.
    """
    run = f"{crc32(f'{seed} {window.name}'.encode()) % 10**6:06}"
    dice = Random(f"{seed}")  # noqa: S311 - Chance that must be repeatable; it protects nothing.
    slots = office_slots(window.first, window.last)
    begun = sorted(within(dice.choice(slots), dice) for _ in range(dossiers))
    drawn = [(fates.draw(dice), moment) for moment in begun]
    drawn += [(fate, _days_ago(ago, window.until, dice)) for fate, ago in told]
    return Plan(
        run=run,
        journeys=tuple(
            _journey(number, fate, moment, run, window.until, dice)
            for number, (fate, moment) in enumerate(drawn, 1)
        ),
    )


def _days_ago(days: int, until: datetime, dice: Random) -> datetime:
    day = until - timedelta(days=days)
    return within(dice.choice(office_slots(day - timedelta(days=1), day)), dice)


def _journey(
    number: int, fate: Fate, since: datetime, run: str, until: datetime, dice: Random
) -> Journey:
    day = since.astimezone(VIETNAM)
    code = f"H20-{day:%y%m%d}-{run}-{number:05}"
    place = (crc32(run.encode()) + _CONSIGNMENTS_OF_ONE * number) % len(_SERIALS)
    return journeys.tell(fate, code, _SERIALS[place], since, until, dice)
