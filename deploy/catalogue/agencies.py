"""Which agency a cell of the catalogue means: by its code, or by its name where only one has it."""

from collections import Counter
from typing import Final

import psycopg

from deploy.catalogue.columns import heading_key
from deploy.parts import Parts
from logistics.identifiers import StreamId
from logistics.party.events import PartyKind
from logistics.party.state import Party
from logistics.streams import fold

# Streams of parties lie together in the primary key, however long the log is.
_PARTIES: Final = """
SELECT originator_id FROM stored_events
WHERE originator_id >= 'party:' AND originator_id < 'party;' AND originator_version = 1"""


def known_agencies(parts: Parts) -> dict[str, str]:
    """Codes of agencies, by code and by name as they are compared (`heading_key`)."""
    agencies = [each for each in _parties(parts) if each.kind is PartyKind.AGENCY]
    names = Counter(heading_key(each.name) for each in agencies)
    by_name = {heading_key(each.name): each.code for each in agencies}
    alone = {name: code for name, code in by_name.items() if names[name] == 1}
    return {**alone, **{heading_key(each.code): each.code for each in agencies}}


def _parties(parts: Parts) -> list[Party]:
    with psycopg.connect(parts.database.url) as connection:
        streams = [StreamId.parse(stream) for (stream,) in connection.execute(_PARTIES)]
    loaded = parts.store.load(streams)
    states = [fold(stream, (each.event for each in loaded[stream])) for stream in streams]
    return [state for state in states if isinstance(state, Party)]
