"""Writes down what the clocks have come to: breaches, retractions, alarms; each once.

What is due to be written is found by an index, never by scanning. A dossier's findings go to its own
stream, with the version that its row has seen, so a finding that is there already, or a row that
lags behind, is a version conflict and not a second event. Whatever crashes between, the next sweep
finds the same difference or none. While the view has not seen what was written of some dossiers, the
others go on.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import perf_counter, sleep
from typing import Any, Final

import orjson
import psycopg
import structlog
from psycopg import Connection

from logistics.clocks.basis import Basis
from logistics.clocks.verdicts import judge
from logistics.dossier_facts import DossierFacts
from logistics.errors import ConcurrentChange
from logistics.event_store import EventStore, NewEvent
from logistics.evidence import Source, SourceKind
from logistics.identifiers import PROVINCE, DossierCode, StreamId, clocks_stream
from logistics.recorded import Metadata
from projections.clocks import moment_text
from projections.computing import remembered
from projections.runner import connect

_DUE: Final = """
SELECT document::text FROM views.clocks
WHERE attend_at <= %b AND key <> ALL(%b::text[]) ORDER BY attend_at LIMIT %b"""
_SEEN: Final = "SELECT position FROM view_position WHERE name = 'clocks'"
_MOST_UNSEEN: Final = 5  # Batches: what is computed for them is remembered that long.
_SWEEP_SECONDS: Final = 1.0
_LAG_SECONDS: Final = 0.02
_SOURCE: Final = Source(kind=SourceKind.SYSTEM, id="clocks")

_log = structlog.get_logger()


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Sweeper:
    """Finds what has to be written. One thread at a time may drive it; others do no harm."""

    def __init__(
        self,
        url: str,
        store: EventStore,
        basis: Basis,
        *,
        batch_size: int = 1000,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._url = url
        self._store = store
        self._basis = basis
        self._batch_size = batch_size
        self._now = now
        self._connection: Connection[Any] | None = None
        self._unseen: dict[str, int] = {}
        """Dossiers that the view has not seen something of yet, and up to which position."""

    def run_batch(self) -> int:
        """Write down what is due now; says how many events, 0 when there is nothing or it is too early.

        It is too early for a dossier while the view has not seen what was written of it last, and
        for all of them when that are too many.
        """
        connection = self._connected()
        row = connection.execute(_SEEN).fetchone()
        seen = row[0] if row else 0
        self._unseen = {key: at for key, at in self._unseen.items() if at > seen}
        if len(self._unseen) >= _MOST_UNSEEN * self._batch_size:
            return 0
        now = self._now()
        return self._write(_due(connection, now, [*self._unseen], self._batch_size), now)

    def wait(self, timeout_seconds: float) -> None:
        """Wait until there may be more: a moment for the view, or until time has passed."""
        sleep(min(timeout_seconds, _LAG_SECONDS if self._unseen else _SWEEP_SECONDS))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _write(self, due: Sequence[DossierFacts], now: datetime) -> int:
        started = perf_counter()
        found = [(facts, self._judged(facts, now)) for facts in due]
        events = [event for _, judged in found for event in judged]
        if not events:
            return 0
        expected = {_stream(facts): facts["verdicts"]["stream_version"] for facts, _ in found}
        try:
            positions = self._store.append(events, expected)
            self._unseen |= {facts["dossier"]: positions[-1] for facts in due}
        except ConcurrentChange:
            positions = self._write_one_by_one(found)
        milliseconds = round((perf_counter() - started) * 1000, 2)
        _log.info("clocks-swept", events=len(positions), duration_ms=milliseconds)
        return len(positions)

    def _write_one_by_one(
        self, found: Sequence[tuple[DossierFacts, Sequence[NewEvent]]]
    ) -> list[int]:
        """Somebody wrote to one of the streams: the others are not to wait for that one."""
        positions: list[int] = []
        for facts, events in found:
            if not events:
                continue
            expected = {_stream(facts): facts["verdicts"]["stream_version"]}
            try:
                positions += self._store.append(events, expected)
                self._unseen[facts["dossier"]] = positions[-1]
            except ConcurrentChange:
                # Its row has not seen that yet; it will have when it has seen all there is now.
                self._unseen[facts["dossier"]] = self._store.last_position()
        return positions

    def _judged(self, facts: DossierFacts, now: datetime) -> list[NewEvent]:
        found = remembered(facts, self._basis)
        metadata = Metadata(
            recorded_at=now, actor=PROVINCE, source=_SOURCE, correlation_id="clocks"
        )
        return [
            NewEvent(stream=_stream(facts), event=event, metadata=metadata)
            for event in judge(facts, found.obligations, found.conditions, now)
        ]

    def _connected(self) -> Connection[Any]:
        if self._connection is None or self._connection.closed or self._connection.broken:
            self._connection = connect(self._url)
        return self._connection


def _due(
    connection: Connection[Any], now: datetime, unseen: list[str], limit: int
) -> list[DossierFacts]:
    try:
        rows = connection.execute(_DUE, [moment_text(now), unseen, limit]).fetchall()
    except psycopg.errors.UndefinedTable:
        return []  # The view's runner has not made it yet.
    return [orjson.loads(document) for (document,) in rows]


def _stream(facts: DossierFacts) -> StreamId:
    return clocks_stream(DossierCode(facts["dossier"]))
