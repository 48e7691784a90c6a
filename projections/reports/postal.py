"""How the postal service for dossiers went: the report of TT 17/2017/TT-BTTTT, Điều 13."""

from datetime import date, datetime
from typing import Final

from pydantic import Field

from logistics.credentials import Role
from logistics.web.call import Call
from logistics.web.endpoint import Content, Endpoint
from logistics.web.fields import Answer
from projections.clocks import CLOCKS
from projections.reports.asked import Period, Report, days_of
from projections.reports.mau_3 import WHOLE_PROVINCE
from projections.reports.names import names_of
from projections.reports.postal_counting import Carried, Leg, Within, carried
from projections.reports.sheet import Days, Kind, Sheet, SheetColumn, Value
from projections.reports.writing import MEDIA_TYPES, written
from projections.services import ReadServices


class PostalAsked(Report):
    """Of which quarter, half-year or year."""

    period: Period


class Operator(Answer):
    """One operator: consignments that it took on, and complaints about it, in the period.

    Revenue and compensation are not recorded here, and null for that reason; a share is null
    where there is nothing to share.
    """

    operator: str
    name: str
    sent: int = Field(description="Consignments of dossiers to agencies.")
    returned: int = Field(description="Consignments of results to applicants.")
    dossiers: int = Field(description="Dossiers in all of these.")
    revenue: int | None = None
    on_time: int
    late: int = Field(description="Late, or still on the way behind its time.")
    on_time_percent: float | None
    sent_on_time_percent: float | None
    returned_on_time_percent: float | None
    complaints: int
    complaints_answered_in_time: int
    complaints_late: int
    lost: int = Field(description="Dossiers lost or mislaid in its custody.")
    damaged: int = Field(description="Dossiers damaged in its custody.")
    compensated: int | None = None
    compensation_vnd: int | None = None
    safety_percent: float | None = Field(description="Dossiers neither lost nor damaged.")


class PostalReport(Answer):
    """TT 17/2017/TT-BTTTT Điều 13.1c, as far as it is recorded here."""

    period: str
    from_: date = Field(alias="from")
    to: date
    as_of: datetime
    items: list[Operator]
    total: Operator


async def postal(call: Call[ReadServices], query: PostalAsked) -> PostalReport | Content:
    """The postal report of TT 17/2017 Điều 13: volume, complaints, losses and safety, by operator.

    Consignments count in the period in which the operator took them on, complaints in that in
    which they were made. An operator sees its own figures. Revenue and compensation are not known.
    """
    first, last = days_of(query.period)
    now = query.as_of or call.received_at
    own = call.caller.party if call.caller.role is Role.OPERATOR else None
    found = await carried(call.services, Within(first, last, own, now), query.as_of)
    names = await names_of(call.services, [*found, *([own] if own else [])])
    report = PostalReport(
        period=query.period,
        from_=first,
        to=last,
        as_of=now,
        items=[_operator(code, names[code], each) for code, each in found.items()],
        total=_operator("", "Tổng số", sum(found.values(), Carried())),
    )
    unit = names[own] if own else WHOLE_PROVINCE
    return report if query.format == "json" else written(_sheet(report, unit), query.format)


def _operator(code: str, name: str, each: Carried) -> Operator:
    both = each.send + each.back
    unharmed = both.dossiers - both.harmed
    return Operator(
        operator=code,
        name=name,
        sent=each.send.consignments,
        returned=each.back.consignments,
        dossiers=both.dossiers,
        on_time=both.on_time,
        late=both.late,
        on_time_percent=_on_time(both),
        sent_on_time_percent=_on_time(each.send),
        returned_on_time_percent=_on_time(each.back),
        complaints=each.complaints.made,
        complaints_answered_in_time=each.complaints.answered_in_time,
        complaints_late=each.complaints.late,
        lost=both.lost,
        damaged=both.damaged,
        safety_percent=round(100 * unharmed / both.dossiers, 2) if both.dossiers else None,
    )


def _on_time(leg: Leg) -> float | None:
    """Of those that arrived or ran out of time, the percentage in time (TT 17/2017 Đ7.2)."""
    judged = leg.on_time + leg.late
    return round(100 * leg.on_time / judged, 1) if judged else None


_COLUMNS: Final = (
    SheetColumn("STT", Kind.COUNT, 6),
    SheetColumn("Doanh nghiệp bưu chính", width=22),
    SheetColumn("Sản lượng nhận gửi hồ sơ", Kind.COUNT, 11),
    SheetColumn("Sản lượng chuyển trả kết quả", Kind.COUNT, 12),
    SheetColumn("Doanh thu", Kind.COUNT, 11),
    SheetColumn("Nhận gửi hồ sơ đúng thời gian toàn trình", Kind.PERCENT, 12),
    SheetColumn("Chuyển trả kết quả đúng thời gian toàn trình", Kind.PERCENT, 12),
    SheetColumn("Số vụ khiếu nại", Kind.COUNT, 11),
    SheetColumn("Khiếu nại giải quyết đúng hạn", Kind.COUNT, 11),
    SheetColumn("Hồ sơ, kết quả bị mất, thất lạc", Kind.COUNT, 11),
    SheetColumn("Hồ sơ, kết quả bị hư hỏng", Kind.COUNT, 11),
    SheetColumn("Số trường hợp bồi thường", Kind.COUNT, 12),
    SheetColumn("Tổng giá trị bồi thường", Kind.COUNT, 12),
    SheetColumn("Mức độ an toàn", Kind.FINE_PERCENT, 12),
)


def _sheet(report: PostalReport, unit: str) -> Sheet:
    return Sheet(
        form="Điều 13 – Thông tư 17/2017/TT-BTTTT",
        file_name=f"buu-chinh_{report.period}",
        unit=unit,
        title="Báo cáo tình hình cung ứng dịch vụ nhận gửi hồ sơ, chuyển trả kết quả"
        " giải quyết thủ tục hành chính",
        head=(
            ("Kỳ báo cáo", report.period),
            ("Thời gian báo cáo", Days(report.from_, report.to)),
            ("Số liệu tính đến", report.as_of),
        ),
        columns=_COLUMNS,
        rows=[_line(number, each) for number, each in enumerate(report.items, 1)],
        total=_line(None, report.total),
        notes=(
            "Doanh thu và bồi thường không được ghi nhận trong hệ thống này; doanh nghiệp tự bổ sung.",
            "Bưu gửi tính vào kỳ doanh nghiệp chấp nhận; khiếu nại tính vào kỳ tiếp nhận khiếu nại.",
            "Mức độ an toàn = số hồ sơ, kết quả không bị mất, hư hỏng / số hồ sơ, kết quả đã nhận.",
        ),
        signatures=("Người lập biểu", "Đại diện doanh nghiệp"),
    )


def _line(number: int | None, each: Operator) -> tuple[Value, ...]:
    return (
        number,
        each.name,
        each.sent,
        each.returned,
        each.revenue,
        _share(each.sent_on_time_percent),
        _share(each.returned_on_time_percent),
        each.complaints,
        each.complaints_answered_in_time,
        each.lost,
        each.damaged,
        each.compensated,
        each.compensation_vnd,
        _share(each.safety_percent),
    )


def _share(percent: float | None) -> float | None:
    return None if percent is None else percent / 100


ENDPOINTS: Final = (
    Endpoint(
        "GET",
        "/v1/reports/postal",
        postal,
        roles=frozenset({Role.PROVINCE, Role.OPERATOR}),
        views=(CLOCKS, "audit", "parties"),
        tags=("reports",),
        media_types=MEDIA_TYPES,
    ),
)
