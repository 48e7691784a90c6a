"""Which procedures are there, and by which terms goes a dossier that is received on a day?"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final, TypedDict

import orjson

from logistics.credentials import Role
from logistics.errors import NotFound
from logistics.event_types import name_of
from logistics.procedure.events import Group, Level, LimitUnit, Online, ProcedureCatalogued
from logistics.recorded import Recorded
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.fields import Answer, Code, Items
from projections.services import Page, ReadServices, page_of
from projections.view import View, view_table


class Procedure(TypedDict):
    """A procedure with all its terms, by the day from which they hold."""

    code: str
    terms: list[dict[str, Any]]


def keys(recorded: Recorded) -> Iterable[str]:
    """The procedure itself."""
    return (recorded.data["procedure"],)


def project(row: Procedure | None, recorded: Recorded, key: str) -> Procedure:
    """Add terms; for a day that has some already, they correct those."""
    told = recorded.data
    stated = {name: told[name] for name in _TERMS}
    others = [
        terms
        for terms in (row["terms"] if row else [])
        if terms["effective_from"] != stated["effective_from"]
    ]
    return {"code": key, "terms": sorted([*others, stated], key=_from)}


def _from(terms: Mapping[str, Any]) -> str:
    since: str = terms["effective_from"]
    return since


_TERMS: Final = (
    "effective_from",
    "name",
    "field",
    "agency",
    "level",
    "limit",
    "online",
    "group",
    "authorisation",
)

PROCEDURES: Final[View[Procedure]] = View(
    name="procedures",
    table=view_table("procedures"),
    topics=frozenset({name_of(ProcedureCatalogued)}),
    keys=keys,
    project=project,
)

_ONE: Final = "SELECT document::text FROM views.procedures WHERE key = %b"
_LIST: Final = "SELECT document::text FROM views.procedures WHERE key > %b ORDER BY key LIMIT %b"


class KnownLimit(Answer):
    """How long the agency may take."""

    n: int
    unit: LimitUnit


class KnownAuthorisation(Answer):
    """Whether a post office or an agent may file and collect, and what paper that takes."""

    post: bool
    agent: bool
    document: str | None


class TermsOfProcedure(Answer):
    """The terms of a procedure, for dossiers received from a day on."""

    effective_from: date
    name: str
    field: str
    agency: str
    level: Level
    limit: KnownLimit
    online: Online
    group: Group
    authorisation: KnownAuthorisation


class KnownProcedure(Answer):
    """A procedure; its terms in the order of the days from which they hold."""

    code: str
    terms: list[TermsOfProcedure]


async def procedure(call: Call[ReadServices], code: Code) -> KnownProcedure:
    """A procedure, with all terms it ever had."""
    for (document,) in await call.services.rows(_ONE, [code]):
        return KnownProcedure.model_validate(orjson.loads(document))
    raise NotFound("unknown-procedure", "There is no such procedure in the catalogue.")


async def procedures(call: Call[ReadServices], query: Page) -> Items[KnownProcedure]:
    """The catalogue, in the order of its codes."""
    rows = await call.services.rows(_LIST, [query.after or "", query.limit + 1])
    found = [KnownProcedure.model_validate(orjson.loads(document)) for (document,) in rows]
    return page_of(found, query.limit, "code")


ENDPOINTS: Final[tuple[Endpoint[Any], ...]] = (
    Endpoint(
        "GET",
        "/v1/procedures/{code}",
        procedure,
        roles=frozenset(Role),
        views=("procedures",),
        tags=("procedures",),
        problems={404: ("unknown-procedure",)},
    ),
    Endpoint(
        "GET",
        "/v1/procedures",
        procedures,
        roles=frozenset(Role),
        views=("procedures",),
        tags=("procedures",),
    ),
)
