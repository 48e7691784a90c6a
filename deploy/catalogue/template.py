"""Writes an empty form of the catalogue, with the headings that an import knows."""

from pathlib import Path
from typing import Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from deploy.catalogue.columns import COLUMNS

_EXAMPLE: Final = {
    "STT": 1,
    "Tên thủ tục hành chính": "Đăng ký khai sinh",
    "Mã số TTHC": "1.001193",
    "Lĩnh vực": "Hộ tịch",
    "Cơ quan có thẩm quyền giải quyết theo quy định": "UBND xã (mã hoặc tên của cơ quan)",
    "Cấp thực hiện": "Xã",
    "Thời hạn giải quyết": "1 ngày làm việc",
    "DVC TT: Toàn trình": "x",
    "Nhóm TTHC": "a",
    "Ủy quyền qua dịch vụ bưu chính": "Có",
    "Ủy quyền qua đại lý DVC": "Có",
    "Áp dụng từ ngày": "01/07/2026",
}


def write_template(path: Path) -> None:
    """Write a form with one example row, to be replaced."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Danh mục TTHC"
    sheet.append([column.headings[0] for column in COLUMNS])
    sheet.append([_EXAMPLE.get(column.headings[0]) for column in COLUMNS])
    for number, column in enumerate(COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
        heading = sheet.cell(1, number)
        heading.font = Font(bold=True)
        heading.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
    sheet.freeze_panes = "A2"
    book.save(path)
