"""What the province can do with the catalogue."""

from dataclasses import dataclass
from datetime import date, datetime

from logistics.identifiers import PartyCode
from logistics.procedure.events import Authorisation, Group, Level, Online, StatutoryLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueProcedure:
    """State the terms of a procedure from a day on."""

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
