"""The catalogue from a file: in the forms' own headings, or every fault at its cell and nothing kept."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from openpyxl import Workbook, load_workbook

from deploy.administration import told
from deploy.catalogue.importing import import_procedures
from deploy.catalogue.template import write_template
from deploy.parts import Parts, by_command_line
from logistics.errors import Invalid
from logistics.handling import Envelope
from logistics.identifiers import PartyCode, StreamId
from logistics.party.commands import RegisterParty
from logistics.party.events import PartyKind
from tests.support.processes import command
from tests.support.service import parts_of
from tests.support.stories import MONDAY

HEADINGS = [
    "STT", "Tên thủ tục hành chính", "Mã số TTHC", "Lĩnh vực",
    "Cơ quan có thẩm quyền giải quyết theo quy định", "Cấp thực hiện", "Thời hạn giải quyết",
    "Toàn trình", "Một phần", "Nhóm", "Ủy quyền qua dịch vụ bưu chính", "Ủy quyền qua đại lý DVC",
    "Điều kiện khi ủy quyền", "Áp dụng từ ngày", "Ghi chú",
]  # fmt: skip
BIRTH = [
    1, "Đăng ký khai sinh", "1.001193", "Hộ tịch", "UBND phường Cao Lãnh", "Xã", "1 ngày làm việc",
    "x", None, "a", "Có", "Không", "Giấy ủy quyền", date(2026, 7, 1), "đã liên thông",
]  # fmt: skip
LAND = [
    2, "Đăng ký biến động đất đai", "1.012756", "Đất đai", "SO-NNMT", "Tỉnh", "15 ngày làm việc",
    None, "x", "2", None, None, None, "05/08/2026", None,
]  # fmt: skip


def excel(path: Path, *rows: Sequence[Any]) -> Path:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    book.save(path)
    return path


def semicolons(path: Path, *rows: Sequence[Any]) -> Path:
    cells = [["" if cell is None else _said(cell) for cell in row] for row in rows]
    path.write_text("\n".join(";".join(row) for row in cells), "utf-8-sig")
    return path


def _said(cell: Any) -> str:
    return cell.strftime("%d/%m/%Y") if isinstance(cell, date) else str(cell)


def agencies(parts: Parts) -> None:
    for code, name in (("UBND-CL", "UBND phường Cao Lãnh"), ("SO-NNMT", "Sở NN&MT")):
        registration = RegisterParty(
            party=PartyCode(code), kind=PartyKind.AGENCY, name=name, commune=None,
            opening_hours=None, occurred_at=MONDAY,
        )  # fmt: skip
        parts.handling.handle(Envelope(command=registration, metadata=by_command_line("test")))


def stated(parts: Parts, code: str) -> list[dict[str, Any]]:
    stream = StreamId.parse(f"procedure:{code}")
    return [dict(each.data) for each in parts.store.load([stream])[stream]]


def faults(parts: Parts, path: Path) -> dict[str, str]:
    """What is wrong with a file, by cell; and that nothing of it was kept."""
    with pytest.raises(Invalid) as refused:
        import_procedures(parts, path)
    assert stated(parts, "1.001193") == []
    return {each.path: each.detail for each in refused.value.faults}


@pytest.mark.parametrize(("write", "suffix"), [(excel, "xlsx"), (semicolons, "csv")])
def test_a_file_is_imported_once_in_either_format(
    database_url: str, tmp_path: Path, write: Any, suffix: str
) -> None:
    file = write(tmp_path / f"danh mục.{suffix}", HEADINGS, BIRTH, LAND)
    with parts_of(database_url) as parts:
        agencies(parts)
        assert import_procedures(parts, file).stated == 2
        (birth,), (land,) = stated(parts, "1.001193"), stated(parts, "1.012756")
        assert (birth["name"], birth["agency"], birth["online"], birth["group"]) == (
            "Đăng ký khai sinh", "UBND-CL", "full", "a",
        )  # fmt: skip
        assert birth["limit"] == {"n": 1, "unit": "working_days"}
        assert birth["authorisation"] == {"post": True, "agent": False, "document": "Giấy ủy quyền"}
        assert birth["effective_from"] == "2026-07-01"
        assert (land["agency"], land["online"], land["group"]) == ("SO-NNMT", "partial", "b")
        assert land["effective_from"] == "2026-08-05"
        again = import_procedures(parts, file)
        assert (again.stated, again.known_already) == (0, 2)


def test_the_forms_own_layout_is_understood(database_url: str, tmp_path: Path) -> None:
    """Title lines, a heading in two rows, a section of a field, codes in the name, a total."""
    first = [
        "TT", "Tên DVC trực tuyến và\nmã số TTHC", "DVC TT", None,
        "CƠ QUAN CÓ THẨM QUYỀN GIẢI QUYẾT theo quy định1", "Cấp thực hiện", "Thời hạn giải quyết",
        "Nhóm", "Giải pháp thực hiện không phụ thuộc vào địa giới hành chính",
        "Tr/đó: Điều kiện khi ủy quyền thực hiện qua DV Bưu chính hoặc TTPVHCC (nếu có)",
        "Áp dụng từ ngày",
    ]  # fmt: skip
    file = excel(
        tmp_path / "phụ lục 2.xlsx",
        ["PHỤ LỤC 2"],
        ["Nhóm TTHC đã xây dựng DVC trực tuyến toàn trình"],
        first,
        [None, None, "Toàn trình", "Một phần"],
        ["I", normalize("NFD", "HỘ TỊCH")],
        [1, "Đăng ký khai sinh (1.001193)", "x", None, "UBND-CL", "cấp xã", "8 Giờ làm việc", "a",
         "nộp tại bất kỳ TTPVHCC", "Giấy ủy quyền", date(2026, 7, 1)],
        [],
        [None, "Tổng số", 1],
    )  # fmt: skip
    with parts_of(database_url) as parts:
        agencies(parts)
        assert import_procedures(parts, file).stated == 1
        (birth,) = stated(parts, "1.001193")
        assert (birth["name"], birth["field"]) == ("Đăng ký khai sinh", "HỘ TỊCH")
        assert birth["limit"] == {"n": 8, "unit": "working_hours"}


def test_every_fault_is_told_at_its_cell_and_nothing_is_kept(
    database_url: str, tmp_path: Path
) -> None:
    bad = [*LAND]
    bad[1], bad[4], bad[5], bad[6], bad[7], bad[9], bad[13] = (
        None, "Sở không có", "Huyện", "hai tuần", "có lẽ", "e", "31/02/2026",
    )  # fmt: skip
    nameless = [*BIRTH]
    nameless[2] = nameless[3] = None
    file = excel(tmp_path / "x.xlsx", HEADINGS, BIRTH, bad, nameless, BIRTH)
    with parts_of(database_url) as parts:
        agencies(parts)
        found = faults(parts, file)
    assert found.keys() == {"B3", "E3", "F3", "G3", "H3", "J3", "N3", "C4", "D4", "B5"}
    assert "15 ngày làm việc" in found["G3"]
    assert "B2" in found["B5"]


def test_what_no_agency_may_do_is_told_at_the_row(database_url: str, tmp_path: Path) -> None:
    long = [*BIRTH]
    long[1] = "Đ" * 201
    with parts_of(database_url) as parts:
        agencies(parts)
        assert faults(parts, excel(tmp_path / "x.xlsx", HEADINGS, long)).keys() == {"B2"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "tiêu đề"),
        ([HEADINGS], "Không có thủ tục"),
        ([[*HEADINGS, "Màu sắc"], [*BIRTH, "đỏ"]], "Màu sắc"),
        ([HEADINGS[:5], BIRTH[:5]], "Thiếu cột Áp dụng từ ngày"),
        ([[*HEADINGS, "Lĩnh vực"], [*BIRTH, "x"]], "hai lần"),
    ],
)
def test_a_table_that_is_no_catalogue_is_refused(
    database_url: str, tmp_path: Path, rows: list[list[Any]], said: str
) -> None:
    with parts_of(database_url) as parts:
        agencies(parts)
        assert said in " ".join(faults(parts, excel(tmp_path / "x.xlsx", *rows)).values())


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.xlsx", b"PK\x03\x04 and nothing"), ("x.csv", b"\xff\xfe\x00"), ("x.ods", b"")],
)
def test_a_file_that_cannot_be_read_is_refused(
    database_url: str, tmp_path: Path, name: str, content: bytes
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with parts_of(database_url) as parts:
        assert faults(parts, file).keys() == {name}


def test_the_commands_import_a_form_and_write_an_empty_one(
    database_url: str, tmp_path: Path
) -> None:
    form = tmp_path / "mẫu.xlsx"
    command(database_url, "procedures", "template", str(form))
    headings = [cell.value for cell in load_workbook(form).worksheets[0][1]]
    assert "Tên thủ tục hành chính" in headings
    with parts_of(database_url) as parts:
        agencies(parts)
    file = excel(tmp_path / "x.xlsx", HEADINGS, BIRTH)
    command(database_url, "procedures", "import", str(file))
    with parts_of(database_url) as parts:
        assert len(stated(parts, "1.001193")) == 1


def test_the_written_form_can_be_filled_in_and_imported(database_url: str, tmp_path: Path) -> None:
    form = tmp_path / "mẫu.xlsx"
    write_template(form)
    book = load_workbook(form)
    book.worksheets[0]["E2"] = "UBND-CL"
    book.save(form)
    with parts_of(database_url) as parts:
        agencies(parts)
        try:
            assert import_procedures(parts, form).stated == 1
        except Invalid as refused:
            pytest.fail(told(refused))
