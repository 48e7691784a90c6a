"""Mẫu số 3: how the procedures that are done regardless of place went (KH 20/KH-UBND, Phụ lục 5)."""

from datetime import date, datetime
from typing import Final

from pydantic import Field

from logistics.credentials import Role
from logistics.errors import Forbidden
from logistics.web.call import Call
from logistics.web.endpoint import Content, Endpoint
from logistics.web.fields import Answer, Code
from projections.clocks import CLOCKS
from projections.reports.asked import ReportOfDays
from projections.reports.counting import Counted, counted, summed
from projections.reports.names import names_of, procedure_names
from projections.reports.sheet import Days, Kind, Sheet, SheetColumn
from projections.reports.writing import MEDIA_TYPES, written
from projections.services import ReadServices

WHOLE_PROVINCE: Final = "Toàn tỉnh"


class Mau3Asked(ReportOfDays):
    """Of which agency; the province may ask for all at once."""

    agency: Code | None = None


class Mau3Row(Answer):
    """One procedure. `on_time_percent` is null while nothing of it is known to be in time or late."""

    procedure: str
    name: str
    received: int
    non_territorial: int
    solved_on_time: int
    solved_late: int
    overdue: int
    running: int
    closed: int
    on_time_percent: float | None


class Mau3(Answer):
    """Mẫu số 3 of KH 20/KH-UBND; difficulties, proposals and notes are for its readers to write."""

    unit: str
    from_: date = Field(alias="from")
    to: date
    as_of: datetime
    items: list[Mau3Row]
    total: Mau3Row


async def mau_3(call: Call[ReadServices], query: Mau3Asked) -> Mau3 | Content:
    """Mẫu số 3: by procedure, the dossiers received in a time and how many were solved on time.

    On time is a decision before or on the due date. The share is of those decided or overdue; what
    is still within its time is in no share. An agency sees its own dossiers only.
    """
    agency = _whose(call, query)
    now = query.as_of or call.received_at
    found = await counted(call.services, query.from_, query.to, agency, query.as_of, now)
    unit = (await names_of(call.services, [agency]))[agency] if agency else WHOLE_PROVINCE
    names = await procedure_names(call.services, {each.procedure for each in found})
    report = Mau3(
        unit=unit,
        from_=query.from_,
        to=query.to,
        as_of=now,
        items=_by_procedure(found, names),
        total=_row(summed("", "", found), ""),
    )
    return report if query.format == "json" else written(_sheet(report), query.format)


def _whose(call: Call[ReadServices], query: Mau3Asked) -> str | None:
    caller = call.caller
    if caller.role is not Role.AGENCY:
        return query.agency
    if query.agency not in {None, caller.party}:
        raise Forbidden("not-your-agency", "An agency reports its own dossiers only.")
    return caller.party


def _by_procedure(found: list[Counted], names: dict[str, str]) -> list[Mau3Row]:
    """One line a procedure, whichever agencies decide it, under its name in the catalogue."""
    codes = sorted({each.procedure for each in found})
    lines = []
    for code in codes:
        parts = [each for each in found if each.procedure == code]
        said = max((each.name for each in parts if each.name), default=code)
        name = said if names[code] == code else names[code]
        lines.append(_row(summed("", code, parts), name))
    return lines


def _row(each: Counted, name: str) -> Mau3Row:
    return Mau3Row(
        procedure=each.procedure,
        name=name,
        received=each.received,
        non_territorial=each.non_territorial,
        solved_on_time=each.in_time,
        solved_late=each.late,
        overdue=each.overdue,
        running=each.running,
        closed=each.closed,
        on_time_percent=None if each.share is None else round(each.share * 100, 1),
    )


_COLUMNS: Final = (
    SheetColumn("STT", Kind.COUNT, 6),
    SheetColumn("Tên TTHC triển khai phi địa giới", width=46),
    SheetColumn("Số lượng hồ sơ tiếp nhận", Kind.COUNT, 14),
    SheetColumn("Số lượng hồ sơ giải quyết đúng hạn", Kind.COUNT, 16),
    SheetColumn("Tỷ lệ đúng hạn (%)", Kind.PERCENT, 12),
    SheetColumn("Khó khăn, vướng mắc", width=24),
    SheetColumn("Đề xuất, kiến nghị", width=24),
    SheetColumn("Ghi chú", width=36),
)
_NOTES: Final = (
    "Đúng hạn: có quyết định trước hoặc trong ngày hẹn trả, tính theo ngày làm việc.",
    "Tỷ lệ đúng hạn = số giải quyết đúng hạn / (số đã giải quyết + số quá hạn chưa giải quyết).",
    "Hồ sơ còn trong hạn, bị từ chối hoặc được rút không tính vào tỷ lệ.",
)


def _sheet(report: Mau3) -> Sheet:
    return Sheet(
        form="Mẫu số 3, Phụ lục 5 – Kế hoạch số 20/KH-UBND",
        file_name=f"mau-3_{report.from_}_{report.to}",
        unit=report.unit,
        title="Báo cáo định kỳ kết quả triển khai thực hiện thủ tục hành chính"
        " không phụ thuộc vào địa giới hành chính",
        head=(
            ("Tên đơn vị báo cáo", report.unit),
            ("Thời gian báo cáo", Days(report.from_, report.to)),
            ("Số liệu tính đến", report.as_of),
        ),
        columns=_COLUMNS,
        rows=[_line(number, each, each.name) for number, each in enumerate(report.items, 1)],
        total=(*_line(None, report.total, "Tổng số")[:-1], ""),
        notes=_NOTES,
        signatures=("Người lập biểu", "Thủ trưởng đơn vị"),
    )


def _line(number: int | None, each: Mau3Row, name: str) -> tuple[str | int | float | None, ...]:
    share = None if each.on_time_percent is None else each.on_time_percent / 100
    return (number, name, each.received, each.solved_on_time, share, "", "", _note(each))


def _note(each: Mau3Row) -> str:
    told = (
        (each.non_territorial, "hồ sơ phi địa giới"),
        (each.running, "đang giải quyết trong hạn"),
        (each.overdue, "quá hạn chưa giải quyết"),
        (each.solved_late, "giải quyết quá hạn"),
        (each.closed, "từ chối hoặc rút"),
    )
    return "; ".join(f"{count} {what}" for count, what in told if count)


ENDPOINTS: Final = (
    Endpoint(
        "GET",
        "/v1/reports/mau-3",
        mau_3,
        roles=frozenset({Role.PROVINCE, Role.AGENCY}),
        views=(CLOCKS, "audit", "parties", "procedures"),
        tags=("reports",),
        media_types=MEDIA_TYPES,
        problems={403: ("not-your-agency",)},
    ),
)
