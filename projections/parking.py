"""What views could not fold: shown, and folded again when it has been mended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from psycopg import Connection, Cursor

from logistics.event_types import recorded_from
from logistics.recorded import Recorded
from projections.folding import fold_batch
from projections.runner import connect
from projections.tables import park
from projections.view import LIVE, View

_LIST: Final = """
SELECT view, key, min(position), count(*), max(error) FROM view_parked
GROUP BY view, key ORDER BY view, min(position)"""
_LOCK: Final = "SELECT FROM view_position WHERE name = %b FOR UPDATE"
_TAKE: Final = "DELETE FROM view_parked WHERE view = %b AND key = %b RETURNING position"
_EVENTS: Final = """
SELECT notification_id, originator_id, originator_version, topic, state FROM public.stored_events
WHERE notification_id = ANY(%b::bigint[]) ORDER BY notification_id"""


@dataclass(frozen=True, slots=True)
class ParkedKey:
    """A key of a view that waits: since which position, with how many events, and why."""

    view: str
    key: str
    position: int
    events: int
    error: str


def list_parked(url: str) -> list[ParkedKey]:
    """Everything that waits, the oldest of each view first."""
    with connect(url) as connection:
        return [ParkedKey(*row) for row in connection.execute(_LIST)]


def retry_parked(url: str, views: Sequence[View[Any]]) -> int:
    """Fold again what waits; says how many keys are whole again. The others wait on."""
    by_name = {view.name: view for view in views}
    healed = 0
    with connect(url) as connection:
        for parked in [ParkedKey(*row) for row in connection.execute(_LIST)]:
            if parked.view in by_name:
                healed += _retry(connection, by_name[parked.view], parked.key)
    return healed


def _retry(connection: Connection[Any], view: View[Any], key: str) -> bool:
    with connection.transaction(), connection.cursor(binary=True) as cursor:
        cursor.execute(_LOCK, [view.name])  # The runner waits, so nothing comes in between.
        positions = [row[0] for row in cursor.execute(_TAKE, [view.name, key])]
        folded = fold_batch(cursor, _only(view, key), LIVE, _events(cursor, positions))
        park(cursor, folded.parked)
        return not folded.parked


def _only(view: View[Any], key: str) -> View[Any]:
    """The view, looking at one key: its events may touch others that have long gone on."""

    def keys(recorded: Recorded) -> list[str]:
        touched = list(view.keys(recorded))
        # An event whose keys could not be told had parked its stream; now they can be.
        return touched if key == str(recorded.stream) else [each for each in touched if each == key]

    return replace(view, keys=keys)


def _events(cursor: Cursor[Any], positions: list[int]) -> list[Recorded]:
    return [recorded_from(*row) for row in cursor.execute(_EVENTS, [positions]).fetchall()]
