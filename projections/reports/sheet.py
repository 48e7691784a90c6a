"""A report as a table with a head and notes, and how it becomes CSV, Excel or a page to print."""

import base64
import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from importlib.resources import files
from typing import Final, Literal

import jinja2
from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from logistics.clocks.office_hours import VIETNAM
from logistics.web.endpoint import Content

Format = Literal["json", "csv", "xlsx", "html"]
Value = str | int | float | date | datetime | None

CSV: Final = "text/csv; charset=utf-8"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HTML: Final = "text/html; charset=utf-8"
MEDIA_TYPES: Final = ("text/csv", XLSX, "text/html")

_RISKY: Final = ("=", "+", "-", "@", "\t", "\r")
_ZERO: Final = "–"


class Kind(StrEnum):
    """What stands in a column."""

    TEXT = "text"
    COUNT = "count"
    PERCENT = "percent"  # As a share from 0 to 1; nothing where there is nothing to share.
    POINTS = "points"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column: the heading that the form prescribes, and what stands below it."""

    heading: str
    kind: Kind = Kind.TEXT
    width: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A report, ready to be written."""

    file_name: str
    title: str
    form: str
    """Which form of which law it is."""
    head: Sequence[tuple[str, str]]
    """Lines between the title and the table: what they name, and what they say."""
    columns: Sequence[SheetColumn]
    rows: Sequence[Sequence[Value]]
    total: Sequence[Value] | None = None
    notes: Sequence[str] = ()
    unit: str = ""
    """Who reports, above the title on the left."""
    signatures: Sequence[str] = ()


def written(sheet: Sheet, form: Format) -> Content:
    """The report in a format other than JSON."""
    write = {"csv": _csv, "xlsx": _xlsx, "html": _html}[form]
    return write(sheet)


# --- CSV ---


def _csv(sheet: Sheet) -> Content:
    """With a byte order mark, so that Excel reads the diacritics; texts that look like formulas are not."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([column.heading for column in sheet.columns])
    for row in _all_rows(sheet):
        cells = zip(sheet.columns, row, strict=True)
        writer.writerow([_harmless(shown(value, column.kind)) for column, value in cells])
    return Content(CSV, b"\xef\xbb\xbf" + text.getvalue().encode(), f"{sheet.file_name}.csv")


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_RISKY) else text


def _all_rows(sheet: Sheet) -> list[Sequence[Value]]:
    return [*sheet.rows, *([sheet.total] if sheet.total is not None else [])]


def shown(value: Value, kind: Kind) -> str:
    """A value as it is read in Vietnam: 1.234, 99,2%, 09:30 05/08/2026."""
    match value:
        case None:
            return _ZERO if kind in {Kind.PERCENT, Kind.POINTS} else ""
        case datetime():
            return f"{value.astimezone(VIETNAM):%H:%M %d/%m/%Y}"
        case date():
            return f"{value:%d/%m/%Y}"
        case str():
            return value
    if kind is Kind.PERCENT:
        return f"{value * 100:.1f}%".replace(".", ",")
    if kind is Kind.POINTS:
        return f"{value:.2f}".replace(".", ",")
    return f"{value:,}".replace(",", ".")


# --- Excel ---

_NUMBER_FORMATS: Final = {
    Kind.COUNT: "#,##0",
    Kind.PERCENT: "0.0%",
    Kind.POINTS: "0.00",
    Kind.MOMENT: "hh:mm dd/mm/yyyy",
}
_THIN: Final = Side(style="thin")
_BOX: Final = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_FONT: Final = "Times New Roman"


def _xlsx(sheet: Sheet) -> Content:
    book = Workbook()
    page = book.worksheets[0]
    page.title = sheet.file_name[:31]
    for line in (
        sheet.form,
        sheet.unit,
        sheet.title,
        *(f"{name}: {said}" for name, said in sheet.head),
    ):
        page.append([None])
        _put(page.cell(page.max_row, 1), line, bold=line == sheet.title)
        page.merge_cells(
            start_row=page.max_row,
            end_row=page.max_row,
            start_column=1,
            end_column=len(sheet.columns),
        )
    top = page.max_row + 2
    _table(page, sheet, top)
    for number, note in enumerate(sheet.notes, page.max_row + 2):
        _put(page.cell(number, 1), note)
    page.freeze_panes = f"A{top + 1}"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = page.PAPERSIZE_A4
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]  # A new sheet has it.
    page.print_title_rows = f"{top}:{top}"
    written_book = io.BytesIO()
    book.save(written_book)
    return Content(XLSX, written_book.getvalue(), f"{sheet.file_name}.xlsx")


def _table(page: Worksheet, sheet: Sheet, top: int) -> None:
    for number, column in enumerate(sheet.columns, 1):
        page.column_dimensions[get_column_letter(number)].width = column.width
        heading = page.cell(top, number)
        _put(heading, column.heading, bold=True)
        heading.alignment = Alignment(wrap_text=True, horizontal="center", vertical="center")
        heading.border = _BOX
    for line, row in enumerate(_all_rows(sheet), top + 1):
        for number, (column, value) in enumerate(zip(sheet.columns, row, strict=True), 1):
            cell = page.cell(line, number)
            _put(cell, value, bold=row is sheet.total)
            cell.border = _BOX
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if not isinstance(value, str):
                cell.number_format = _NUMBER_FORMATS.get(column.kind, "General")


def _put(cell: Cell | MergedCell, value: Value, *, bold: bool = False) -> None:
    """Write a value as what it is: numbers and times as such, and a text never as a formula."""
    if isinstance(value, datetime):
        value = value.astimezone(VIETNAM).replace(tzinfo=None)  # Excel knows no zones.
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
    cell.font = Font(name=_FONT, size=12, bold=bold)


# --- a page to print ---

_TEMPLATES: Final = files("projections") / "templates"
_STYLE: Final = (_TEMPLATES / "report.css").read_text("utf-8")
_STYLE_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; frame-ancestors 'none';"
    " base-uri 'none'; form-action 'none'"
)
"""The page is whole: its style stands in it, and nothing else may."""


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters["shown"] = shown
    return environment


_TEMPLATE: Final = _environment().from_string((_TEMPLATES / "report.html.jinja").read_text("utf-8"))


def _html(sheet: Sheet) -> Content:
    whole = sum(column.width for column in sheet.columns)
    shares = [round(100 * column.width / whole, 1) for column in sheet.columns]
    text = _TEMPLATE.render(sheet=sheet, shares=shares, style=_STYLE)
    return Content(HTML, text.encode(), policy=POLICY)
