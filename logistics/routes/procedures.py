"""Writes about the catalogue of procedures: what may be asked for, of whom, and how long it may take."""

from datetime import date, datetime
from typing import Annotated, Any, Final

from pydantic import Discriminator, Field, PlainValidator, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError

from logistics.credentials import Role
from logistics.identifiers import PartyCode
from logistics.procedure.commands import CatalogueProcedure
from logistics.procedure.events import (
    Authorisation,
    Group,
    Level,
    LimitUnit,
    Online,
    StatutoryLimit,
)
from logistics.routes.writing import WriteServices, record_all
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.fields import EARLIEST_YEAR, LATEST_YEAR, Body, Code, Name, Written

MOST_AT_ONCE: Final = 5_000


def read_day(value: object) -> date:
    """Read a day, as in `2026-08-05`."""
    try:
        read = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        read = None
    if read is None or not EARLIEST_YEAR <= read.year <= LATEST_YEAR:
        raise PydanticCustomError("day", "Input should be a day, as in 2026-08-05")
    return read


Day = Annotated[
    date,
    PlainValidator(read_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-08-05"]}),
]


class StatedLimit(Body):
    """How long the agency may take."""

    n: Annotated[int, Field(ge=1, le=1_000)]
    unit: LimitUnit


class StatedAuthorisation(Body):
    """Whether a post office or an agent may file and collect, and what paper that takes."""

    post: bool
    agent: bool
    document: Name | None = None


class NewProcedure(Body):
    """The terms of a procedure, for dossiers received from a day on."""

    code: Code
    name: Name
    field: Name
    agency: Code
    level: Level
    limit: StatedLimit
    online: Online
    group: Group
    authorisation: StatedAuthorisation
    effective_from: Day


class Catalogued(Written):
    """So many procedures were stated; those that say nothing new changed nothing."""

    procedures: int


def _one_or_many(value: Any) -> str:
    return " " if isinstance(value, list) else ""


# The tags are blank, so that a fault is told by the path that its sender wrote.
Procedures = Annotated[
    Annotated[NewProcedure, Tag("")]
    | Annotated[
        Annotated[list[NewProcedure], Field(min_length=1, max_length=MOST_AT_ONCE)], Tag(" ")
    ],
    Discriminator(_one_or_many),
]


async def catalogue_procedures(call: Call[WriteServices], body: Procedures) -> Catalogued:
    """State the terms of procedures, one or many, all or none of them.

    New terms hold for dossiers received from `effective_from` on; those received before go on by
    the old ones. The same terms again change nothing, other terms for the same day correct them.
    """
    stated = body if isinstance(body, list) else [body]
    commands = [command_of(each, call.received_at) for each in stated]
    return await record_all(
        call,
        commands,
        lambda position: Catalogued(procedures=len(stated), position=position),
        "body",
    )


def command_of(stated: NewProcedure, at: datetime) -> CatalogueProcedure:
    """The command that a statement asks for."""
    return CatalogueProcedure(
        procedure=stated.code,
        name=stated.name,
        field=stated.field,
        agency=PartyCode(stated.agency),
        level=stated.level,
        limit=StatutoryLimit(n=stated.limit.n, unit=stated.limit.unit),
        online=stated.online,
        group=stated.group,
        authorisation=Authorisation(
            post=stated.authorisation.post,
            agent=stated.authorisation.agent,
            document=stated.authorisation.document,
        ),
        effective_from=stated.effective_from,
        occurred_at=at,
    )


ENDPOINTS: Final = (
    Endpoint(
        "POST",
        "/v1/procedures",
        catalogue_procedures,
        roles=frozenset({Role.PROVINCE}),
        status=201,
        tags=("procedures",),
    ),
)
