"""Phiếu kiểm soát: who gave a dossier to whom, when, and whether in time (TT 03/2025/TT-VPCP, Mẫu 06)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import Field

from logistics.clocks.obligation import Obligation, Verdict
from logistics.clocks.office_hours import VIETNAM
from logistics.credentials import Role
from logistics.dossier_facts import DossierFacts, HandoverFact, StepFact, time
from logistics.identifiers import CITIZEN, DossierCode
from logistics.web.call import Call
from logistics.web.endpoint import Content, Endpoint
from logistics.web.fields import Answer, Code, Position
from projections.clocks import CLOCKS, computed
from projections.dossier_clocks import AsOf, facts_of
from projections.reports.asked import told_moment
from projections.reports.names import names_of, procedure_names
from projections.reports.sheet import Kind, Sheet, SheetColumn, Value, written
from projections.services import ReadServices


class ControlSheetAsked(AsOf):
    """As a form to print, or as data."""

    format: Literal["json", "html"] = "json"


class Passing(Answer):
    """One hand-over of a dossier or of its papers, from whom to whom.

    The verdict is that of the duty that ended with it; null where none did. `document` says what
    went over: the electronic dossier, its papers, or the result.
    """

    position: Position
    at: datetime
    giver: str = Field(alias="from")
    receiver: str = Field(alias="to")
    what: str
    verdict: Verdict | None
    duty: str | None
    waybill: str | None
    note: str


class ControlSheet(Answer):
    """The control sheet of a dossier. Persons sign by hand: their names are no part of the facts."""

    code: str
    procedure: str
    procedure_name: str
    desk: str
    agency: str
    received_at: datetime
    statutory_deadline: datetime | None
    as_of: datetime
    items: list[Passing]


async def control_sheet(
    call: Call[ReadServices], code: Code, query: ControlSheetAsked
) -> ControlSheet | Content:
    """The control sheet of a dossier: every hand-over with its time, and early, on time or late."""
    services = call.services
    now = query.as_of or call.received_at
    facts = await facts_of(call, DossierCode(code), query.as_of)
    owed = computed(facts, services.basis).obligations
    processing = next((each for each in owed if each.kind == "processing"), None)
    in_catalogue = (await procedure_names(services, [facts["procedure"]]))[facts["procedure"]]
    sheet = ControlSheet(
        code=facts["dossier"],
        procedure=facts["procedure"],
        procedure_name=facts["procedure_name"] or in_catalogue,
        desk=facts["desk"],
        agency=facts["agency"],
        received_at=time(facts["received_at"]),
        statutory_deadline=processing.due_at if processing else None,
        as_of=now,
        items=sorted(_passings(facts, owed, now), key=lambda each: (each.at, each.position)),
    )
    if query.format == "json":
        return sheet
    parties = {sheet.desk, sheet.agency, *(p.giver for p in sheet.items)}
    names = await names_of(services, parties | {each.receiver for each in sheet.items})
    return written(_sheet(sheet, names), query.format)


# --- what was handed over ---

_ELECTRONIC: Final = "Hồ sơ điện tử"
_PAPERS: Final = "{count} giấy tờ bản giấy"


def _passings(
    facts: DossierFacts, owed: tuple[Obligation, ...], now: datetime
) -> Iterator[Passing]:
    duties = {each.id: each for each in owed}
    yield Passing(
        position=facts["received_position"],
        at=time(facts["received_at"]),
        giver=CITIZEN,
        receiver=facts["desk"],
        what="Hồ sơ",
        verdict=None,
        duty=None,
        waybill=None,
        note="Tiếp nhận hồ sơ",
    )
    for step in facts["steps"]:
        yield from _of_step(facts, step, duties, now)
    for offered in facts["handovers"].values():
        yield from _of_handover(facts, offered, duties, now)


def _of_step(
    facts: DossierFacts, step: StepFact, duties: dict[str, Obligation], now: datetime
) -> Iterator[Passing]:
    desk, agency = facts["desk"], facts["agency"]
    ways: dict[str, tuple[str, str, str, str | None, str]] = {
        "forwarded": (desk, agency, _ELECTRONIC, "desk-forward", "Chuyển hồ sơ điện tử"),
        "taken-over": (desk, agency, _ELECTRONIC, None, "Tiếp nhận xử lý"),
        "supplement-requested": (agency, CITIZEN, "Yêu cầu", None, "Yêu cầu bổ sung hồ sơ"),
        "supplement-received": (CITIZEN, agency, "Giấy tờ bổ sung", None, "Đã bổ sung hồ sơ"),
        "apologised": (agency, CITIZEN, "Thư xin lỗi", "late-notice", "Xin lỗi, hẹn lại ngày trả"),
        "refused": (agency, CITIZEN, "Thông báo", None, "Từ chối giải quyết"),
        "decided": (agency, desk, "Kết quả", "processing", "Có kết quả giải quyết"),
        "returned": (desk, CITIZEN, "Kết quả", None, "Trả kết quả"),
    }
    if step["step"] not in ways:
        return
    giver, receiver, what, duty, note = ways[step["step"]]
    yield Passing(
        position=step["position"],
        at=time(step["at"]),
        giver=giver,
        receiver=receiver,
        what=what,
        verdict=_verdict(duties.get(duty or ""), now),
        duty=duty,
        waybill=None,
        note=note,
    )


def _of_handover(
    facts: DossierFacts, offered: HandoverFact, duties: dict[str, Obligation], now: datetime
) -> Iterator[Passing]:
    if offered.get("ended_as") != "accepted":
        return
    waybill = offered["waybill"]
    carried = facts["waybills"].get(waybill or "")
    duty = None
    if carried is not None and offered["giver"] == carried["operator"]:
        duty = f"postal-{carried['purpose']}:{waybill}"
    elif offered["giver"] == facts["desk"]:
        duty = "desk-forward-papers"
    count = sum(1 for paper in offered["papers"] if paper in facts["papers"])
    number = f"Vận đơn {waybill.partition(':')[2]}" if waybill else "Giao trực tiếp"
    yield Passing(
        position=offered["ended_position"],
        at=time(offered["ended_at"]),
        giver=offered["giver"],
        receiver=offered["receiver"],
        what=_PAPERS.format(count=count),
        verdict=_verdict(duties.get(duty or ""), now),
        duty=duty,
        waybill=waybill,
        note=number if offered.get("signed", True) else f"{number}; theo báo cáo của bưu chính",
    )


def _verdict(duty: Obligation | None, now: datetime) -> Verdict | None:
    return None if duty is None else duty.verdict(now)


# --- the form ---

_VERDICTS: Final = {
    Verdict.EARLY: "Trước hạn",
    Verdict.ON_TIME: "Đúng hạn",
    Verdict.LATE: "Quá hạn",
}
_COLUMNS: Final = (
    SheetColumn("STT", Kind.COUNT, 6),
    SheetColumn("Cơ quan, đơn vị", width=40),
    SheetColumn("Thời gian giao, nhận hồ sơ", Kind.TEXT, 24),
    SheetColumn("Người giao", width=20),
    SheetColumn("Người nhận", width=20),
    SheetColumn("Kết quả giải quyết hồ sơ (Trước hạn/Đúng hạn/Quá hạn)", width=20),
    SheetColumn("Ghi chú", width=30),
)


def _sheet(sheet: ControlSheet, names: dict[str, str]) -> Sheet:
    deadline = told_moment(sheet.statutory_deadline) if sheet.statutory_deadline else "–"
    return Sheet(
        form="Mẫu số 06 – Thông tư 03/2025/TT-VPCP",
        file_name=f"phieu-kiem-soat_{sheet.code.replace('/', '-')}",
        unit=names[sheet.desk],
        title="Phiếu kiểm soát quá trình giải quyết hồ sơ",
        head=(
            ("Mã số hồ sơ", sheet.code),
            ("Thủ tục hành chính", f"{sheet.procedure_name} ({sheet.procedure})"),
            ("Cơ quan giải quyết hồ sơ", names[sheet.agency]),
            ("Tiếp nhận", told_moment(sheet.received_at)),
            ("Hạn giải quyết", deadline),
        ),
        columns=_COLUMNS,
        rows=[_line(number, each, names) for number, each in enumerate(sheet.items, 1)],
        notes=("Người giao, người nhận ký và ghi rõ họ tên vào phiếu khi giao, nhận bản giấy.",),
    )


def _line(number: int, each: Passing, names: dict[str, str]) -> tuple[Value, ...]:
    at = each.at.astimezone(VIETNAM)
    verdict = _VERDICTS[each.verdict] if each.verdict else ""
    return (
        number,
        f"1. Giao: {names[each.giver]}\n2. Nhận: {names[each.receiver]}",
        f"{at:%H} giờ {at:%M} phút,\nngày {at:%d/%m/%Y}",
        "",
        "",
        verdict,
        _note(each),
    )


def _note(each: Passing) -> str:
    """What went over, unless the note says so itself."""
    what = each.what.lower()
    return each.note if what in each.note.lower() else f"{each.note}; {what}"


ENDPOINTS: Final[tuple[Endpoint[Any], ...]] = (
    Endpoint(
        "GET",
        "/v1/reports/control-sheet/{code}",
        control_sheet,
        roles=frozenset(Role),
        views=(CLOCKS, "audit", "parties", "procedures"),
        tags=("reports",),
        media_types=("text/html",),
        problems={404: ("unknown-dossier",)},
    ),
)
