"""Receipts become events: each once, in a batch, and a bad one stops no other."""

import threading
from asyncio import gather
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic

import orjson
import psycopg
import pytest

from deploy.parts import CARRIERS
from logistics.carriers import Carrier, Push, Reading
from logistics.errors import ConcurrentChange
from logistics.evidence import Authentication, SourceKind
from logistics.identifiers import paper_stream
from logistics.waybill.milestones import Milestone, TimeFlag
from logistics.waybill.state import standing
from tests.support import stories
from tests.support.pushing import (
    COMPOSE,
    NOON,
    OPERATOR,
    VAULT,
    Office,
    an_office,
    connected,
    count,
    push,
    receiving,
    rows,
)
from webhooks.inbox import Inbox, Receipt
from webhooks.intake import Replayed
from webhooks.secrets import Matched

HOUR = timedelta(hours=1)


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with an_office(database_url) as office:
        yield office


async def stored(url: str, *pushes: Push, operators: Sequence[str] = (OPERATOR,)) -> None:
    """Let the inbox have these pushes, as receiving would."""
    inbox = Inbox(url, VAULT, batch_size=200, queue_limit=10_000)
    await inbox.start()
    matched = Matched(tuple(operators), "secret-1", Authentication.URL_SECRET)
    for each in pushes:
        await inbox.store(Receipt(each, matched))
    await inbox.close()


def a_push(
    number: str,
    code: str = "picked",
    occurred_at: datetime = NOON,
    *,
    carrier: str = "ghn",
    received_at: datetime = NOON + HOUR,
    **facts: str,
) -> Push:
    headers, query, body = COMPOSE[carrier](number, code, occurred_at, **facts)  # type: ignore[arg-type]  # All of them are texts.
    kept = {name.lower(): value for name, value in headers.items()}
    return Push(
        carrier=carrier,
        method="POST",
        query=query,
        headers=kept,
        body=body,
        received_at=received_at,
    )


async def test_a_push_becomes_one_event_that_names_its_receipt_and_how_it_was_authenticated(
    database_url: str, office: Office
) -> None:
    secret = connected(database_url, "ghn")
    async with receiving(database_url) as client:
        await push(client, "ghn", secret, "N1")
    assert office.take_in() == 1
    (recorded,) = office.log("N1")
    source = recorded.metadata.source
    (receipt,) = rows(database_url, "SELECT position::text, received_at FROM receipt")
    assert (source.kind, source.id) == (SourceKind.WEBHOOK, receipt[0])
    assert source.authentication is Authentication.URL_SECRET
    assert recorded.metadata.recorded_at == receipt[1]
    (event,) = office.reports("N1")
    assert event.report.milestone is Milestone.ACCEPTED
    assert event.report.receipt == receipt[0]


async def test_the_same_push_twice_at_once_on_two_workers_is_one_event(
    database_url: str, office: Office
) -> None:
    secret = connected(database_url, "ghn")
    async with receiving(database_url) as one, receiving(database_url) as other:
        for client in (one, other, one):
            assert (await push(client, "ghn", secret, "N1")).status == 200
    office.take_in()
    assert len(office.reports("N1")) == 1


async def test_a_repeat_that_reached_the_inbox_twice_is_one_event(
    database_url: str, office: Office
) -> None:
    again = a_push("N1")  # The same report in a body written otherwise.
    again = replace(again, body=orjson.dumps(orjson.loads(again.body), option=orjson.OPT_INDENT_2))
    await stored(database_url, a_push("N1"), again)
    assert office.take_in() == 2
    assert len(office.reports("N1")) == 1


async def test_the_same_key_with_another_body_is_kept_and_flagged_as_a_conflict(
    database_url: str, office: Office
) -> None:
    await stored(database_url, a_push("N1", place="Kho 1"), a_push("N1", place="Kho 2"))
    office.take_in()
    assert [(each.report.place, each.conflict) for each in office.reports("N1")] == [
        ("Kho 1", False),
        ("Kho 2", True),
    ]


async def test_what_cannot_be_read_waits_in_quarantine_and_stops_nothing(
    database_url: str, office: Office
) -> None:
    unreadable = replace(a_push("N1"), body=b"\xffnot JSON")
    await stored(database_url, a_push("N1"), unreadable, a_push("N2"))
    assert office.take_in() == 3
    assert len(office.reports("N1")) == len(office.reports("N2")) == 1
    assert office.aside() == [(2, 0, "not-json")]


async def test_a_batch_with_one_bad_item_loses_only_that_item_and_says_so(
    database_url: str, office: Office
) -> None:
    items = [orjson.loads(a_push(number).body) for number in ("N1", "", "N3")]
    await stored(database_url, replace(a_push("N1"), body=orjson.dumps(items)))
    office.take_in()
    assert [len(office.reports(number)) for number in ("N1", "N3")] == [1, 1]
    assert office.aside() == [(1, 1, "no-number")]


async def test_delivered_and_then_a_late_in_transit_makes_a_whole_history_and_moves_nothing_back(
    database_url: str, office: Office
) -> None:
    await stored(
        database_url,
        a_push("N1", "delivered", NOON),
        a_push("N1", "transporting", NOON - HOUR),
        a_push("N1", "sorting", NOON + HOUR),
    )
    office.take_in()
    reports = [each.report for each in office.reports("N1")]
    assert len(reports) == 3
    stands = standing(reports)
    assert stands is not None
    assert (stands.milestone, stands.occurred_at) == (Milestone.DELIVERED, NOON)


async def test_a_report_before_the_booking_is_adopted_by_it(
    database_url: str, office: Office
) -> None:
    waybill = stories.WAYBILL
    await stored(
        database_url, a_push(waybill.number, "picked", stories.at(2)), operators=[waybill.operator]
    )
    office.take_in()
    office.let(*stories.parties(), stories.a_dossier(), stories.booking())
    names = [each.name for each in office.log(waybill.number, waybill.operator)]
    assert names == ["waybill.reported", "waybill.booked"]
    held = office.store.load([paper_stream(each) for each in stories.PAPERS])
    assert {events[-1].name for events in held.values()} == {"paper.transferred"}


async def test_of_two_candidates_the_one_that_booked_it_is_meant_and_without_one_none_is(
    database_url: str, office: Office
) -> None:
    waybill = stories.WAYBILL
    office.let(*stories.parties(), stories.a_dossier(), stories.booking())
    either = ["ANOTHER", waybill.operator]
    await stored(database_url, a_push(waybill.number), a_push("N1"), operators=either)
    office.take_in()
    assert len(office.reports(waybill.number, waybill.operator)) == 1
    assert office.reports(waybill.number, "ANOTHER") == []
    assert office.aside() == [(2, 0, "two-candidates")]
    assert [office.log("N1", each) for each in either] == [[], []]


async def test_times_without_a_zone_are_local_and_odd_ones_give_way_to_the_time_of_receipt(
    database_url: str, office: Office
) -> None:
    received_at = NOON + HOUR
    local = a_push("N1", "200", NOON, carrier="viettelpost")
    future = a_push("N2", "200", received_at + timedelta(minutes=11), carrier="viettelpost")
    odd = replace(local, body=local.body.replace(b"20/07/2026", b"yesterday").replace(b"N1", b"N3"))
    await stored(database_url, local, future, odd)
    office.take_in()
    told = [office.reports(number)[0].report for number in ("N1", "N2", "N3")]
    assert [each.occurred_at for each in told] == [NOON, received_at, received_at]
    flags = [None, TimeFlag.FUTURE, TimeFlag.UNREADABLE]
    assert [each.time_flag for each in told] == flags
    assert told[0].occurred_at_text == "20/07/2026 12:00:00"
    assert told[2].occurred_at_text == "yesterday 12:00:00"


async def test_two_intakes_at_once_take_every_receipt_in_once(database_url: str) -> None:
    pushes = [a_push(f"N{each % 40}", "storing", NOON + each * HOUR / 60) for each in range(400)]
    late = NOON + 24 * HOUR
    await stored(database_url, *[replace(each, received_at=late) for each in pushes])
    with ExitStack() as stack:
        offices = [stack.enter_context(an_office(database_url, batch_size=7)) for _ in range(3)]
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(take_in_stubbornly, offices))
        numbers = [f"N{each}" for each in range(40)]
        assert [len(offices[0].reports(number)) for number in numbers] == [10] * 40
    assert count(database_url, "stored_events") == 400


async def test_an_intake_that_follows_three_busy_workers_skips_no_receipt(
    database_url: str, office: Office
) -> None:
    secret = connected(database_url, "ghn")
    done = threading.Event()

    def follow() -> None:
        while not done.is_set():
            office.take_in()
        office.take_in()

    async with AsyncExitStack() as stack:
        workers = [
            await stack.enter_async_context(receiving(database_url, batch_size=size))
            for size in (1, 7, 200)
        ]
        with ThreadPoolExecutor(1) as thread:
            following = thread.submit(follow)
            pushes = [push(workers[n % 3], "ghn", secret, f"N{n}") for n in range(600)]
            answers = await gather(*pushes)
            done.set()
            following.result()
    assert {each.status for each in answers} == {200}
    assert count(database_url, "receipt") == count(database_url, "stored_events") == 600


def take_in_stubbornly(office: Office) -> None:
    """Work off the inbox as the worker does: what lost a race is begun anew."""
    while True:
        try:
            office.take_in()
        except ConcurrentChange:
            continue
        return


async def test_a_receipt_nobody_foresaw_is_set_aside_and_the_others_go_on(
    database_url: str,
) -> None:
    carriers = {**CARRIERS, "ghn": poisoned(CARRIERS["ghn"])}
    numbers = ("N1", "raises", "N2", "no-text", "N3")
    with an_office(database_url, carriers, batch_size=10) as office:
        await stored(database_url, *map(a_push, numbers))
        assert office.take_in() == 5
        assert [len(office.reports(number)) for number in ("N1", "N2", "N3")] == [1, 1, 1]
        assert office.aside() == [(2, 0, "fault"), (4, 0, "fault")]
        await stored(database_url, a_push("N4"), a_push("N5"))
        assert office.intake.run_batch() == 2  # It works in batches again.


def poisoned(carrier: Carrier) -> Carrier:
    """The carrier with a mistake of ours in its mapping."""

    def read(push: Push) -> Reading:
        reading = carrier.read(push)
        if reading.reports[0].number == "raises":
            raise RuntimeError("a mistake")
        if reading.reports[0].number == "no-text":
            spoilt = replace(reading.reports[0], number="\0")
            return replace(reading, reports=(spoilt,))
        return reading

    return replace(carrier, read=read)


async def test_replay_runs_the_fixed_code_with_the_original_receive_time(
    database_url: str,
) -> None:
    received_at = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)
    late = a_push("no-text", "picked", received_at + 5 * HOUR, received_at=received_at)
    await stored(database_url, late)
    with an_office(database_url, {**CARRIERS, "ghn": poisoned(CARRIERS["ghn"])}) as office:
        office.take_in()
        still = office.intake.replay(1, nothing)
        assert [each.reason for each in still.aside] == ["fault"]
        assert office.aside() == [(1, 0, "fault")]
    with an_office(database_url) as office:  # The fixed version.
        replayed = office.intake.replay(1, nothing)
        assert replayed == Replayed(1, ())
        assert office.aside() == []
        (recorded,) = office.log("no-text")
        assert recorded.metadata.recorded_at == received_at
        assert recorded.metadata.correlation_id == "replay-1"
        (event,) = office.reports("no-text")
        assert event.report.time_flag is TimeFlag.FUTURE  # As of then, not of now.


async def test_a_replay_of_what_was_applied_writes_nothing_so_nobody_is_told_twice(
    database_url: str, office: Office
) -> None:
    items = [orjson.loads(a_push(number).body) for number in ("N1", "")]
    await stored(database_url, replace(a_push("N1"), body=orjson.dumps(items)))
    office.take_in()
    for _ in range(2):
        replayed = office.intake.replay(1, nothing)
        assert replayed.position == 1
        assert [each.item for each in replayed.aside] == [1]
    assert office.store.last_position() == 1
    assert office.aside() == [(1, 1, "no-number")]
    with pytest.raises(LookupError):
        office.intake.replay(2, nothing)


async def test_a_replay_after_the_booking_finds_whose_it_was(
    database_url: str, office: Office
) -> None:
    waybill = stories.WAYBILL
    await stored(database_url, a_push(waybill.number), operators=["ANOTHER", waybill.operator])
    office.take_in()
    assert office.aside() == [(1, 0, "two-candidates")]
    office.let(*stories.parties(), stories.a_dossier(), stories.booking())
    assert office.intake.replay(1, nothing).aside == ()
    assert len(office.reports(waybill.number, waybill.operator)) == 1
    assert office.aside() == []


async def test_a_receipt_sealed_with_a_key_that_is_lost_waits_in_quarantine(
    database_url: str, office: Office
) -> None:
    await stored(database_url, a_push("N1"))
    rows(database_url, "UPDATE receipt SET body = '\\x00'::bytea RETURNING 1")
    office.take_in()
    assert office.aside() == [(1, 0, "not-openable")]


async def test_a_push_wakes_the_intake_that_waits_even_if_it_came_just_before(
    database_url: str, office: Office
) -> None:
    assert office.take_in() == 0  # From now on it listens.
    await stored(database_url, a_push("N1"))
    started = monotonic()
    office.intake.wait(30)
    assert monotonic() - started < 10
    assert office.take_in() == 1


async def test_the_intake_outlives_a_lost_connection(database_url: str, office: Office) -> None:
    await stored(database_url, a_push("N1"))
    office.take_in()
    others = "pid <> pg_backend_pid() AND datname = current_database()"
    rows(
        database_url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"
    )  # Our own words.
    await stored(database_url, a_push("N2"))
    with pytest.raises(psycopg.OperationalError):
        office.take_in()
    assert office.take_in() == 1  # The worker has started over.
    assert count(database_url, "receipt") == 2


async def test_nothing_personal_leaves_the_inbox(database_url: str, office: Office) -> None:
    fields: Mapping[str, str] = {"EMPLOYEE_NAME": "Nguyễn Văn A", "RECEIVER_FULLNAME": "Trần B"}
    headers, _, body = COMPOSE["viettelpost"](
        "N1", "200", NOON, note="gọi 0912345678", fields=dict(fields)
    )
    kept = {name.lower(): value for name, value in headers.items()}
    sent = replace(a_push("N1"), carrier="viettelpost", headers=kept, body=body)
    await stored(database_url, sent, replace(sent, body=body[:-1]))
    office.take_in()
    assert len(office.aside()) == 1
    query = """
        SELECT string_agg(convert_from(state, 'UTF8'), '') || (SELECT string_agg(detail, '')
        FROM quarantine) FROM stored_events"""
    (text,) = rows(database_url, query)[0]
    for word in ("Nguyễn", "Trần", "0912345678", "gọi"):
        assert word not in text


def nothing(_: object, __: Replayed) -> None:
    """Write nothing along with it."""
