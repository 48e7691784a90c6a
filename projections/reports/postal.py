"""How the postal service for dossiers went: the report of TT 17/2017/TT-BTTTT, Điều 13."""

import asyncio
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

from pydantic import Field

from logistics.clocks.basis import Basis
from logistics.credentials import Role
from logistics.dossier_facts import DossierFacts
from logistics.web.call import Call
from logistics.web.endpoint import Content, Endpoint
from logistics.web.fields import Answer
from projections.as_known import all_as_known
from projections.clocks import CLOCKS, with_owed
from projections.outcomes import complaints, consignments
from projections.reports.asked import Period, Report, days_of, told_days, told_moment
from projections.reports.mau_3 import WHOLE_PROVINCE
from projections.reports.names import names_of
from projections.reports.sheet import MEDIA_TYPES, Kind, Sheet, SheetColumn, Value, written
from projections.services import ReadServices

Rows = list[tuple[Any, ...]]

# A consignment of several dossiers is one; it was late if it was for any of them.
_CONSIGNMENTS: Final = """
SELECT waybill, operator, purpose, count(*), bool_or(verdict = 'late'
        OR verdict IS NULL AND coalesce(runs_out_at <= %b, false)),
    bool_and(verdict IS NOT NULL), bool_or(lost), bool_or(damaged)
FROM views.consignment
WHERE accepted_on BETWEEN %b AND %b AND operator = coalesce(%b::text, operator)
GROUP BY waybill, operator, purpose"""
_COMPLAINTS: Final = """
SELECT operator, verdict, coalesce(runs_out_at <= %b, false) FROM views.complaint
WHERE complained_on BETWEEN %b AND %b AND operator = coalesce(%b::text, operator)"""


class PostalAsked(Report):
    """Of which quarter, half-year or year."""

    period: Period


class Operator(Answer):
    """One operator. `compensated` and `revenue` are not recorded here, and null for that reason."""

    operator: str
    name: str
    sent: int = Field(description="Consignments of dossiers to agencies.")
    returned: int = Field(description="Consignments of results to applicants.")
    dossiers: int
    revenue: int | None = None
    on_time: int
    late: int
    on_time_percent: float | None
    complaints: int
    complaints_answered_in_time: int
    complaints_late: int
    lost: int
    damaged: int
    compensated: int | None = None
    safety_percent: float | None = Field(description="Consignments neither lost nor damaged.")


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
    asked = [now, first, last, own]
    if query.as_of is None:
        carried = await call.services.rows(_CONSIGNMENTS, asked)
        complained = await call.services.rows(_COMPLAINTS, asked)
    else:
        carried, complained = await _as_known(call.services, query.as_of, first, last, own)
    codes = sorted({each[1] for each in carried} | {each[0] for each in complained})
    names = await names_of(call.services, codes)
    report = PostalReport(
        period=query.period,
        from_=first,
        to=last,
        as_of=now,
        items=[
            _operator(
                code,
                names[code],
                [each for each in carried if each[1] == code],
                [each for each in complained if each[0] == code],
            )
            for code in codes
        ],
        total=_operator("", "Tổng số", carried, complained),
    )
    return report if query.format == "json" else written(_sheet(report), query.format)


async def _as_known(
    services: ReadServices, as_of: datetime, first: date, last: date, own: str | None
) -> tuple[Rows, Rows]:
    """The same rows, from what the log held then."""
    carried: dict[tuple[str, str, str], list[Any]] = {}
    complained: Rows = []
    async for known in all_as_known(services, as_of):
        await asyncio.to_thread(_count, known.values(), services.basis, as_of, carried, complained)
    within = [
        (*key, count, late, done, lost, damaged)
        for key, (on, count, late, done, lost, damaged) in carried.items()
        if first <= on <= last and own in {None, key[1]}
    ]
    told = [
        (operator, verdict, run_out)
        for on, operator, verdict, run_out in complained
        if first <= on <= last and own in {None, operator}
    ]
    return within, told


def _count(
    known: Iterable[DossierFacts],
    basis: Basis,
    now: datetime,
    carried: dict[tuple[str, str, str], list[Any]],
    complained: Rows,
) -> None:
    for facts in known:
        row = with_owed(facts, basis)
        for _, waybill, operator, purpose, on, verdict, runs_out_at, lost, damaged in consignments(
            row
        ):
            run_out = runs_out_at is not None and runs_out_at <= now
            late = verdict == "late" or (verdict is None and run_out)
            each = carried.setdefault(
                (waybill, operator, purpose), [on, 0, False, True, False, False]
            )
            each[1] += 1
            each[2] |= late
            each[3] &= verdict is not None
            each[4] |= lost
            each[5] |= damaged
        for _, _, operator, on, verdict, runs_out_at in complaints(row):
            complained.append(
                (on, operator, verdict, runs_out_at is not None and runs_out_at <= now)
            )


def _operator(code: str, name: str, carried: Rows, complained: Rows) -> Operator:
    late = sum(each[4] for each in carried)
    on_time = sum(each[5] and not each[4] for each in carried)
    harmed = sum(each[6] or each[7] for each in carried)
    volume = len(carried)
    return Operator(
        operator=code,
        name=name,
        sent=sum(each[2] == "send" for each in carried),
        returned=sum(each[2] == "return" for each in carried),
        dossiers=sum(each[3] for each in carried),
        on_time=on_time,
        late=late,
        on_time_percent=round(100 * on_time / (on_time + late), 1) if on_time + late else None,
        complaints=len(complained),
        complaints_answered_in_time=sum(each[1] in {"early", "on-time"} for each in complained),
        complaints_late=sum(
            each[1] == "late" or (each[1] is None and each[2]) for each in complained
        ),
        lost=sum(each[6] for each in carried),
        damaged=sum(each[7] for each in carried),
        safety_percent=round(100 * (volume - harmed) / volume, 2) if volume else None,
    )


_COLUMNS: Final = (
    SheetColumn("STT", Kind.COUNT, 6),
    SheetColumn("Doanh nghiệp bưu chính", width=24),
    SheetColumn("Sản lượng nhận gửi hồ sơ", Kind.COUNT, 12),
    SheetColumn("Sản lượng chuyển trả kết quả", Kind.COUNT, 12),
    SheetColumn("Doanh thu", Kind.COUNT, 12),
    SheetColumn("Tỷ lệ phát đúng thời gian toàn trình", Kind.PERCENT, 14),
    SheetColumn("Số vụ khiếu nại", Kind.COUNT, 10),
    SheetColumn("Đã giải quyết khiếu nại đúng hạn", Kind.COUNT, 12),
    SheetColumn("Bị mất, thất lạc", Kind.COUNT, 10),
    SheetColumn("Bị hư hỏng", Kind.COUNT, 10),
    SheetColumn("Số trường hợp bồi thường", Kind.COUNT, 12),
    SheetColumn("Mức độ an toàn", Kind.PERCENT, 12),
)


def _sheet(report: PostalReport) -> Sheet:
    return Sheet(
        form="Điều 13 – Thông tư 17/2017/TT-BTTTT",
        file_name=f"buu-chinh_{report.period}",
        unit=WHOLE_PROVINCE,
        title="Báo cáo tình hình cung ứng dịch vụ nhận gửi hồ sơ, chuyển trả kết quả"
        " giải quyết thủ tục hành chính",
        head=(
            ("Kỳ báo cáo", f"{report.period} ({told_days(report.from_, report.to)})"),
            ("Số liệu tính đến", told_moment(report.as_of)),
        ),
        columns=_COLUMNS,
        rows=[_line(number, each) for number, each in enumerate(report.items, 1)],
        total=_line(None, report.total),
        notes=(
            "Doanh thu và bồi thường không được ghi nhận trong hệ thống này; doanh nghiệp tự bổ sung.",
            "Bưu gửi tính vào kỳ doanh nghiệp chấp nhận; khiếu nại tính vào kỳ tiếp nhận khiếu nại.",
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
        None if each.on_time_percent is None else each.on_time_percent / 100,
        each.complaints,
        each.complaints_answered_in_time,
        each.lost,
        each.damaged,
        each.compensated,
        None if each.safety_percent is None else each.safety_percent / 100,
    )


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
