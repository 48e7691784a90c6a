"""Fills an empty store with a month to look at, and says where to look."""

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from deploy.progress import Report
from deploy.simulation.fates import Fate, Lapse, Trouble, with_lapse
from deploy.simulation.plan import Window, draw_plan
from deploy.simulation.province import DEPARTMENTS, DESKS, LAND, an_applicant
from deploy.simulation.pushes import Ending
from deploy.simulation.summary import Summary
from deploy.simulation.traffic import Traffic, admit, connected, new_key
from logistics.credentials import Role
from logistics.identifiers import PROVINCE

_DOSSIERS = 30
_DAYS = 30
_SEED = 2026
_LAPSED_DAYS_AGO = 42
"""Long enough ago for every lapse to have come to light."""
_DESK = DESKS[1]
_AGENCY = DEPARTMENTS[LAND.agency]


@dataclass(frozen=True, slots=True)
class Story:
    """A dossier that is not left to chance."""

    title: str
    days_ago: int
    carrier: str
    ending: Ending = Ending.DELIVERED
    trouble: Trouble = Trouble.NONE

    def fate(self, dice: Random) -> Fate:
        return Fate(
            procedure=LAND,
            applicant=an_applicant(dice),
            receiver=_DESK,
            agency=_AGENCY,
            carrier=self.carrier,
            ending=self.ending,
            trouble=self.trouble,
            carrier_back="ghtk",
        )


_STORIES = (
    Story(
        title="three originals, one missing and found again, all of it back",
        days_ago=24,
        carrier="viettelpost",
        trouble=Trouble.MISSING,
    ),
    Story("lost on the way to the agency", 12, "ghn", Ending.LOST),
    Story("no news of the consignment for days", 9, "vnpost", Ending.SILENT),
)


@dataclass(frozen=True, slots=True)
class DemoKey:
    """A key to try."""

    party: str
    role: Role
    key: str


@dataclass(frozen=True, slots=True)
class Example:
    """A dossier to look up, with what its applicant has in hand."""

    title: str
    code: str
    lookup_code: str
    phone_last_digits: str


@dataclass(frozen=True, slots=True)
class DemoLinks:
    """What to try: keys, and dossiers to look up at `/tra-cuu?code=<lookup code>`."""

    keys: tuple[DemoKey, ...]
    examples: tuple[Example, ...]
    summary: Summary


async def fill_demo(url: str, province_key: str, *, progress: Report) -> DemoLinks:
    """Fill a store with the traffic of a month that ends now, with a key of the province."""
    dice = Random(_SEED)  # noqa: S311 - It names people who do not exist.
    lapses = tuple((with_lapse(lapse, dice), _LAPSED_DAYS_AGO) for lapse in Lapse)
    told = lapses + tuple((story.fate(dice), story.days_ago) for story in _STORIES)
    async with connected(url) as service:
        now = datetime.now(UTC)
        window = Window.last_days(_DAYS, now)
        plan = draw_plan(dossiers=_DOSSIERS, seed=_SEED, window=window, told=told)
        access = await admit(service, province_key, progress)
        traffic = Traffic(service, access, plan, progress)
        await traffic.run()
        auditor = await new_key(service, province_key, PROVINCE, Role.AUDITOR)
    return DemoLinks(
        keys=(
            DemoKey(PROVINCE, Role.PROVINCE, province_key),
            DemoKey(_DESK.code, Role.DESK, access.keys[_DESK.code]),
            DemoKey(_AGENCY.code, Role.AGENCY, access.keys[_AGENCY.code]),
            DemoKey(PROVINCE, Role.AUDITOR, auditor),
        ),
        examples=tuple(
            Example(
                title=story.title,
                code=journey.code,
                lookup_code=traffic.known[journey.code].lookup_code,
                phone_last_digits=journey.applicant.phone[-4:],
            )
            for story, journey in zip(_STORIES, plan.journeys[-len(_STORIES) :], strict=True)
        ),
        summary=traffic.summary,
    )
