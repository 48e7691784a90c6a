"""A plan of traffic: the same seed, size and end give the same plan, to the last push."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from zlib import crc32

from deploy.simulation import fates, journeys
from deploy.simulation.fates import Fate
from deploy.simulation.hours import office_slots, within
from deploy.simulation.journeys import Journey
from partners.carrier import VIETNAM

_SERIALS = range(20_000_000, 100_000_000)
_CONSIGNMENTS_OF_ONE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will be sent. `run` tells this plan's codes from those of any other."""

    run: str
    journeys: tuple[Journey, ...]

    @property
    def size(self) -> int:
        return sum(len(journey.acts) for journey in self.journeys)


def draw_plan(
    *, dossiers: int, days: int, seed: int, until: datetime, told: tuple[tuple[Fate, int], ...] = ()
) -> Plan:
    """Draw a plan of dossiers received in the last days before `until`.

    `told` are fates that are not left to chance, each with how many days ago it begins.
    """
    until = until.replace(microsecond=0)
    run = f"{crc32(f'{seed} {until.isoformat()}'.encode()) % 10**6:06}"
    dice = Random(f"{seed}")  # noqa: S311 - Chance that must be repeatable; it protects nothing.
    slots = office_slots(until - timedelta(days=days), until)
    begun = sorted(within(dice.choice(slots), dice) for _ in range(dossiers))
    drawn = [(fates.draw(dice), moment) for moment in begun]
    drawn += [(fate, _days_ago(ago, until, dice)) for fate, ago in told]
    return Plan(
        run=run,
        journeys=tuple(
            _journey(number, fate, moment, run, until, dice)
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
