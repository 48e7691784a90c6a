"""When the terms of a procedure may be stated."""

from dataclasses import replace

from logistics.identifiers import StreamId, party_stream, procedure_stream
from logistics.party.events import PartyKind
from logistics.party.rules import acting
from logistics.procedure.commands import CatalogueProcedure
from logistics.procedure.events import ProcedureCatalogued
from logistics.world import World

AGENCIES = frozenset({PartyKind.AGENCY})


def needs(command: CatalogueProcedure, world: World) -> list[StreamId]:
    return [procedure_stream(command.procedure), party_stream(command.agency)]


def catalogue(command: CatalogueProcedure, world: World) -> list[ProcedureCatalogued]:
    """New terms stand beside the old ones, which dossiers received before still go by.

    The same terms again change nothing; other terms for the same day correct what was stated.
    """
    acting(world, command.agency, "agency", AGENCIES)
    stated = ProcedureCatalogued(
        procedure=command.procedure,
        name=command.name,
        field=command.field,
        agency=command.agency,
        level=command.level,
        limit=command.limit,
        online=command.online,
        group=command.group,
        authorisation=command.authorisation,
        effective_from=command.effective_from,
        occurred_at=command.occurred_at,
    )
    procedure = world.procedure(command.procedure)
    known = procedure.terms if procedure else ()
    if any(replace(terms, occurred_at=stated.occurred_at) == stated for terms in known):
        return []
    return [stated]
