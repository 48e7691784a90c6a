"""The forms: what an officer counts by hand is what they say, in every format, as of any time."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import holidays
import orjson
import psycopg
import pytest
from openpyxl import load_workbook

from logistics.credentials import Role
from partners import viettelpost
from projections.reports.asked import days_of
from projections.reports.sheet import Kind, Sheet, SheetColumn, shown
from projections.reports.writing import written
from tests.support.province import AGENCY, DESK, OTHER, POST, PROCEDURE, a_province, receives, steps
from tests.support.service import RunningService, running_service

MARCH = {"from": "2026-03-01", "to": "2026-03-31"}
NAME = "Đăng ký biến động đất đai"


async def a_month(service: RunningService) -> None:
    """Six dossiers: two early, one on its day, one late, one withdrawn, one forgotten."""
    await a_province(service)
    decided = ("2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06", None, None)
    for number, day in enumerate(decided):
        code = f"D-{number}"
        await receives(
            service, code, "2026-03-02T09:00:00", papers=[], procedure_name=NAME,
            non_territorial=number == 0,
        )  # fmt: skip
        await steps(
            service, code,
            ("forwarded", "2026-03-02T09:30:00"), ("taken-over", "2026-03-02T10:00:00"),
        )  # fmt: skip
        if day is not None:
            await steps(service, code, ("decided", f"{day}T10:00:00"))
    await steps(service, "D-4", ("withdrawn", "2026-03-04T10:00:00"))
    await service.sweep()


async def fetched(service: RunningService, path: str, **query: Any) -> tuple[str, bytes]:
    """A report that is not JSON: its media type and its bytes."""
    at_least = await service.settle()
    key = await service.key("province", Role.PROVINCE)
    answer = await service.send("GET", path, key=key, at_least=at_least, **query)
    assert answer.status == 200, await answer.text()
    return answer.content_type, await answer.read()


async def test_mau_3_says_what_counting_by_hand_says(database_url: str) -> None:
    async with running_service(database_url) as service:
        await a_month(service)
        told = await service.province.reads("/v1/reports/mau-3", **MARCH)
        (row,) = told["items"]
        assert row == {
            "procedure": PROCEDURE, "name": NAME, "received": 6, "non_territorial": 1,
            "solved_on_time": 3, "solved_late": 1, "overdue": 1, "running": 0, "closed": 1,
            "on_time_percent": 60.0,
        }  # fmt: skip
        assert told["total"]["received"] == 6
        empty = {"from": "2026-04-01", "to": "2026-04-30"}
        nothing = await service.province.reads("/v1/reports/mau-3", **empty)
        assert (nothing["items"], nothing["total"]["on_time_percent"]) == ([], None)


async def test_a_report_as_of_now_is_the_report_and_as_of_before_is_what_was_known(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        await a_month(service)
        before = datetime.now(UTC).isoformat()
        for path, query in (
            ("/v1/reports/mau-3", MARCH),
            ("/v1/reports/progress-score", MARCH),
            ("/v1/reports/postal", {"period": "2026-Q1"}),
        ):
            kept = await service.province.reads(path, **query)
            counted = await service.province.reads(
                path, **query, as_of=datetime.now(UTC).isoformat()
            )
            assert {**kept, "as_of": ""} == {**counted, "as_of": ""}
        await steps(service, "D-5", ("decided", "2026-03-05T16:00:00"))
        await service.sweep()
        now = await service.province.reads("/v1/reports/mau-3", **MARCH)
        then = await service.province.reads("/v1/reports/mau-3", **MARCH, as_of=before)
        assert (now["items"][0]["solved_on_time"], now["items"][0]["overdue"]) == (4, 0)
        assert (then["items"][0]["solved_on_time"], then["items"][0]["overdue"]) == (3, 1)


def counted_by_hand(database_url: str) -> dict[str, int]:
    """Received, in time, late or overdue: from the stored bytes, walking the days of the calendar."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT topic, state FROM stored_events WHERE topic IN"
            " ('dossier.received', 'dossier.decided') ORDER BY notification_id"
        ).fetchall()
    days: dict[str, dict[str, date]] = {}
    for topic, state in rows:
        data = orjson.loads(state)["data"]
        at = datetime.fromisoformat(data["occurred_at"]) + timedelta(hours=7)
        days.setdefault(data["dossier"], {})[topic] = at.date()
    off = holidays.country_holidays("VN", years=2026)
    told = {"received": 0, "in_time": 0, "late": 0}
    for each in days.values():
        due, left = each["dossier.received"], 3
        while left:
            due += timedelta(days=1)
            left -= due.weekday() < 5 and due not in off
        told["received"] += 1
        in_time = "dossier.decided" in each and each["dossier.decided"] <= due
        told["in_time" if in_time else "late"] += 1
    return told


async def test_the_totals_equal_a_count_made_by_hand_from_the_stored_events(
    database_url: str,
) -> None:
    dice = Random(3)
    async with running_service(database_url) as service:
        await a_province(service)
        for number in range(40):
            day = date(2026, 2, 9) + timedelta(days=dice.choice([0, 1, 2, 3, 4, 14, 15, 16, 17]))
            await receives(service, f"D-{number}", f"{day}T09:00:00", papers=[])
            await steps(service, f"D-{number}", ("taken-over", f"{day}T10:00:00"))
            if number % 8:
                decided = day + timedelta(days=dice.randrange(1, 14))
                await steps(service, f"D-{number}", ("decided", f"{decided}T10:00:00"))
        await service.sweep()
        by_hand = counted_by_hand(database_url)
        assert min(by_hand.values()) > 5
        days = {"from": "2026-02-01", "to": "2026-02-28"}
        total = (await service.province.reads("/v1/reports/mau-3", **days))["total"]
        score = (await service.province.reads("/v1/reports/progress-score", **days))["total"]
        sums = (await service.province.reads("/v1/sla/compliance", by="kind", **days))["items"]
        (processing,) = [each for each in sums if each["group"] == "processing"]
        assert by_hand == {
            "received": total["received"],
            "in_time": total["solved_on_time"],
            "late": total["solved_late"] + total["overdue"],
        }
        assert by_hand["in_time"] == score["early"] + score["on_time"] == processing["met"]
        assert by_hand["late"] == score["late"] + score["overdue"] == processing["breached"]


async def test_mau_3_carries_the_headings_of_the_form_in_every_format(database_url: str) -> None:
    async with running_service(database_url) as service:
        await a_month(service)
        headings = [
            "STT", "Tên TTHC triển khai phi địa giới", "Số lượng hồ sơ tiếp nhận",
            "Số lượng hồ sơ giải quyết đúng hạn", "Tỷ lệ đúng hạn (%)", "Khó khăn, vướng mắc",
            "Đề xuất, kiến nghị", "Ghi chú",
        ]  # fmt: skip
        kind, content = await fetched(service, "/v1/reports/mau-3", **MARCH, format="csv")
        assert kind == "text/csv"
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        assert rows[0] == headings
        assert rows[1][:5] == ["1", NAME, "6", "3", "60,0%"]
        assert rows[2][1] == "Tổng số"

        kind, content = await fetched(service, "/v1/reports/mau-3", **MARCH, format="xlsx")
        page = load_workbook(io.BytesIO(content)).worksheets[0]
        rows_of_page = list(page.iter_rows())
        (top,) = [number for number, row in enumerate(rows_of_page) if row[0].value == "STT"]
        assert [cell.value for cell in rows_of_page[top]] == headings
        line = rows_of_page[top + 1]
        assert (line[2].value, line[3].value, line[4].value) == (6, 3, 0.6)
        assert line[4].number_format == "0.0%"
        assert page.page_setup.orientation == "landscape"

        kind, content = await fetched(service, "/v1/reports/mau-3", **MARCH, format="html")
        assert kind == "text/html"
        assert all(heading in content.decode() for heading in headings)
        assert "Cộng hòa xã hội chủ nghĩa Việt Nam" in content.decode()


async def test_an_agency_reports_its_own_dossiers_only(database_url: str) -> None:
    async with running_service(database_url) as service:
        await a_month(service)
        agency = service.acting(AGENCY, Role.AGENCY)
        own = await agency.reads("/v1/reports/mau-3", **MARCH)
        assert (own["unit"], own["total"]["received"]) == (AGENCY, 6)
        key = await service.key(AGENCY, Role.AGENCY)
        query = {**MARCH, "agency": OTHER}
        other = await service.send("GET", "/v1/reports/mau-3", key=key, **query)
        assert other.status == 403
        desk = await service.key(DESK, Role.DESK)
        assert (await service.send("GET", "/v1/reports/mau-3", key=desk, **MARCH)).status == 403


@pytest.mark.parametrize(
    ("path", "query", "fault"),
    [
        ("/v1/reports/mau-3", {"from": "2026-03-02", "to": "2026-03-01"}, "query"),
        ("/v1/reports/mau-3", {"to": "2026-03-01"}, "query.from"),
        ("/v1/reports/mau-3", {"from": "x", "to": "2026-03-01"}, "query.from"),
        ("/v1/reports/postal", {"period": "2026-Q5"}, "query.period"),
        ("/v1/reports/postal", {"period": "2026-Q1", "format": "pdf"}, "query.format"),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_the_field(
    database_url: str, path: str, query: dict[str, str], fault: str
) -> None:
    async with running_service(database_url) as service:
        key = await service.key("province", Role.PROVINCE)
        answer = await service.send("GET", path, key=key, **query)
        told = await answer.json()
        assert (answer.status, [each["path"] for each in told["faults"]]) == (400, [fault])


async def test_the_progress_score_is_the_share_in_time_of_twenty_points(database_url: str) -> None:
    async with running_service(database_url) as service:
        await a_month(service)
        told = await service.province.reads("/v1/reports/progress-score", **MARCH)
        (score,) = told["items"]
        assert (score["agency"], score["points"]) == (AGENCY, 12.0)
        assert [score[each] for each in ("early", "on_time", "late", "overdue")] == [2, 1, 1, 1]


async def by_post(
    service: RunningService, number: str, purpose: str, papers: list[str], *told: tuple[str, str]
) -> None:
    """A consignment of D-9 between the desk and the agency, and what its operator reports."""
    ends = {"from": DESK, "to": AGENCY} if purpose == "send" else {"from": AGENCY, "to": "citizen"}
    waybill = {
        "operator": POST, "number": number, "purpose": purpose, "dossiers": ["D-9"],
        "papers": papers, **ends,
    }  # fmt: skip
    by = service.acting(ends["from"], Role.DESK if purpose == "send" else Role.AGENCY)
    await by.writes("/v1/waybills", waybill)
    hook = await service.hook("viettelpost", POST)
    for code, at in told:
        push = viettelpost.compose(number, code, datetime.fromisoformat(f"{at}+07:00"))
        assert (await service.push(hook, push)).status == 200
    await service.settle()


async def a_consignment(service: RunningService) -> None:
    """A dossier's original goes by post on 2 March, and arrives on the fifth."""
    receipt = await receives(service, "D-9", "2026-03-02T09:00:00")
    papers = [each["paper_id"] for each in receipt["papers"]]
    told = [("200", "2026-03-02T16:00:00"), ("501", "2026-03-05T10:00:00")]
    await by_post(service, "900", "send", papers, *told)


async def test_the_postal_report_counts_consignments_lateness_complaints_and_safety(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        await a_province(service)
        await a_consignment(service)
        await steps(service, "D-9", ("complained", "2026-03-06T09:00:00"))
        operator = service.acting(POST, Role.OPERATOR)
        told = await operator.reads("/v1/reports/postal", period="2026-Q1")
        (own,) = told["items"]
        assert (own["sent"], own["returned"], own["late"], own["complaints"]) == (1, 0, 1, 1)
        assert (own["on_time_percent"], own["safety_percent"]) == (0.0, 100.0)
        assert own["compensated"] is None
        as_of = await operator.reads(
            "/v1/reports/postal", period="2026-Q1", as_of=datetime.now(UTC).isoformat()
        )
        assert as_of["items"] == told["items"]
        later = await operator.reads("/v1/reports/postal", period="2026-Q2")
        assert later["items"] == []
        _, page = await fetched(service, "/v1/reports/postal", period="2026-H1", format="html")
        assert "Điều 13 – Thông tư 17/2017/TT-BTTTT" in page.decode()


async def test_harm_counts_once_for_the_consignment_in_which_it_was_done(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        await a_province(service)
        receipt = await receives(service, "D-9", "2026-03-02T09:00:00")
        (paper,) = [each["paper_id"] for each in receipt["papers"]]
        operator, agency = service.acting(POST, Role.OPERATOR), service.acting(AGENCY, Role.AGENCY)
        path = f"/v1/papers/{paper}/steps"
        await by_post(service, "901", "send", [paper], ("200", "2026-03-02T15:00:00"))
        await operator.writes(path, {"step": "damaged", "at": "2026-03-02T18:00:00+07:00"})
        hook = await service.hook("viettelpost", POST)
        there = viettelpost.compose("901", "501", datetime.fromisoformat("2026-03-03T10:00+07:00"))
        assert (await service.push(hook, there)).status == 200
        await service.settle()
        (handover,) = (await service.province.reads("/v1/dossiers/D-9"))["open_handovers"]
        accepted = {"accepted": [paper], "by": "Cán bộ A", "at": "2026-03-03T11:00:00+07:00"}
        await agency.writes(f"/v1/handovers/{handover['handover_id']}/acceptance", accepted)
        await by_post(service, "902", "return", [paper], ("200", "2026-03-05T15:00:00"))
        asked = {"period": "2026-Q1"}
        (told,) = (await operator.reads("/v1/reports/postal", **asked))["items"]
        assert [told[each] for each in ("sent", "returned", "lost", "damaged")] == [1, 1, 0, 1]
        assert (told["dossiers"], told["safety_percent"]) == (2, 50.0)
        assert (told["sent_on_time_percent"], told["returned_on_time_percent"]) == (100.0, 0.0)

        await operator.writes(path, {"step": "declared-lost", "at": "2026-03-06T08:00:00+07:00"})
        (kept,) = (await operator.reads("/v1/reports/postal", **asked))["items"]
        assert (kept["lost"], kept["damaged"], kept["safety_percent"]) == (1, 1, 0.0)
        asked["as_of"] = datetime.now(UTC).isoformat()
        assert (await operator.reads("/v1/reports/postal", **asked))["items"] == [kept]


async def test_days_and_moments_are_cells_that_excel_can_count_with(database_url: str) -> None:
    async with running_service(database_url) as service:
        as_of = "2026-04-01T08:30:00+07:00"
        query = {"period": "2026-Q1", "format": "xlsx", "as_of": as_of}
        _, content = await fetched(service, "/v1/reports/postal", **query)
        page = load_workbook(io.BytesIO(content)).worksheets[0]
        told = [
            (cell.number_format, cell.value.isoformat())
            for row in page.iter_rows()
            for cell in row
            if isinstance(cell.value, datetime)
        ]
        assert told == [
            ("dd/mm/yyyy", "2026-01-01T00:00:00"),
            ("dd/mm/yyyy", "2026-03-31T00:00:00"),
            ("hh:mm dd/mm/yyyy", "2026-04-01T08:30:00"),
        ]


async def test_the_control_sheet_tells_each_hand_over_and_whether_it_was_in_time(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        await a_province(service)
        await a_consignment(service)
        await steps(service, "D-9", ("forwarded", "2026-03-02T10:00:00"))
        transfer = await service.province.reads("/v1/dossiers/D-9")
        (handover,) = transfer["open_handovers"]
        await service.acting(AGENCY, Role.AGENCY).writes(
            f"/v1/handovers/{handover['handover_id']}/acceptance",
            {"accepted": handover["papers"], "by": "Cán bộ A", "at": "2026-03-05T11:00:00+07:00"},
        )
        await steps(service, "D-9", ("decided", "2026-03-05T16:00:00"))
        told = await service.province.reads("/v1/reports/control-sheet/D-9")
        assert [(each["from"], each["to"], each["verdict"]) for each in told["items"]] == [
            ("citizen", DESK, None),
            (DESK, AGENCY, "early"),
            (DESK, POST, "early"),
            (POST, AGENCY, "late"),
            (DESK, AGENCY, None),
            (AGENCY, DESK, "on-time"),
        ]
        kind, page = await fetched(service, "/v1/reports/control-sheet/D-9", format="html")
        text = page.decode()
        assert kind == "text/html"
        assert "Phiếu kiểm soát quá trình giải quyết hồ sơ" in text
        assert "1. Giao: Người nộp hồ sơ" in text
        assert "Quá hạn" in text
        assert "Cán bộ A" not in text
        key = await service.key(OTHER, Role.DESK)
        unseen = await service.send("GET", "/v1/reports/control-sheet/D-9", key=key)
        assert unseen.status == 404


def test_a_text_is_never_a_formula_in_a_table() -> None:
    sheet = Sheet(
        file_name="x", title="X", form="", head=(),
        columns=(SheetColumn("A"), SheetColumn("B", Kind.PERCENT)),
        rows=[("=1+1", None), ("@x", 0.992)],
    )  # fmt: skip
    rows = list(csv.reader(io.StringIO(written(sheet, "csv").body.decode("utf-8-sig"))))
    assert rows[1:] == [["'=1+1", "–"], ["'@x", "99,2%"]]
    page = load_workbook(io.BytesIO(written(sheet, "xlsx").body)).worksheets[0]
    values = {cell.value: cell.data_type for row in page.iter_rows() for cell in row if cell.value}
    assert values["=1+1"] == "s"
    assert shown(12345, Kind.COUNT) == "12.345"


def test_periods_are_quarters_halves_and_years() -> None:
    told = {
        period: [each.isoformat() for each in days_of(period)]
        for period in ("2026-Q1", "2026-Q3", "2026-Q4", "2026-H1", "2026-H2", "2026")
    }
    assert told == {
        "2026-Q1": ["2026-01-01", "2026-03-31"], "2026-Q3": ["2026-07-01", "2026-09-30"],
        "2026-Q4": ["2026-10-01", "2026-12-31"], "2026-H1": ["2026-01-01", "2026-06-30"],
        "2026-H2": ["2026-07-01", "2026-12-31"], "2026": ["2026-01-01", "2026-12-31"],
    }  # fmt: skip
