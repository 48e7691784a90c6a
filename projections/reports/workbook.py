"""A report as a workbook: numbers, shares and times are cells that Excel can count with."""

import io
from datetime import date, datetime
from typing import Final

from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from logistics.clocks.office_hours import VIETNAM
from logistics.web.endpoint import Content
from projections.reports.sheet import Days, Kind, Sheet, Value

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_DAY: Final = "dd/mm/yyyy"
_MOMENT: Final = "hh:mm dd/mm/yyyy"
_NUMBER_FORMATS: Final = {
    Kind.COUNT: "#,##0",
    Kind.PERCENT: "0.0%",
    Kind.FINE_PERCENT: "0.00%",
    Kind.POINTS: "0.00",
}
_THIN: Final = Side(style="thin")
_BOX: Final = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_LEFT: Final = Alignment(horizontal="left")
_FONT: Final = "Times New Roman"
_SAID: Final = 3
"""The column in which a line of the head says what it says, behind the name of it."""


def workbook(sheet: Sheet) -> Content:
    """One page of A4 in width, with the head of the table on every sheet of paper."""
    book = Workbook()
    page = book.worksheets[0]
    page.title = sheet.file_name[:31]
    top = _head(page, sheet)
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


def _head(page: Worksheet, sheet: Sheet) -> int:
    """Everything above the table; the row in which that begins."""
    for row, line in enumerate((sheet.form, sheet.unit, sheet.title), 1):
        _put(page.cell(row, 1), line, bold=line == sheet.title)
        _merge(page, row, 1, len(sheet.columns))
    for name, said in sheet.head:
        row = page.max_row + 1
        _put(page.cell(row, 1), f"{name}:")
        _merge(page, row, 1, _SAID - 1)
        if isinstance(said, Days):
            _put_days(page, row, said)
        else:
            _put(page.cell(row, _SAID), said)
            _merge(page, row, _SAID, len(sheet.columns))
    return page.max_row + 2


def _put_days(page: Worksheet, row: int, days: Days) -> None:
    """In cells of their own, so that they are days to Excel too."""
    told: tuple[Value, ...] = ("Từ ngày", days.first, "đến ngày", days.last)
    for column, part in enumerate(told, _SAID):
        _put(page.cell(row, column), part)


def _merge(page: Worksheet, row: int, first: int, last: int) -> None:
    page.merge_cells(start_row=row, end_row=row, start_column=first, end_column=last)
    page.cell(row, first).alignment = _LEFT


def _table(page: Worksheet, sheet: Sheet, top: int) -> None:
    for number, column in enumerate(sheet.columns, 1):
        page.column_dimensions[get_column_letter(number)].width = column.width
        heading = page.cell(top, number)
        _put(heading, column.heading, bold=True)
        heading.alignment = Alignment(wrap_text=True, horizontal="center", vertical="center")
        heading.border = _BOX
    for line, row in enumerate(sheet.lines, top + 1):
        for number, (column, value) in enumerate(zip(sheet.columns, row, strict=True), 1):
            cell = page.cell(line, number)
            _put(cell, value, column.kind, bold=row is sheet.total)
            cell.border = _BOX
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def _put(
    cell: Cell | MergedCell, value: Value, kind: Kind = Kind.TEXT, *, bold: bool = False
) -> None:
    """Write a value as what it is: numbers and times as such, and a text never as a formula."""
    cell.font = Font(name=_FONT, size=12, bold=bold)
    match value:
        case str():
            cell.value = value
            cell.data_type = "s"
        case datetime():
            cell.value = value.astimezone(VIETNAM).replace(tzinfo=None)  # Excel knows no zones.
            cell.number_format = _MOMENT
        case date():
            cell.value = value
            cell.number_format = _DAY
        case _:
            cell.value = value
            cell.number_format = _NUMBER_FORMATS.get(kind, "General")
