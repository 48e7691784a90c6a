"""What parties and procedures are called, for people to read."""

from collections.abc import Collection
from typing import Final

from logistics.identifiers import CITIZEN
from projections.services import ReadServices

_NAMES: Final = "SELECT key, document ->> 'name' FROM views.parties WHERE key = ANY(%b::text[])"

_PROCEDURES: Final = """
SELECT key, document -> 'terms' -> -1 ->> 'name' FROM views.procedures
WHERE key = ANY(%b::text[])"""


async def procedure_names(services: ReadServices, codes: Collection[str]) -> dict[str, str]:
    """The names of procedures in the catalogue; one that is not in it is called by its code."""
    rows = await services.rows(_PROCEDURES, [list(codes)])
    return {**{code: code for code in codes}, **dict(rows)}


async def names_of(services: ReadServices, codes: Collection[str]) -> dict[str, str]:
    """The names of these parties; one that nobody knows is called by its code."""
    rows = await services.rows(_NAMES, [list(codes)])
    return {**{code: code for code in codes}, **dict(rows), CITIZEN: "Người nộp hồ sơ"}
