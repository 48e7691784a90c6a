"""What can have happened to a procedure: it was catalogued, anew for every change of its terms."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from logistics.identifiers import PartyCode


class LimitUnit(StrEnum):
    """What a statutory limit counts in."""

    WORKING_DAYS = "working_days"
    WORKING_HOURS = "working_hours"
    CALENDAR_DAYS = "calendar_days"


class Level(StrEnum):
    """At which level of government a procedure is decided."""

    PROVINCE = "province"
    COMMUNE = "commune"


class Online(StrEnum):
    """How much of a procedure can be done online (toàn trình, một phần)."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"


class Group(StrEnum):
    """The group of a procedure that is done regardless of place (KH 20/KH-UBND III.1)."""

    ONLINE_ANY_DESK = "a"
    ONLINE_IN_PERSON = "b"
    IN_PERSON = "c"
    WAITS_FOR_LAW = "d"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatutoryLimit:
    """How long the agency may take, by law or by the province's own decision."""

    n: int
    unit: LimitUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """Whether a post office or an agent may file and collect, and what paper that takes."""

    post: bool
    agent: bool
    document: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureCatalogued:
    """The terms of a procedure from a day on; dossiers received from then on go by them."""

    procedure: str
    name: str
    field: str
    agency: PartyCode
    level: Level
    limit: StatutoryLimit
    online: Online
    group: Group
    authorisation: Authorisation
    effective_from: date
    occurred_at: datetime


ProcedureEvent = ProcedureCatalogued
