"""What was known of dossiers at a time: folded anew from the log, up to what was recorded by then.

A few hundred dossiers are read at once, so a question about all of them costs a query for so many
and memory for so many, however long the log has grown.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final

import orjson

from logistics.dossier_facts import TOPICS, DossierFacts, dossiers_of, evolve_facts
from logistics.identifiers import StreamId
from logistics.recorded import Recorded
from projections.services import ReadServices

BATCH: Final = 200
_PAGE: Final = 10_000

_CODES: Final = "SELECT key FROM views.audit WHERE key > %b ORDER BY key LIMIT %b"
_STREAMS: Final = "SELECT document::text FROM views.audit WHERE key = ANY(%b::text[])"


async def facts_as_known(
    services: ReadServices, dossiers: Sequence[str], as_of: datetime
) -> dict[str, DossierFacts]:
    """What was known of these dossiers; one that was not received yet is left out."""
    facts: dict[str, DossierFacts] = {}
    asked = frozenset(dossiers)
    streams, after = await _streams(services, dossiers, as_of), 0
    while streams:
        page = await services.log.read_streams(
            streams, after=after, limit=_PAGE, recorded_until=as_of
        )
        # Not on the event loop: carriers are not to wait for somebody's question about the past.
        await asyncio.to_thread(_fold, facts, page, asked)
        if len(page) < _PAGE:
            break
        after = page[-1].position
    return facts


async def all_as_known(
    services: ReadServices, as_of: datetime
) -> AsyncIterator[dict[str, DossierFacts]]:
    """What was known of every dossier, some hundreds at a time, in the order of their codes."""
    after = ""
    while codes := [code for (code,) in await services.rows(_CODES, [after, BATCH])]:
        yield await facts_as_known(services, codes, as_of)
        after = codes[-1]


def _fold(facts: dict[str, DossierFacts], page: Sequence[Recorded], asked: frozenset[str]) -> None:
    for recorded in page:
        if recorded.name not in TOPICS:
            continue
        for dossier in asked.intersection(dossiers_of(recorded)):
            evolved = evolve_facts(facts.get(dossier), recorded)
            if evolved is not None:
                facts[dossier] = evolved


async def _streams(
    services: ReadServices, dossiers: Sequence[str], as_of: datetime
) -> list[StreamId]:
    """The streams that had to do with these dossiers by then."""
    rows = await services.rows(_STREAMS, [list(dossiers)])
    known = {
        stream
        for (document,) in rows
        for stream, recorded_at in orjson.loads(document).items()
        if datetime.fromisoformat(recorded_at) <= as_of
    }
    return [StreamId.parse(stream) for stream in sorted(known)]
