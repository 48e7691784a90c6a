"""What chance decides about a dossier before it sets out, in believable shares."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from typing import TypeVar

from deploy.simulation.province import (
    AGENTS,
    COMMITTEES,
    DEPARTMENTS,
    DESKS,
    ELECTRONIC,
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


class Lapse(StrEnum):
    """Who does not do what the law asks; at most one of it in a dossier."""

    DESK_FORWARD = "desk-forward"
    DESK_FORWARD_PAPERS = "desk-forward-papers"
    POSTAL_SEND = "postal-send"
    POSTAL_RETURN = "postal-return"
    PROCESSING = "processing"
    LATE_NOTICE = "late-notice"
    INVITATION = "invitation"
    COMPLAINT = "complaint"
    UNCONFIRMED = "handover-unconfirmed"
    UNSIGNED = "delivered-unsigned"
    KEPT = "originals-kept"
    SUPPLEMENT_TWICE = "supplement-twice"


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
    lapse: Lapse | None = None
    complains: bool = False


_CARRIERS: Mapping[str | None, float] = {
    "vnpost": 38,
    "ems": 22,
    "viettelpost": 18,
    "ghtk": 12,
    "ghn": 10,
}
_THERE: Mapping[str | None, float] = {**_CARRIERS, None: 20}
_ENDINGS = {Ending.DELIVERED: 95, Ending.SECOND_ATTEMPT: 4, Ending.LOST: 0.5, Ending.SILENT: 0.5}
_ENDINGS_BACK = {**_ENDINGS, Ending.SECOND_ATTEMPT: 11, Ending.RETURNED: 4}
_TROUBLES = {Trouble.NONE: 93, Trouble.MISSING: 3, Trouble.GONE: 1, Trouble.REJECTED: 3}
_COURSES = {
    Course.PLAIN: 58,
    Course.PAYMENT: 22,
    Course.SUPPLEMENT: 8,
    Course.SUSPENSION: 2,
    Course.APOLOGY: 4,
    Course.REFUSED: 3,
    Course.WITHDRAWN: 3,
}
LAPSES_PER_THOUSAND = {
    Lapse.DESK_FORWARD: 8,
    Lapse.DESK_FORWARD_PAPERS: 12,
    Lapse.POSTAL_SEND: 15,
    Lapse.POSTAL_RETURN: 15,
    Lapse.PROCESSING: 15,
    Lapse.LATE_NOTICE: 8,
    Lapse.INVITATION: 8,
    Lapse.COMPLAINT: 6,
    Lapse.UNCONFIRMED: 5,
    Lapse.UNSIGNED: 5,
    Lapse.KEPT: 6,
    Lapse.SUPPLEMENT_TWICE: 6,
}
"""How many of a thousand dossiers have it."""
_BY_POST_SHARE = 0.5
_RECEIVED_BY_AGENT_SHARE = 0.25
_COMPLAINT_SHARE = 0.02
_LONG_WORKING_DAYS = 7
"""From here on a procedure leaves time for the post, and for what goes wrong on the way."""
_LONG = tuple(each for each in PROCEDURES if each.working_days >= _LONG_WORKING_DAYS)


def draw(dice: Random) -> Fate:
    """Draw a dossier's fate."""
    usual = 1000 - sum(LAPSES_PER_THOUSAND.values())
    drawn = dice.choices((None, *LAPSES_PER_THOUSAND), (usual, *LAPSES_PER_THOUSAND.values()))[0]
    return with_lapse(drawn, dice) if drawn else _drawn(dice, dice.choice(PROCEDURES))


def with_lapse(lapse: Lapse, dice: Random) -> Fate:
    """Draw a fate in which exactly this goes wrong, wherever that has consequences or not."""
    fate = _plain(_drawn(dice, ELECTRONIC if lapse is Lapse.DESK_FORWARD else dice.choice(_LONG)))
    fate, pushing = replace(fate, lapse=lapse), _one_of(_PUSHING, dice)
    match lapse:
        case Lapse.DESK_FORWARD | Lapse.PROCESSING | Lapse.LATE_NOTICE:
            return fate
        case Lapse.SUPPLEMENT_TWICE:
            return replace(fate, course=Course.SUPPLEMENT)
        case Lapse.UNCONFIRMED:
            return replace(fate, carrier=None)
        case Lapse.POSTAL_RETURN:
            return replace(fate, carrier_back=pushing)
        case Lapse.INVITATION:
            again = Ending.SECOND_ATTEMPT
            return replace(fate, back_to=None, carrier_back=pushing, ending_back=again)
        case Lapse.KEPT:
            # Else the agency, which has them still, would have to say that all is returned.
            return replace(fate, carrier=pushing, carrier_back=pushing)
        case Lapse.COMPLAINT:
            return replace(fate, carrier=pushing, complains=True)
        case _:
            return replace(fate, carrier=pushing)


_PUSHING: Mapping[str | None, float] = {
    carrier: share for carrier, share in _CARRIERS.items() if carrier != "ems"
}
"""Those that tell when they have accepted a parcel and when they have delivered it."""


def _plain(fate: Fate) -> Fate:
    return replace(
        fate,
        ending=Ending.DELIVERED,
        ending_back=Ending.DELIVERED,
        trouble=Trouble.NONE,
        course=Course.PLAIN,
        complains=False,
    )


def _drawn(dice: Random, procedure: Procedure) -> Fate:
    by_agent = dice.random() < _RECEIVED_BY_AGENT_SHARE
    receiver = dice.choice(AGENTS if by_agent else DESKS)
    committee = COMMITTEES[dice.choice([receiver.commune or "", *COMMITTEES])]
    by_post = dice.random() < _BY_POST_SHARE
    is_long = procedure.working_days >= _LONG_WORKING_DAYS
    carrier = _one_of(_THERE, dice) if is_long else None
    course = _one_of(_COURSES, dice)
    return Fate(
        procedure=procedure,
        applicant=an_applicant(dice),
        receiver=receiver,
        agency=DEPARTMENTS[procedure.agency] if procedure.agency else committee,
        carrier=carrier,
        ending=_one_of(_ENDINGS, dice),
        trouble=_one_of(_TROUBLES, dice) if carrier else Trouble.NONE,
        course=Course.PLAIN if course is Course.APOLOGY and not is_long else course,
        back_to=None if by_post else receiver,
        carrier_back=_one_of(_CARRIERS if by_post else _THERE, dice),
        ending_back=_one_of(_ENDINGS_BACK if by_post else _ENDINGS, dice),
        complains=dice.random() < _COMPLAINT_SHARE,
    )


def _one_of(shares: Mapping[T, float], dice: Random) -> T:
    return dice.choices(tuple(shares), tuple(shares.values()))[0]
