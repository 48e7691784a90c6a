"""The service pushes to the provincial portal by itself, wherever the portal's address is set."""

from asyncio import to_thread
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

import pytest

from deploy.parts import Parts
from deploy.settings import SettingsRefused, load_settings
from deploy.working import TaskName, make_worker
from logistics.credentials import Role
from tests.support.province import AGENCY, DESK, a_province, receives
from tests.support.provincial import LOOPBACK, PROGRESS, SYNC, Portal, a_portal
from tests.support.service import RunningService, parts_of, running_service

CODE = "H20-260810-0001"
OFFICER = "Trần Văn Bình"
SOON_SECONDS = 2.0


@pytest.fixture
async def portal() -> AsyncIterator[Portal]:
    async with a_portal() as portal:
        yield portal


@pytest.fixture
async def service(database_url: str, portal: Portal) -> AsyncIterator[RunningService]:
    """A service with a province's parties that knows of the portal."""
    async with running_service(database_url, calls_to=LOOPBACK, **portal.settings()) as service:
        await a_province(service)
        yield service


@asynccontextmanager
async def working(parts: Parts) -> AsyncIterator[None]:
    """The worker of the portal, as a process runs it."""
    worker = make_worker(parts, [TaskName.PROVINCIAL])
    worker.start()
    try:
        yield
    finally:
        assert await to_thread(worker.stop, 20)


async def test_a_dossier_received_over_http_is_at_the_portal_within_two_seconds(
    service: RunningService, portal: Portal
) -> None:
    async with working(service.parts):
        await receives(service, "H20-260810-0000", "2026-08-10T08:00:00")
        await portal.until(lambda: len(portal.taken) == 2)
        await receives(service, CODE, "2026-08-10T08:00:00")
        started = monotonic()
        await portal.until(lambda: len(portal.of(CODE)) == 2)
        assert monotonic() - started < SOON_SECONDS
        [sync, row] = portal.of(CODE)
        assert sync.record["ChuHoSo"] == "Trần Thị Bích"
        assert sync.record["MaTTHC"] == "1.000001"
        assert row.record["NguoiXuLy"] == DESK


async def test_the_way_of_the_papers_is_told_row_by_row(
    service: RunningService, portal: Portal
) -> None:
    """Signing for the papers takes the dossier over, too; each batch is told while it happens."""
    async with working(service.parts):
        answer = await receives(service, CODE, "2026-08-10T08:00:00")
        [paper] = [each["paper_id"] for each in answer["papers"]]
        desk = service.acting(DESK, Role.DESK)
        agency = service.acting(AGENCY, Role.AGENCY)
        offered = await desk.writes(
            "/v1/handovers",
            {
                "from": DESK,
                "to": AGENCY,
                "papers": [paper],
                "by": OFFICER,
                "at": "2026-08-10T09:00:00+07:00",
            },
        )
        await portal.until(lambda: len(portal.of(CODE)) == 3)
        await agency.writes(
            f"/v1/handovers/{offered['handover_id']}/acceptance",
            {"accepted": [paper], "by": OFFICER, "at": "2026-08-10T10:00:00+07:00"},
        )
        await portal.until(lambda: len(portal.of(CODE)) == 6)
    assert portal.statuses(CODE) == ["2", "4"]
    assert portal.texts(CODE) == [
        "Tiếp nhận hồ sơ",
        f"Bàn giao 1 giấy tờ cho {AGENCY}",
        f"Đã nhận bàn giao 1/1 giấy tờ từ {DESK}",
        "Cơ quan giải quyết tiếp nhận hồ sơ",
    ]
    times = [each.record["ThoiDiemXuLy"] for each in portal.of(CODE, PROGRESS)]
    assert times == ["20260810080000", "20260810090000", "20260810100000", "20260810100000"]


async def test_a_push_that_was_put_aside_shows_in_the_metrics(
    service: RunningService, portal: Portal
) -> None:
    portal.says = lambda it: 422 if it.service == SYNC else None
    await receives(service, CODE, "2026-08-10T08:00:00")
    async with working(service.parts):
        await portal.until(lambda: len(portal.came) == 2)
    response = await service.send("GET", "/metrics")
    told = await response.text()
    assert "luanchuyen_provincial_put_aside 2.0" in told
    assert "luanchuyen_provincial_lag_events 0.0" in told


async def test_without_an_address_nothing_is_pushed(database_url: str) -> None:
    with parts_of(database_url) as parts:
        assert make_worker(parts, [TaskName.PROVINCIAL])._threads == []


def test_an_address_without_a_login_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUANCHUYEN_PROVINCIAL_URL", "https://portal.example/mapi/g")
    monkeypatch.setenv("LUANCHUYEN_PROVINCIAL_USER", "H20")
    with pytest.raises(SettingsRefused) as refused:
        load_settings()
    told = str(refused.value)
    assert "LUANCHUYEN_PROVINCIAL_LOGIN_URL, LUANCHUYEN_PROVINCIAL_PASSWORD" in told
