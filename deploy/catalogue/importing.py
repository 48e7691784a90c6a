"""Imports a catalogue, or says everything that is wrong with it, cell by cell."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from deploy.catalogue.agencies import known_agencies
from deploy.catalogue.columns import BY_HEADING, COLUMNS, Column, heading_key, name_and_code
from deploy.catalogue.tables import Cell, Row, read_table
from deploy.parts import Parts, by_command_line
from logistics.errors import Fault, Invalid
from logistics.handling import Envelope
from logistics.routes.procedures import NewProcedure, command_of

_SECTION: Final = re.compile(r"[IVXLC]+\.?")
_TOTAL: Final = "tổngsố"


@dataclass(frozen=True, slots=True)
class ImportedCatalogue:
    """What an import did."""

    stated: int
    known_already: int


def import_procedures(parts: Parts, path: Path) -> ImportedCatalogue:
    """State the procedures of a file. With one fault in it, none; every fault is told at once.

    The file is in the columns of `columns.COLUMNS`; a row whose STT is a Roman numeral names the
    field of those below it. Raises `Invalid`, each fault with its cell.
    """
    read = read_procedures(path, known_agencies(parts))
    now, metadata = datetime.now(UTC), by_command_line("procedures import")
    envelopes = [
        Envelope(command=command_of(each.procedure, now), metadata=metadata) for each in read
    ]
    try:
        handled = parts.handling.handle_all(envelopes)
    except Invalid as refused:
        raise Invalid(
            [Fault(read[int(each.path)].address, each.detail) for each in refused.faults]
        ) from None
    return ImportedCatalogue(len(handled.events), len(read) - len(handled.events))


@dataclass(frozen=True, slots=True)
class ReadProcedure:
    """A procedure of the file, and where its row begins."""

    address: str
    procedure: NewProcedure


def read_procedures(path: Path, agencies: Mapping[str, str]) -> list[ReadProcedure]:
    """Read a file; `agencies` are codes by code and by name. Raises `Invalid`."""
    rows = read_table(path)
    columns, body = _headed(path.name, rows)
    faults: list[Fault] = []
    read: list[ReadProcedure] = []
    seen: dict[tuple[str, str], str] = {}
    section = ""
    for row in body:
        told = {column.field: cell for column, cell in _told(columns, row)}
        if _is_total(row) or not any(cell.text for cell in row):
            continue
        if _SECTION.fullmatch(row[0].text):
            section = next((cell.text for cell in row[1:] if cell.text), "")
            continue
        procedure = _procedure(told, section, agencies, columns, faults)
        if procedure is not None:
            key = (procedure.code, procedure.effective_from.isoformat())
            address = told["name"].address
            if (first := seen.setdefault(key, address)) != address:
                faults.append(
                    Fault(address, f"Thủ tục {key[0]} đã có ở ô {first}, cùng ngày áp dụng")
                )
            read.append(ReadProcedure(address, procedure))
    if faults:
        raise Invalid(faults)
    if not read:
        raise Invalid([Fault(path.name, "Không có thủ tục nào dưới dòng tiêu đề")])
    return read


Columns = Sequence[Column | None]


def _headed(name: str, rows: Sequence[Row]) -> tuple[Columns, Sequence[Row]]:
    """Find the row of headings; a second one may stand below it, as under `DVC TT`."""
    for number, row in enumerate(rows):
        found = [BY_HEADING.get(heading_key(cell.text)) for cell in row]
        if any(column and column.field == "name" for column in found):
            below = rows[number + 1] if number + 1 < len(rows) else ()
            second = [BY_HEADING.get(heading_key(cell.text)) for cell in below]
            split = any(column and column.field.startswith("online.") for column in second)
            columns = _merged(found, second) if split else found
            _check(row, columns)
            return columns, rows[number + 1 + split :]
    raise Invalid([Fault(name, f"Không thấy dòng tiêu đề có cột {COLUMNS[1].headings[0]}")])


def _merged(found: Columns, second: Columns) -> Columns:
    longest = max(len(found), len(second))
    padded = [*second, *[None] * (longest - len(second))]
    return [
        below or above
        for above, below in zip([*found, *[None] * (longest - len(found))], padded, strict=True)
    ]


def _check(row: Row, columns: Columns) -> None:
    """Every heading is known, and every column that is needed is there, once."""
    faults = [
        Fault(cell.address, f"Không có cột nào tên như vậy: {cell.text}")
        for index, cell in enumerate(row)
        if cell.text and columns[index] is None
    ]
    there = [column.field for column in columns if column and column.field]
    for column in COLUMNS:
        if column.required and column.field not in there:
            faults.append(Fault(row[0].address, f"Thiếu cột {column.headings[0]}"))
        if column.field and there.count(column.field) > 1:
            faults.append(Fault(row[0].address, f"Cột {column.headings[0]} có hai lần"))
    if faults:
        raise Invalid(faults)


def _told(columns: Columns, row: Row) -> Iterator[tuple[Column, Cell]]:
    for column, cell in zip(columns, row, strict=False):
        if column is not None and column.field:
            yield column, cell


def _is_total(row: Row) -> bool:
    return any(heading_key(cell.text) == _TOTAL for cell in row[:2])


def _procedure(
    told: Mapping[str, Cell],
    section: str,
    agencies: Mapping[str, str],
    columns: Columns,
    faults: list[Fault],
) -> NewProcedure | None:
    """The procedure of a row; None when it has a fault."""
    before = len(faults)
    values = _values(told, columns, faults)
    name, code = name_and_code(values.get("name", ""))
    if "code" in values:
        name, code = values.get("name", ""), values["code"]
    agency = agencies.get(heading_key(values.get("agency", "")))
    field = values.get("field") or section
    for missing, place, detail in (
        (not code and name, "code", "Thiếu mã số TTHC"),
        (values.get("agency") and not agency, "agency", "Không có cơ quan có mã hoặc tên này"),
        (not field, "field", "Thiếu lĩnh vực"),
    ):
        if missing:
            faults.append(Fault(told.get(place, told["name"]).address, detail))
    if len(faults) > before:
        return None
    stated = {**values, "name": name, "code": code, "agency": agency, "field": field}
    return _checked(stated, told, faults)


def _checked(
    values: Mapping[str, Any], told: Mapping[str, Cell], faults: list[Fault]
) -> NewProcedure | None:
    """The same, by the rules that hold for whoever states a procedure over HTTP."""
    stated = {
        **{name: value for name, value in values.items() if "." not in name},
        "online": _online(values),
        "authorisation": {
            "post": values.get("authorisation.post", False),
            "agent": values.get("authorisation.agent", False),
            "document": values.get("authorisation.document"),
        },
    }
    try:
        return NewProcedure.model_validate(stated, strict=False)
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            place = told.get(".".join(map(str, fault["loc"])), told["name"])
            faults.append(Fault(place.address, fault["msg"]))
        return None


def _values(told: Mapping[str, Cell], columns: Columns, faults: list[Fault]) -> dict[str, Any]:
    """What the cells say, by field; each that says something else is a fault."""
    values: dict[str, Any] = {}
    for column in columns:
        cell = told.get(column.field) if column else None
        if column is None or cell is None:
            continue
        if not cell.text:
            if column.required:
                faults.append(Fault(cell.address, f"Thiếu {column.headings[0]}"))
            continue
        try:
            values[column.field] = column.read(cell)
        except ValueError as error:
            faults.append(Fault(cell.address, f"{column.headings[0]}: {error}"))
    return values


def _online(values: Mapping[str, Any]) -> str:
    if values.get("online.full"):
        return "full"
    return "partial" if values.get("online.partial") else "none"
