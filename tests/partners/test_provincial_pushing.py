"""Pushes reach the portal in order, and nothing is skipped, whatever the portal does."""

import asyncio
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import psycopg
import pytest
from structlog.testing import capture_logs

from logistics.dossier import events as dossier
from logistics.identifiers import DossierCode
from logistics.personal_data import erase
from logistics.recorded import Event
from partners.provincial import retry_put_aside
from partners.provincial.pushing import pause_after
from tests.support.clocked import AGENCY, at
from tests.support.provincial import (
    PERSON,
    PROGRESS,
    SYNC,
    Portal,
    Pushed,
    Pushing,
    a_portal,
    pushing,
    reception,
)

CODE = "D-1"
REJECTED = {"error_code": "10", "message": f"Sai tên: {PERSON['name']}"}


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[Pushing]:
    async with pushing(database_url) as service:
        yield service


def taken_over(code: str = CODE) -> Event:
    return dossier.DossierTakenOver(
        dossier=DossierCode(code), by_party=AGENCY, occurred_at=at("2026-08-11T08:00")
    )


def decided(code: str = CODE) -> Event:
    return dossier.DossierDecided(
        dossier=DossierCode(code), by_party=AGENCY, occurred_at=at("2026-08-12T08:00")
    )


def suspended(code: str, day: int) -> list[Event]:
    told: dict[str, Any] = {"dossier": DossierCode(code), "by_party": AGENCY}
    return [
        dossier.DossierSuspended(**told, occurred_at=at(f"2026-08-{day:02}T09:00")),
        dossier.DossierResumed(**told, occurred_at=at(f"2026-08-{day:02}T10:00")),
    ]


# --- what is taken ---


async def test_a_dossier_arrives_whole_with_its_applicant_in_vietnamese(service: Pushing) -> None:
    service.receives(CODE)
    await service.pushes()
    [created, row] = service.portal.taken
    assert (created.service, created.is_updating) == (SYNC, False)
    assert created.record["ChuHoSo"] == "Trần Thị Bích Ngọc"
    assert created.record["TenTTHC"] == "Đăng ký biến động đất đai"
    assert created.record["SoDienThoai"] == PERSON["phone"]
    assert row.record["NoiDungXuLy"] == "Tiếp nhận hồ sơ"


async def test_what_was_erased_is_pushed_empty(service: Pushing) -> None:
    service.receives(CODE)
    with psycopg.connect(service.parts.database.url) as connection:
        assert erase(connection.cursor(), f"dossier:{CODE}") == 1
    await service.pushes()
    record = service.portal.taken[0].record
    assert [record[name] for name in ("ChuHoSo", "SoDienThoai", "DinhDanhCHS")] == ["", "", []]


async def test_later_batches_know_what_earlier_ones_told(service: Pushing) -> None:
    service.receives(CODE)
    await service.pushes()
    service.happens(taken_over())
    await service.pushes()
    service.happens(decided())
    await service.pushes()
    assert service.portal.statuses(CODE) == ["2", "4", "9"]
    assert [each.is_updating for each in service.portal.of(CODE, SYNC)] == [False, True, True]


async def test_nothing_is_pushed_twice_and_nothing_without_an_event(service: Pushing) -> None:
    service.receives(CODE)
    await service.pushes()
    await service.pushes()
    assert len(service.portal.came) == 2


# --- the session ---


async def test_one_session_serves_many_pushes(service: Pushing) -> None:
    for number in range(20):
        service.receives(f"D-{number}")
    await service.pushes()
    assert service.portal.logins == 1
    assert len(service.portal.taken) == 40


@pytest.mark.parametrize("with_401", [False, True])
async def test_a_session_that_is_over_is_renewed_once_for_all(
    service: Pushing, with_401: bool
) -> None:
    service.portal.refuses_sessions_with_401 = with_401
    service.receives(CODE)
    await service.pushes()
    service.portal.forget_sessions()
    for number in range(2, 20):
        service.receives(f"D-{number}")
    await service.pushes()
    assert service.portal.logins == 2
    assert len(service.portal.taken) == 38


async def test_a_login_that_is_refused_skips_nothing(service: Pushing) -> None:
    service.portal.password = "another"
    service.receives(CODE)
    with capture_logs() as logs:
        await service.pushes()
    assert service.position() < service.parts.store.last_position()
    codes = {each["code"] for each in logs if each["event"] == "provincial-unavailable"}
    assert codes == {"login-refused-1"}
    service.portal.password = "mật khẩu"
    await service.pushes()
    assert service.portal.statuses(CODE) == ["2"]


async def test_a_portal_that_takes_no_session_at_all_is_away(service: Pushing) -> None:
    service.portal.says = lambda _: {"error_code": "-1", "message": "Session đã hết hạn"}
    service.receives(CODE)
    await service.pushes()
    assert service.put_aside() == []
    service.portal.says = lambda _: None
    await service.pushes()
    assert service.portal.statuses(CODE) == ["2"]


# --- what is there already, or not ---


async def test_a_dossier_that_exists_already_is_sent_again_as_an_update(service: Pushing) -> None:
    service.portal.known.add(CODE)
    service.receives(CODE)
    await service.pushes()
    assert [each.is_updating for each in service.portal.came[:2]] == [False, True]
    assert service.portal.statuses(CODE) == ["2"]
    assert service.put_aside() == []


async def test_a_dossier_that_the_portal_has_lost_is_created_by_its_next_status(
    service: Pushing,
) -> None:
    service.receives(CODE)
    await service.pushes()
    service.portal.known.clear()
    service.happens(taken_over())
    await service.pushes()
    assert [each.is_updating for each in service.portal.came[2:4]] == [True, False]
    assert service.portal.statuses(CODE) == ["2", "4"]


# --- what is rejected ---


async def test_a_rejected_record_is_put_aside_and_the_later_ones_go_on(service: Pushing) -> None:
    service.portal.says = lambda it: REJECTED if it.status == "4" and it.service == SYNC else None
    service.receives(CODE)
    service.happens(taken_over(), decided())
    await service.pushes()
    assert service.put_aside() == [(CODE, SYNC, "10")]
    assert service.portal.statuses(CODE) == ["2", "9"]
    assert len(service.portal.of(CODE, PROGRESS)) == 3
    assert service.position() == service.parts.store.last_position()


async def test_a_dossier_whose_creation_was_rejected_comes_with_its_next_status(
    service: Pushing,
) -> None:
    service.portal.says = lambda it: REJECTED if it.service == SYNC and it.status == "2" else None
    service.receives(CODE)
    service.happens(taken_over())
    await service.pushes()
    assert service.put_aside() == [(CODE, SYNC, "10"), (CODE, PROGRESS, "21")]
    assert service.portal.statuses(CODE) == ["4"]


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_record_refused_by_http_is_put_aside(service: Pushing, status: int) -> None:
    service.portal.says = lambda it: status if it.dossier == CODE else None
    service.receives(CODE)
    service.receives("D-2")
    await service.pushes()
    assert service.put_aside() == [
        (CODE, SYNC, f"http-{status}"),
        (CODE, PROGRESS, f"http-{status}"),
    ]
    assert service.portal.statuses("D-2") == ["2"]


async def test_a_retry_pushes_rows_as_they_were_and_the_dossier_as_it_is(service: Pushing) -> None:
    service.portal.says = lambda it: REJECTED if it.status in {"2", "4"} else None
    service.receives(CODE)
    service.happens(taken_over(), decided())
    await service.pushes()
    assert len(service.put_aside()) == 4
    service.portal.says = lambda _: None
    assert retry_put_aside(service.parts.database.url) == 4
    await service.pushes()
    assert service.put_aside() == []
    assert service.portal.statuses(CODE) == ["9", "9"]
    assert service.portal.texts(CODE)[-2:] == [
        "Tiếp nhận hồ sơ",
        "Cơ quan giải quyết tiếp nhận hồ sơ",
    ]


async def test_what_is_rejected_again_stays_put_aside_and_is_not_retried_for_ever(
    service: Pushing,
) -> None:
    service.portal.says = lambda _: REJECTED
    service.receives(CODE)
    await service.pushes()
    assert retry_put_aside(service.parts.database.url, "D-2") == 0
    assert retry_put_aside(service.parts.database.url, CODE) == 2
    await service.pushes()
    assert service.put_aside() == [(CODE, SYNC, "10"), (CODE, PROGRESS, "10")]
    assert len(service.portal.came) == 4


async def test_a_retry_that_fails_is_put_aside_again_and_holds_up_nothing_new(
    service: Pushing,
) -> None:
    service.portal.says = lambda it: REJECTED if it.dossier == CODE else None
    service.receives(CODE)
    await service.pushes()
    retry_put_aside(service.parts.database.url)
    service.portal.says = lambda it: 503 if it.dossier == CODE else None
    service.receives("D-2")
    await service.pushes_all()
    assert service.portal.statuses("D-2") == ["2"]
    assert [each[:2] for each in service.put_aside()] == [(CODE, SYNC), (CODE, PROGRESS)]


async def test_what_no_event_makes_any_more_is_forgotten_by_a_retry(service: Pushing) -> None:
    service.receives(CODE)
    await service.pushes()
    with psycopg.connect(service.parts.database.url) as connection:
        connection.execute(
            "INSERT INTO provincial_put_aside (dossier, position, service, part, code, retry)"
            " VALUES (%s, 1, %s, 7, '10', true)",
            [CODE, PROGRESS],
        )
    service.receives("D-2")
    await service.pushes_all()
    assert service.put_aside() == []
    assert service.portal.statuses("D-2") == ["2"]


# --- when the portal is away ---


UNCLEAR = {
    "no-code": {"message": "?"},
    "no-answer": ["Thành công"],
    "endless": {"error_code": "0", "message": "x" * 100_000},
    **{str(status): status for status in (302, 307, 403, 404, 429, 500, 502, 503)},
}


@pytest.mark.parametrize("answer", UNCLEAR.values(), ids=UNCLEAR)
async def test_while_the_portal_says_nothing_clear_nothing_is_skipped(
    service: Pushing, answer: Any
) -> None:
    service.portal.says = lambda _: answer
    service.receives(CODE)
    service.happens(taken_over())
    for _ in range(5):
        await service.pushes()
    assert service.put_aside() == []
    assert service.position() < service.parts.store.last_position()
    service.portal.says = lambda _: None
    await service.pushes()
    assert service.portal.statuses(CODE) == ["2", "4"]


async def test_an_answer_that_takes_too_long_is_asked_for_again(database_url: str) -> None:
    async with pushing(database_url, timeout_seconds=0.2) as service:
        slow = asyncio.Event()

        async def wait(_: Pushed) -> int:
            await slow.wait()
            return 500

        service.portal.says = wait
        service.receives(CODE)
        await service.pushes()
        slow.set()
        service.portal.says = lambda _: None
        await service.pushes_all()
        assert service.portal.statuses(CODE)[-1] == "2"


async def test_pushes_catch_up_in_order_when_the_portal_was_down(database_url: str) -> None:
    async with pushing(database_url) as service:
        service.portal.says = lambda _: 503
        for number in range(10):
            service.receives(f"D-{number}")
        await service.pushes()
        for day in range(3, 8):
            for number in range(10):
                service.happens(*suspended(f"D-{number}", day))
            await service.pushes()
        service.portal.says = lambda _: None
        await service.pushes_all()
        for number in range(10):
            assert service.portal.statuses(f"D-{number}") == ["2", *(["8", "2"] * 5)]


async def test_a_portal_that_is_gone_and_comes_back_is_told_everything(
    database_url: str,
) -> None:
    portal = Portal()
    async with a_portal(portal):
        pass
    async with pushing(database_url, to=portal) as service:
        service.receives(CODE)
        service.happens(taken_over())
        await service.pushes()
        assert portal.came == []
        async with a_portal(portal):
            await service.pushes_all()
        assert portal.statuses(CODE) == ["2", "4"]


async def test_a_portal_that_fails_now_and_then_gets_each_push_once_and_in_order(
    service: Pushing,
) -> None:
    dice = Random(8)
    service.portal.says = lambda _: 500 if dice.random() < 0.3 else None
    for number in range(12):
        service.receives(f"D-{number}")
        service.happens(*suspended(f"D-{number}", 11), taken_over(f"D-{number}"))
    await service.pushes_all()
    for number in range(12):
        assert service.portal.statuses(f"D-{number}") == ["2", "8", "2", "4"]
        assert len(service.portal.texts(f"D-{number}")) == 4


async def test_a_restart_in_the_middle_repeats_and_loses_nothing(database_url: str) -> None:
    async with pushing(database_url) as service:
        for number in range(12):
            service.receives(f"D-{number}")
            service.happens(taken_over(f"D-{number}"))
        service.portal.says = lambda it: 500 if it.dossier == "D-7" else None
        await service.pushes()
        service.pusher.start_over()
        service.portal.says = lambda _: None
        await service.pushes_all()
        for number in range(12):
            statuses = service.portal.statuses(f"D-{number}")
            assert statuses[-2:] == ["2", "4"]
        assert service.put_aside() == []


def test_pauses_grow_to_half_a_minute_and_no_longer() -> None:
    pauses = [pause_after(failures) for failures in range(1, 200)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (0.5, 30.0)


async def test_in_a_pause_the_portal_is_left_alone(database_url: str) -> None:
    async with pushing(database_url, pause=lambda _: 60.0) as service:
        service.portal.says = lambda _: 503
        service.receives(CODE)
        await service.pushes()
        assert len(service.portal.came) == 1
        await service.pusher.turn()
        assert len(service.portal.came) == 1


# --- many, and by whom ---


async def test_a_thousand_events_are_caught_up_with_some_dossiers_at_a_time(
    service: Pushing,
) -> None:
    at_once, most = 0, 0

    async def take(_: Pushed) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1

    service.portal.says = take
    service.happens(*(reception(f"D-{number}") for number in range(500)))
    service.happens(*(taken_over(f"D-{number}") for number in range(500)))
    await service.pushes()
    assert all(service.portal.statuses(f"D-{number}") == ["2", "4"] for number in range(500))
    assert 1 < most <= 8


async def test_logs_hold_nothing_personal_whatever_the_portal_says(service: Pushing) -> None:
    with capture_logs() as logs:
        service.portal.says = lambda it: REJECTED if it.dossier == CODE else 500
        service.receives(CODE)
        service.receives("D-2")
        await service.pushes()
    told = repr(logs)
    assert {each["event"] for each in logs} >= {"provincial-put-aside", "provincial-unavailable"}
    assert not any(value in told for value in (*PERSON.values(), "Sai tên", "mật khẩu"))
    stored = repr(service.rows("SELECT * FROM provincial_put_aside"))
    assert not any(value in stored for value in (*PERSON.values(), "Sai tên"))


async def test_events_of_no_dossier_move_the_position(service: Pushing) -> None:
    await service.pushes()  # The province itself was registered.
    assert service.position() == service.parts.store.last_position() > 0
    assert service.portal.came == []
