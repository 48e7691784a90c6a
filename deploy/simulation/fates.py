"""What chance decides about a dossier before it sets out, in believable shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import TypeVar

from deploy.simulation.province import (
    AGENTS,
    COMMITTEES,
    DEPARTMENTS,
    DESKS,
    PROCEDURES,
    Applicant,
    Party,
    Procedure,
    an_applicant,
)
from deploy.simulation.pushes import Ending

T = TypeVar("T")


class Trouble(StrEnum):
    """What the agency finds when it counts the papers; none of it concerns more than one of them."""

    NONE = "none"
    MISSING = "missing, then found"
    GONE = "missing for good"
    REJECTED = "rejected"


class Course(StrEnum):
    """How the agency gets on with it."""

    PLAIN = "plain"
    PAYMENT = "payment"
    SUPPLEMENT = "supplement"
    SUSPENSION = "suspension"
    APOLOGY = "apology"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """One dossier's. A way with no carrier is a messenger's; back to nobody is by post."""

    procedure: Procedure
    applicant: Applicant
    receiver: Party
    agency: Party
    carrier: str | None = None
    ending: Ending = Ending.DELIVERED
    trouble: Trouble = Trouble.NONE
    course: Course = Course.PLAIN
    back_to: Party | None = None
    carrier_back: str | None = None
    ending_back: Ending = Ending.DELIVERED


_CARRIERS: Mapping[str | None, float] = {
    "vnpost": 38,
    "ems": 22,
    "viettelpost": 18,
    "ghtk": 12,
    "ghn": 10,
}
_THERE: Mapping[str | None, float] = {**_CARRIERS, None: 30}
_ENDINGS = {Ending.DELIVERED: 93, Ending.SECOND_ATTEMPT: 4, Ending.LOST: 1.5, Ending.SILENT: 1.5}
_ENDINGS_BACK = {**_ENDINGS, Ending.SECOND_ATTEMPT: 11, Ending.RETURNED: 4}
_TROUBLES = {Trouble.NONE: 92, Trouble.MISSING: 3, Trouble.GONE: 1, Trouble.REJECTED: 4}
_COURSES = {
    Course.PLAIN: 58,
    Course.PAYMENT: 22,
    Course.SUPPLEMENT: 8,
    Course.SUSPENSION: 2,
    Course.APOLOGY: 4,
    Course.REFUSED: 3,
    Course.WITHDRAWN: 3,
}
_BY_POST_SHARE = 0.5
_RECEIVED_BY_AGENT_SHARE = 0.25


def draw(dice: Random) -> Fate:
    """Draw a dossier's fate."""
    by_agent = dice.random() < _RECEIVED_BY_AGENT_SHARE
    receiver = dice.choice(AGENTS if by_agent else DESKS)
    procedure = dice.choice(PROCEDURES)
    committee = COMMITTEES[dice.choice([receiver.commune or "", *COMMITTEES])]
    by_post = dice.random() < _BY_POST_SHARE
    carrier_back = _one_of(_CARRIERS if by_post else _THERE, dice)
    return Fate(
        procedure=procedure,
        applicant=an_applicant(dice),
        receiver=receiver,
        agency=DEPARTMENTS[procedure.agency] if procedure.agency else committee,
        carrier=_one_of(_THERE, dice),
        ending=_one_of(_ENDINGS, dice),
        trouble=_one_of(_TROUBLES, dice),
        course=_one_of(_COURSES, dice),
        back_to=None if by_post else receiver,
        carrier_back=carrier_back,
        ending_back=_one_of(_ENDINGS_BACK if by_post else _ENDINGS, dice),
    )


def _one_of(shares: Mapping[T, float], dice: Random) -> T:
    return dice.choices(tuple(shares), tuple(shares.values()))[0]
