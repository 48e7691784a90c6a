"""The forms on paper: A4, nothing cut off, the head of the table on every page."""

import base64
import re
from asyncio import to_thread
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.print_page_options import PrintOptions
from selenium.webdriver.remote.webdriver import WebDriver

from projections.reports.sheet import Kind, Sheet, SheetColumn
from projections.reports.writing import written
from tests.projections.test_reports import MARCH, a_consignment, a_month, fetched
from tests.support.browsing import browser_of
from tests.support.service import running_service

A4_LANDSCAPE = (1123, 794)  # In CSS points, at 96 to the inch.


@pytest.fixture(scope="module")
def browser() -> Iterator[WebDriver]:
    with browser_of(A4_LANDSCAPE) as driver:
        yield driver


def printed(browser: WebDriver, page: bytes, folder: Path) -> int:
    """How many sheets a page takes; and that nothing of it is too wide for one."""
    file = folder / "page.html"
    file.write_bytes(page)
    browser.get(file.as_uri())
    wide = browser.execute_script(
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0
    # The style is let in by its digest: without it the page would have no rules.
    font = browser.execute_script("return getComputedStyle(document.body).fontFamily")
    assert "Times New Roman" in font
    options = PrintOptions()
    options.orientation = "landscape"
    options.page_width, options.page_height = 21.0, 29.7
    options.margin_top = options.margin_bottom = options.margin_left = options.margin_right = 1.5
    paper = base64.b64decode(browser.print_page(options))
    return len(re.findall(rb"/Type\s*/Page\b", paper))


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v1/reports/mau-3", MARCH),
        ("/v1/reports/progress-score", MARCH),
        ("/v1/reports/postal", {"period": "2026-Q1"}),
        ("/v1/reports/control-sheet/D-9", {}),
    ],
)
async def test_a_form_fits_on_a4(
    database_url: str,
    tmp_path: Path,
    browser: WebDriver,
    path: str,
    query: dict[str, Any],
) -> None:
    async with running_service(database_url) as service:
        await a_month(service)
        await a_consignment(service)
        kind, page = await fetched(service, path, **query, format="html")
        assert kind == "text/html"
        # How many depends on the fonts of the machine: with Times New Roman it is one.
        assert await to_thread(printed, browser, page, tmp_path) <= 2


def test_a_long_report_goes_on_on_further_sheets(browser: WebDriver, tmp_path: Path) -> None:
    sheet = Sheet(
        file_name="x", title="Báo cáo", form="Mẫu số 3", head=(),
        columns=(SheetColumn("STT", Kind.COUNT, 6), SheetColumn("Tên TTHC", width=60)),
        rows=[(number, "Đăng ký biến động quyền sử dụng đất " * 3) for number in range(120)],
    )  # fmt: skip
    assert printed(browser, written(sheet, "html").body, tmp_path) > 2
