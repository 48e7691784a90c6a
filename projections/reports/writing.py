"""How a report becomes CSV, a workbook or a page to print."""

import csv
import io
from typing import Final

from logistics.web.endpoint import Content
from projections.reports.page import page
from projections.reports.sheet import Format, Sheet, shown
from projections.reports.workbook import XLSX, workbook

CSV: Final = "text/csv; charset=utf-8"
MEDIA_TYPES: Final = ("text/csv", XLSX, "text/html")

_RISKY: Final = ("=", "+", "-", "@", "\t", "\r")


def written(sheet: Sheet, form: Format) -> Content:
    """The report in a format other than JSON."""
    write = {"csv": _csv, "xlsx": workbook, "html": page}[form]
    return write(sheet)


def _csv(sheet: Sheet) -> Content:
    """With a byte order mark, so that Excel reads the diacritics; texts that look like formulas are not."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([column.heading for column in sheet.columns])
    for row in sheet.lines:
        cells = zip(sheet.columns, row, strict=True)
        writer.writerow([_harmless(shown(value, column.kind)) for column, value in cells])
    return Content(CSV, b"\xef\xbb\xbf" + text.getvalue().encode(), f"{sheet.file_name}.csv")


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_RISKY) else text
