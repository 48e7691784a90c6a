"""Fills an empty store with a month to look at, and says where to look."""

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from deploy.progress import Report
from deploy.simulation.fates import Fate, Trouble
from deploy.simulation.plan import draw_plan
from deploy.simulation.province import DEPARTMENTS, DESKS, LAND, Party, an_applicant
from deploy.simulation.pushes import Ending
from deploy.simulation.service import Service
from deploy.simulation.summary import Summary
from deploy.simulation.traffic import Traffic, admit, connected, new_key
from logistics.credentials import Role
from logistics.identifiers import PROVINCE

_DOSSIERS = 45
_DAYS = 30
_SEED = 2026
_MOST_EVENTS = 500

_DESK = DESKS[1]
_AGENCY = DEPARTMENTS["VP-DKDD"]
_STORIES = (
    ("Three originals, one missing, found again, and all of it back", 24),
    ("Lost on the way to the agency", 12),
    ("Waiting: no news of the consignment for days", 9),
)


@dataclass(frozen=True, slots=True)
class Example:
    """A dossier to try, with what its applicant has in hand."""

    title: str
    code: str
    lookup_code: str
    phone_last_digits: str


@dataclass(frozen=True, slots=True)
class Key:
    """A key to try."""

    party: Party | None
    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class DemoLinks:
    """What to try. `examples` name dossiers; look-up pages are at `/tra-cuu?code=…`."""

    keys: tuple[tuple[str, Role, str], ...]
    examples: tuple[Example, ...]
    summary: Summary


async def fill_demo(url: str, province_key: str, *, progress: Report) -> DemoLinks | None:
    """Fill an empty store; None, and nothing done, when dossiers or other traffic are in it."""
    async with connected(url) as service:
        if not await _is_empty(service, province_key):
            return None
        plan = draw_plan(
            dossiers=_DOSSIERS, days=_DAYS, seed=_SEED, until=datetime.now(UTC), told=_told()
        )
        access = await admit(service, province_key, progress)
        traffic = Traffic(service, access, plan, progress)
        await traffic.run()
        auditor = await new_key(service, province_key, PROVINCE, Role.AUDITOR)
    told = plan.journeys[-len(_STORIES) :]
    return DemoLinks(
        keys=(
            (PROVINCE, Role.PROVINCE, province_key),
            (_DESK.code, Role.DESK, access.keys[_DESK.code]),
            (_AGENCY.code, Role.AGENCY, access.keys[_AGENCY.code]),
            (PROVINCE, Role.AUDITOR, auditor),
        ),
        examples=tuple(
            Example(
                title=title,
                code=journey.code,
                lookup_code=traffic.known[journey.code].lookup_code,
                phone_last_digits=journey.applicant.phone[-4:],
            )
            for (title, _), journey in zip(_STORIES, told, strict=True)
        ),
        summary=traffic.summary,
    )


async def _is_empty(service: Service, province_key: str) -> bool:
    """Whether nothing but parties are in the store."""
    feed = await service.read(province_key, "/v1/feed", after=0, limit=_MOST_EVENTS)
    parties_only = all(event["stream"]["kind"] == "party" for event in feed["items"])
    return parties_only and len(feed["items"]) < _MOST_EVENTS


def _told() -> tuple[tuple[Fate, int], ...]:
    """The fates of the stories, each with how many days ago it begins."""
    dice = Random(_SEED)  # noqa: S311 - It names people who do not exist.
    fates = (
        _fate(dice, "viettelpost", trouble=Trouble.MISSING),
        _fate(dice, "ghn", ending=Ending.LOST),
        _fate(dice, "vnpost", ending=Ending.SILENT),
    )
    return tuple((fate, ago) for fate, (_, ago) in zip(fates, _STORIES, strict=True))


def _fate(
    dice: Random,
    carrier: str,
    *,
    trouble: Trouble = Trouble.NONE,
    ending: Ending = Ending.DELIVERED,
) -> Fate:
    return Fate(
        procedure=LAND,
        applicant=an_applicant(dice),
        receiver=_DESK,
        agency=_AGENCY,
        carrier=carrier,
        ending=ending,
        trouble=trouble,
        carrier_back="ghtk",
    )
