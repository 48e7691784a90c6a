"""What fell due is written down once, whoever is killed in between and however many sweep at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from random import Random

import orjson
import psycopg

from logistics.identifiers import DossierCode, PaperId
from logistics.postgres_event_store import PostgresEventStore
from projections.runner import Runner
from projections.sweeper import Sweeper
from projections.views import VIEWS
from tests.support.clocked import BASIS
from tests.support.forked import Forked
from tests.support.projecting import append, catch_up
from tests.support.service import parts_of
from tests.support.stories import a_dossier, a_story

KILLS = 12
DOSSIERS = 400
FOUND = {"desk-forward", "desk-forward-papers", "processing", "late-notice", "no-movement"}
"""What is found of a dossier that was received in July and never heard of again."""


def forgotten(store: PostgresEventStore) -> int:
    """Dossiers that nobody does anything about; answers the end of the log."""
    dossiers = [
        a_dossier(PaperId(f"P-{number}"), code=DossierCode(f"D-{number}"))
        for number in range(DOSSIERS)
    ]
    return append(store, a_story(*dossiers).events)


def verdicts(database_url: str) -> dict[str, Counter[str]]:
    """What was found of each dossier, and how often."""
    found: dict[str, Counter[str]] = {}
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT state FROM stored_events WHERE topic LIKE 'sla.%'")
        for (state,) in rows:
            data = orjson.loads(state)["data"]
            found.setdefault(data["dossier"], Counter())[data["kind"]] += 1
    return found


def each_once(database_url: str) -> bool:
    found = verdicts(database_url)
    once = Counter(dict.fromkeys(FOUND, 1))
    return len(found) == DOSSIERS and all(each == once for each in found.values())


def sweep_in_small_batches() -> None:
    """So that a kill mostly comes in between two of them."""
    defaults = Sweeper.__init__.__kwdefaults__
    assert defaults is not None
    defaults["batch_size"] = 7


def test_12_killing_the_sweeper_writes_no_verdict_twice_and_misses_none(database_url: str) -> None:
    dice = Random(18)
    with parts_of(database_url) as parts:
        end = forgotten(parts.store)
        worker = Forked("worker", database_url)
        for _ in range(KILLS):
            worker.start(sweep_in_small_batches)
            for _ in range(dice.randrange(1, 8)):
                parts.store.wait(end, 30)
                end = parts.store.last_position()
            worker.kill()
        written = sum(each.total() for each in verdicts(database_url).values())
        assert 0 < written < DOSSIERS * len(FOUND)  # It was killed at work.
        worker.start()
        while not each_once(database_url):
            assert parts.store.wait(end, 30)
            end = parts.store.last_position()
        assert worker.stop() == 0


def test_two_sweepers_at_once_write_each_verdict_once(database_url: str) -> None:
    with parts_of(database_url) as parts, ThreadPoolExecutor(3) as threads:
        forgotten(parts.store)
        with closing(Runner(database_url, parts.store, VIEWS)) as runner:
            catch_up(runner)

            def sweep() -> None:
                with closing(Sweeper(database_url, parts.store, BASIS, batch_size=11)) as sweeper:
                    while not each_once(database_url):
                        sweeper.run_batch()

            def follow() -> None:
                while not each_once(database_url):
                    runner.run_batch()

            for each in [threads.submit(work) for work in (sweep, sweep, follow)]:
                each.result()
    assert each_once(database_url)
