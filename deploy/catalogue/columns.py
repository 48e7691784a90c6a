"""The columns of the catalogue: how a heading is recognised, and what a cell under it may say.

The headings are those of Phụ lục 2 and Mẫu số 1 of KH 20/KH-UBND (Đồng Tháp, 16/7/2025), word for word
but without regard to case, spaces and line breaks. Those forms are lists for people; what a clock needs
besides stands in columns of its own, named in the same manner. Columns that only people read (STT,
solutions, notes) may be there and are not kept.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from deploy.catalogue.tables import Cell

Read = Callable[[Cell], Any]

_YES: Final = frozenset({"có", "x", "✓", "1"})
_NO: Final = frozenset({"không", "", "0", "-"})
_LIMIT: Final = re.compile(r"(\d{1,4})\s*(ngày làm việc|giờ làm việc|ngày)", re.IGNORECASE)
_UNITS: Final = {
    "ngày làm việc": "working_days",
    "giờ làm việc": "working_hours",
    "ngày": "calendar_days",
}
_CODE_IN_NAME: Final = re.compile(
    r"(.+?)\s*[(\[–-]\s*([A-Za-z0-9./_-]*\d[A-Za-z0-9./_-]*)\s*[)\]]?"
)
_GROUPS: Final = {"a": "a", "b": "b", "c": "c", "d": "d", "1": "a", "2": "b", "3": "c", "4": "d"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its field, its headings (the first is written into a new form), how it is read."""

    field: str
    headings: tuple[str, ...]
    read: Read
    required: bool = False
    width: int = 18


def _text(cell: Cell) -> str:
    return cell.text


def _yes_or_no(cell: Cell) -> bool:
    said = cell.text.casefold()
    if said in _YES:
        return True
    if said in _NO:
        return False
    raise ValueError("Ghi Có hoặc Không")


def _level(cell: Cell) -> str:
    match cell.text.casefold():
        case "tỉnh" | "cấp tỉnh":
            return "province"
        case "xã" | "cấp xã":
            return "commune"
    raise ValueError("Ghi Tỉnh hoặc Xã")


def _limit(cell: Cell) -> dict[str, Any]:
    match = _LIMIT.fullmatch(cell.text)
    if match is None or int(match[1]) == 0:
        raise ValueError("Ghi như: 15 ngày làm việc, 8 giờ làm việc, 30 ngày")
    return {"n": int(match[1]), "unit": _UNITS[match[2].casefold()]}


def _group(cell: Cell) -> str:
    group = _GROUPS.get(cell.text.casefold().removeprefix("nhóm").strip())
    if group is None:
        raise ValueError("Ghi nhóm a, b, c hoặc d (KH 20/KH-UBND, III.1)")
    return group


def _day(cell: Cell) -> str:
    if isinstance(cell.value, date):
        return cell.value.isoformat()
    try:
        return datetime.strptime(cell.text, "%d/%m/%Y").date().isoformat()  # noqa: DTZ007  # A day has no zone.
    except ValueError:
        raise ValueError("Ghi ngày như 01/07/2026") from None


COLUMNS: Final = (
    Column(field="", headings=("STT", "TT"), read=_text, width=6),
    Column(
        field="name",
        headings=(
            "Tên thủ tục hành chính",
            "Tên DVC trực tuyến và mã số TTHC",
            "Tên TTHC (và mã số TTHC)",
            "Tên TTHC",
        ),
        read=_text,
        required=True,
        width=48,
    ),
    Column(field="code", headings=("Mã số TTHC", "Mã TTHC"), read=_text),
    Column(field="field", headings=("Lĩnh vực", "Chia theo cấp/ lĩnh vực"), read=_text),
    Column(
        field="agency",
        headings=(
            "Cơ quan có thẩm quyền giải quyết theo quy định",
            "Cơ quan có thẩm quyền giải quyết theo quy định1",
            "Cơ quan có thẩm quyền giải quyết",
        ),
        read=_text,
        required=True,
        width=30,
    ),
    Column(field="level", headings=("Cấp thực hiện",), read=_level, required=True),
    Column(field="limit", headings=("Thời hạn giải quyết",), read=_limit, required=True),
    Column(field="online.full", headings=("DVC TT: Toàn trình", "Toàn trình"), read=_yes_or_no),
    Column(field="online.partial", headings=("DVC TT: Một phần", "Một phần"), read=_yes_or_no),
    Column(field="group", headings=("Nhóm TTHC", "Nhóm"), read=_group, required=True),
    Column(
        field="authorisation.post", headings=("Ủy quyền qua dịch vụ bưu chính",), read=_yes_or_no
    ),
    Column(field="authorisation.agent", headings=("Ủy quyền qua đại lý DVC",), read=_yes_or_no),
    Column(
        field="authorisation.document",
        headings=(
            "Tr/đó: Điều kiện khi ủy quyền thực hiện qua DV Bưu chính hoặc TTPVHCC (nếu có)",
            "Điều kiện khi ủy quyền",
        ),
        read=_text,
        width=36,
    ),
    Column(field="effective_from", headings=("Áp dụng từ ngày",), read=_day, required=True),
    Column(
        field="",
        headings=(
            "Đề xuất thực hiện theo mô hình phi địa giới",
            "Giải pháp thực hiện không phụ thuộc vào địa giới hành chính",
            "Kiến nghị phương án, giải pháp để thực hiện không phụ thuộc vào địa giới hành chính",
            "DVC TT",
        ),
        read=_text,
        width=24,
    ),
    Column(field="", headings=("Ghi chú",), read=_text, width=24),
)


def heading_key(text: str) -> str:
    """A heading as it is compared: without case and spaces."""
    return "".join(text.casefold().split())


BY_HEADING: Final = {heading_key(each): column for column in COLUMNS for each in column.headings}


def name_and_code(name: str) -> tuple[str, str | None]:
    """A name that carries its code, as Phụ lục 2 writes it: `Đăng ký khai sinh (1.001193)`."""
    match = _CODE_IN_NAME.fullmatch(name)
    return (match[1], match[2]) if match else (name, None)
