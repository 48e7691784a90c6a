"""Reads tables, from a CSV or an Excel file, into rows of cells that know their address."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from unicodedata import normalize
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from logistics.errors import Fault, Invalid

MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 60
MOST_BYTES: Final = 200_000_000
"""Of an Excel file when it is unpacked; a small one can hold very much."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell: text without spaces around it, or a day."""

    address: str
    value: str | date

    @property
    def text(self) -> str:
        return self.value.strftime("%d/%m/%Y") if isinstance(self.value, date) else self.value


Row = tuple[Cell, ...]


def read_table(path: Path) -> list[Row]:
    """The rows of the first table of a file; raises `Invalid` for what is no table."""
    match path.suffix.lower():
        case ".csv":
            return list(_limited(path.name, _csv_rows(path)))
        case ".xlsx":
            return list(_limited(path.name, _excel_rows(path)))
        case _:
            raise Invalid([Fault(path.name, "The file should be a .csv or an .xlsx")])


def _limited(name: str, rows: Iterator[Row]) -> Iterator[Row]:
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise Invalid([Fault(name, f"There are more than {MOST_ROWS} rows")])
        yield row[:MOST_COLUMNS]


def _csv_rows(path: Path) -> Iterator[Row]:
    """UTF-8, with a byte order mark or without; commas or semicolons, as Excel has it in Vietnam."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid([Fault(path.name, "The file should be in UTF-8")]) from None
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    try:
        for number, row in enumerate(csv.reader(text.splitlines(True), delimiter=delimiter), 1):
            yield _cells(number, row)
    except csv.Error as error:
        raise Invalid([Fault(path.name, f"The file cannot be read as CSV: {error}")]) from None


def _excel_rows(path: Path) -> Iterator[Row]:
    try:
        with ZipFile(path) as packed:
            size = sum(each.file_size for each in packed.infolist())
    except BadZipFile:
        raise Invalid([Fault(path.name, "The file is not an Excel workbook")]) from None
    if size > MOST_BYTES:
        raise Invalid([Fault(path.name, "The file is too large when unpacked")])
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (KeyError, ValueError, OSError) as error:
        raise Invalid([Fault(path.name, f"The workbook cannot be read: {error}")]) from None
    try:
        sheet = book.worksheets[0]
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            yield _cells(number, row)
    finally:
        book.close()


def _cells(number: int, row: Sequence[object]) -> Row:
    return tuple(
        Cell(f"{get_column_letter(column)}{number}", _value(value))
        for column, value in enumerate(row, 1)
    )


def _value(value: object) -> str | date:
    match value:
        case None:
            return ""
        case datetime():
            return value.date()
        case date():
            return value
        case bool():
            return "Có" if value else "Không"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return " ".join(normalize("NFC", str(value)).split())
