"""The progress group of the quality index: 20 of 100 points (QĐ 766/QĐ-TTg)."""

from datetime import date, datetime
from typing import Final

from pydantic import Field

from logistics.credentials import Role
from logistics.web.call import Call
from logistics.web.endpoint import Content, Endpoint
from logistics.web.fields import Answer
from projections.clocks import CLOCKS
from projections.reports.asked import ReportOfDays
from projections.reports.counting import Counted, counted, summed
from projections.reports.mau_3 import WHOLE_PROVINCE
from projections.reports.names import names_of
from projections.reports.sheet import Days, Kind, Sheet, SheetColumn, Value
from projections.reports.writing import MEDIA_TYPES, written
from projections.services import ReadServices

POINTS: Final = 20


class Score(Answer):
    """One agency: its points, and the dossiers they come from. Null while nothing is decided or due."""

    agency: str
    name: str
    early: int
    on_time: int
    late: int
    overdue: int
    points: float | None = Field(ge=0, le=POINTS)


class ProgressScore(Answer):
    """The progress group of QĐ 766/QĐ-TTg: the share early or on time, of 20 points."""

    from_: date = Field(alias="from")
    to: date
    as_of: datetime
    items: list[Score]
    total: Score


async def progress_score(call: Call[ReadServices], query: ReportOfDays) -> ProgressScore | Content:
    """The progress group of QĐ 766/QĐ-TTg, 20 points: the share early or on time, by agency.

    Of the dossiers received in a time, those decided and those overdue count.
    """
    now = query.as_of or call.received_at
    found = await counted(call.services, query.from_, query.to, None, query.as_of, now)
    agencies = sorted({each.agency for each in found})
    names = await names_of(call.services, agencies)
    report = ProgressScore(
        from_=query.from_,
        to=query.to,
        as_of=now,
        items=[
            _score(summed(code, "", (each for each in found if each.agency == code)), names[code])
            for code in agencies
        ],
        total=_score(summed("", "", found), WHOLE_PROVINCE),
    )
    return report if query.format == "json" else written(_sheet(report), query.format)


def _score(each: Counted, name: str) -> Score:
    return Score(
        agency=each.agency,
        name=name,
        early=each.early,
        on_time=each.on_time,
        late=each.late,
        overdue=each.overdue,
        points=None if each.share is None else round(each.share * POINTS, 2),
    )


def _sheet(report: ProgressScore) -> Sheet:
    return Sheet(
        form="Nhóm tiến độ giải quyết – Quyết định 766/QĐ-TTg",
        file_name=f"diem-tien-do_{report.from_}_{report.to}",
        unit=WHOLE_PROVINCE,
        title="Điểm nhóm chỉ số tiến độ giải quyết thủ tục hành chính",
        head=(
            ("Thời gian", Days(report.from_, report.to)),
            ("Số liệu tính đến", report.as_of),
        ),
        columns=(
            SheetColumn("STT", Kind.COUNT, 6),
            SheetColumn("Cơ quan", width=44),
            SheetColumn("Trước hạn", Kind.COUNT),
            SheetColumn("Đúng hạn", Kind.COUNT),
            SheetColumn("Quá hạn", Kind.COUNT),
            SheetColumn("Quá hạn chưa giải quyết", Kind.COUNT),
            SheetColumn(f"Điểm (tối đa {POINTS})", Kind.POINTS),
        ),
        rows=[_line(number, each) for number, each in enumerate(report.items, 1)],
        total=_line(None, report.total),
        notes=(
            f"Điểm = {POINTS} × (trước hạn + đúng hạn) / (đã giải quyết + quá hạn chưa giải quyết).",
        ),
    )


def _line(number: int | None, each: Score) -> tuple[Value, ...]:
    return (number, each.name, each.early, each.on_time, each.late, each.overdue, each.points)


ENDPOINTS: Final = (
    Endpoint(
        "GET",
        "/v1/reports/progress-score",
        progress_score,
        roles=frozenset({Role.PROVINCE}),
        views=(CLOCKS, "audit", "parties"),
        tags=("reports",),
        media_types=MEDIA_TYPES,
    ),
)
