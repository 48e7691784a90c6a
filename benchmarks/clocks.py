"""The legal clocks: a due time, a hundred thousand dossiers computed anew, what falls due, compliance.

Cost of a dossier computed anew: its row read, its duties computed, its row and its sums written, in
batches of 1,000. Cost of a sweep: one query by an index for 1,000 dossiers, one append, and the view
that follows. Cost of a question about compliance: the sums of whole months and of the days at both
ends, whatever the number of obligations.
"""

import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from time import perf_counter
from typing import Any

import psycopg

from benchmarks.figures import Figure, percentile
from benchmarks.service import Bench, bench_on
from deploy.embedded_postgres import EmbeddedPostgres
from logistics.clocks.basis import Basis
from logistics.clocks.derivation import derivation
from logistics.clocks.office_hours import DEFAULT_HOURS
from logistics.clocks.vietnam import vietnam
from logistics.clocks.working_time import Limit, Office, due_at
from projections.clocks import clocks_view
from projections.compliance import KEPT_ANSWER, MONTHS_ANSWER, Asked, kept_parameters
from projections.compliance_sums import EVERYBODY, By
from projections.renewal import recompute
from projections.runner import Runner, connect
from projections.sweeper import Sweeper

CASES = 20_000
DUE = 10_000
ROWS = 100_000
OBLIGATIONS = 1_000_000
QUESTIONS = 20
_LIMITS = [Limit.parse(each) for each in ("1wd", "2wd", "3wd", "5wd", "15wd", "8wh", "20wh", "5cd")]


def measure(server: EmbeddedPostgres, scale: float) -> list[Figure]:
    figures = [_due_times()]
    with bench_on(server, "clocks") as bench:
        figures += _sweeping(bench, int(DUE * scale))
        figures += _computing_anew(bench, int(ROWS * scale))
    with bench_on(server, "compliance") as bench:
        figures += _compliance(bench, int(OBLIGATIONS * scale))
    return figures


# --- a due time ---


def _due_times() -> Figure:
    dice = Random(1)  # noqa: S311  # The same cases in every run.
    office = Office(vietnam(), DEFAULT_HOURS)
    first = datetime(2026, 1, 1, tzinfo=UTC)
    cases = [
        (first + timedelta(minutes=dice.randrange(500_000)), dice.choice(_LIMITS))
        for _ in range(CASES)
    ]
    computing = _microseconds(lambda: [due_at(start, limit, office) for start, limit in cases])
    some = cases[: CASES // 20]
    walking = _microseconds(lambda: [derivation(start, limit, office) for start, limit in some])
    return Figure(
        name="a due time", value=computing / len(cases), unit="µs", required=8, better="less",
        against=f"walking day by day {walking / len(some):,.0f} µs",
    )  # fmt: skip


def _microseconds(work: Callable[[], object]) -> float:
    return _seconds(work) * 1e6


def _seconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


# --- what falls due ---


def _sweeping(bench: Bench, due: int) -> list[Figure]:
    """Dossiers that were received long ago and forgotten, swept beside the view that follows."""
    view = clocks_view(bench.parts.basis)
    bench.book([("ghn", f"{number:09}") for number in range(due)])
    with closing(Runner(bench.url, bench.parts.store, [view])) as runner:
        while runner.run_batch():
            pass
        _multiply(bench, ROWS - due)
        done = threading.Event()

        def follow() -> None:
            while not done.is_set():
                if not runner.run_batch():
                    runner.wait(0.05)

        following = threading.Thread(target=follow)
        following.start()
        with closing(Sweeper(bench.url, bench.parts.store, bench.parts.basis)) as sweeper:
            finding = _seconds(lambda: _sweep_all(bench, sweeper, due))
        done.set()
        following.join()
    written = bench.count("SELECT count(*) FROM stored_events WHERE topic LIKE 'sla.%'")
    inserting = _seconds(lambda: _insert_plainly(bench, written))
    return [
        Figure(
            name=f"sweeper, {due:,} dossiers due among {ROWS:,}", value=finding, unit="s",
            required=5, better="less",
            against=f"{written:,} verdicts; writing as many plain rows {inserting:.2f} s",
        )
    ]  # fmt: skip


def _sweep_all(bench: Bench, sweeper: Sweeper, due: int) -> None:
    """Until every dossier that was due has its verdicts in the log."""
    question = "SELECT count(DISTINCT originator_id) FROM stored_events WHERE topic LIKE 'sla.%'"
    while True:
        if not sweeper.run_batch():
            if bench.count(question) == due:
                return
            sweeper.wait(1.0)


def _insert_plainly(bench: Bench, rows: int) -> None:
    with psycopg.connect(bench.url) as connection:
        connection.execute("CREATE TEMPORARY TABLE plain (id bigint PRIMARY KEY, text text)")
        statement = "INSERT INTO plain SELECT n, repeat('x', 400) FROM generate_series(1, %s) AS n"
        connection.execute(statement, [rows])


_COPY = """
INSERT INTO views.clocks (key, document)
SELECT key || '-' || n, jsonb_set(jsonb_set(jsonb_set(document::jsonb,
    '{dossier}', to_jsonb(key || '-' || n)), '{attend_at}', 'null'), '{owed}', '[]')
FROM (SELECT key, document FROM views.clocks ORDER BY key LIMIT 500) AS sample,
    generate_series(1, %s) AS n LIMIT %s"""


def _multiply(bench: Bench, rows: int) -> None:
    """Rows of dossiers that nothing is due of, so that a scan would be felt."""
    with psycopg.connect(bench.url, autocommit=True) as connection:
        connection.execute(_COPY, [rows // 500 + 1, rows])
        connection.execute("VACUUM ANALYZE views.clocks")


# --- computed anew ---


def _computing_anew(bench: Bench, rows: int) -> list[Figure]:
    """Every row by a calendar with one more day off, in which every duty is found anew."""
    with psycopg.connect(bench.url, autocommit=True) as connection:
        connection.execute(
            "DELETE FROM views.clocks WHERE key IN (SELECT key FROM views.clocks ORDER BY key"
            " OFFSET %s)",
            [rows],
        )
    view = clocks_view(_corrected(bench.parts.basis))
    with connect(bench.url) as connection:
        reading = _seconds(lambda: _read_all(connection, view.decode))
        seconds = _seconds(lambda: recompute(connection, view))
    return [
        Figure(
            name=f"{rows:,} dossiers computed anew", value=rows / seconds, unit="dossiers/s",
            required=3000, against=f"reading their rows alone {rows / reading:,.0f}/s",
        )
    ]  # fmt: skip


def _corrected(basis: Basis) -> Basis:
    day = (datetime.now(UTC) - timedelta(days=20)).date() + timedelta(days=1)
    off = {**basis.calendar.days_off, day: "Nghỉ thêm"}
    return replace(basis, calendar=replace(basis.calendar, version="corrected", days_off=off))


def _read_all(connection: psycopg.Connection[Any], decode: Callable[[str], Any]) -> None:
    after = ""
    question = "SELECT key, document::text FROM views.clocks WHERE key > %s ORDER BY key LIMIT 1000"
    while rows := connection.execute(question, [after]).fetchall():
        for _, document in rows:
            decode(document)
        after = rows[-1][0]


# --- compliance ---

# Each kind of duty as often as in life, taking minutes, hours or days, spread over a factor of ten.
_OBLIGATIONS = """
CREATE TABLE obligation AS
SELECT date '2026-01-01' + (random() * 269)::int AS day, kind,
    'PARTY-' || (random() * 199)::int AS party, 'AGENCY-' || (random() * 99)::int AS agency,
    'PROCEDURE-' || (random() * 399)::int AS procedure, 'FIELD-' || (random() * 29)::int AS field,
    CASE WHEN kind = 'late-notice' THEN 'waived' ELSE (ARRAY['met', 'met', 'met', 'met', 'met', 'met',
        'breached', 'running', 'waived', 'met'])[1 + (random() * 9)::int] END AS state,
    (centre + (random() + random() + random() - 1.5) * 8)::int AS duration
FROM (SELECT 1 + (random() * 19)::int AS n FROM generate_series(1, %s)) AS drawn
JOIN (VALUES
    ('desk-forward', 20, ARRAY[1, 2, 3, 4, 5]), ('desk-forward-papers', 26, ARRAY[6, 7, 8]),
    ('processing', 40, ARRAY[9, 10, 11, 12, 13]), ('late-notice', 30, ARRAY[14, 15, 16]),
    ('postal-send', 34, ARRAY[17, 18]), ('postal-return', 34, ARRAY[19]),
    ('complaint', 41, ARRAY[20])
) AS duty (kind, centre, ns) ON drawn.n = ANY(duty.ns)"""
_SUMS = """
INSERT INTO views.compliance (scope, by, grain, period, member, met, breached, running, waived)
SELECT '', '{by}', '{grain}', date_trunc('{grain}', day)::date, {column},
    count(*) FILTER (WHERE state = 'met'), count(*) FILTER (WHERE state = 'breached'),
    count(*) FILTER (WHERE state = 'running'), count(*) FILTER (WHERE state = 'waived')
FROM obligation {where} GROUP BY 4, 5"""
_DURATIONS = """
INSERT INTO views.compliance_duration (scope, by, grain, period, member, duration, count)
SELECT '', '{by}', '{grain}', date_trunc('{grain}', day)::date, {column}, duration, count(*)
FROM obligation {where} {and_} state = 'met' GROUP BY 4, 5, 6"""
_COUNTED_ANEW = """
SELECT procedure, count(*), count(*) FILTER (WHERE state = 'met'),
    percentile_disc(0.5) WITHIN GROUP (ORDER BY duration) FILTER (WHERE state = 'met')
FROM obligation WHERE day BETWEEN '2026-01-12' AND '2026-09-17' GROUP BY 1"""


def _compliance(bench: Bench, obligations: int) -> list[Figure]:
    """Every way to ask, over eight months that begin and end in the middle of one."""
    with closing(Runner(bench.url, bench.parts.store, bench.parts.views)) as runner:
        runner.run_batch()
    with psycopg.connect(bench.url, autocommit=True) as connection:
        connection.execute(_OBLIGATIONS, [obligations])
        for by in By:
            if by is not By.MONTH:
                _sum_up(connection, by)
        connection.execute("VACUUM ANALYZE views.compliance")
        connection.execute("VACUUM ANALYZE views.compliance_duration")
        slowest, asked = max((_asked(connection, by), by.value) for by in By)
        anew = _seconds(lambda: connection.execute(_COUNTED_ANEW).fetchall()) * 1000
    return [
        Figure(
            name=f"compliance of {obligations:,} obligations, p95 by {asked}", value=slowest,
            unit="ms", required=50, better="less", against=f"counted anew {anew:,.0f} ms",
        )
    ]  # fmt: skip


def _sum_up(connection: psycopg.Connection[Any], by: By) -> None:
    """The sums as the view keeps them."""
    column = "party" if by is By.OPERATOR else by.value
    where = "WHERE kind LIKE 'postal%'" if by is By.OPERATOR else ""
    for grain in ("day", "month"):
        for statement in (_SUMS, _DURATIONS):
            told = statement.format(
                by=by.value,
                grain=grain,
                column=column,
                where=where or "",
                and_="AND" if where else "WHERE",
            )
            connection.execute(told.encode())


def _asked(connection: psycopg.Connection[Any], by: By) -> float:
    """The 95th percentile of asking, in milliseconds."""
    asked = Asked.model_validate({"from": date(2026, 1, 12), "to": date(2026, 9, 17), "by": by})
    parameters = kept_parameters(asked, EVERYBODY)
    answer = MONTHS_ANSWER if by is By.MONTH else KEPT_ANSWER
    with connection.cursor(binary=True) as cursor:
        cursor.execute(answer, parameters, prepare=False)  # The first one warms the cache.
        times = [
            _seconds(lambda: cursor.execute(answer, parameters, prepare=False).fetchall())
            for _ in range(QUESTIONS)
        ]
    return percentile(times, 0.95) * 1000
