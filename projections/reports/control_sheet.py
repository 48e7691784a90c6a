"""Phiếu kiểm soát: who gave a dossier to whom, when, and whether in time (TT 03/2025/TT-VPCP, Mẫu 06)."""

from datetime import datetime
from typing import Any, Final, Literal

from logistics.clocks.obligation import Verdict
from logistics.clocks.office_hours import VIETNAM
from logistics.credentials import Role
from logistics.dossier_facts import time
from logistics.identifiers import DossierCode
from logistics.web.call import Call
from logistics.web.endpoint import Content, Endpoint
from logistics.web.fields import Answer, Code
from projections.clocks import CLOCKS
from projections.computing import computed
from projections.dossier_clocks import AsOf, facts_of
from projections.reports.names import names_of, procedure_names
from projections.reports.passings import Passing, passings
from projections.reports.sheet import Kind, Sheet, SheetColumn, Value
from projections.reports.writing import written
from projections.services import ReadServices


class ControlSheetAsked(AsOf):
    """As a form to print, or as data."""

    format: Literal["json", "html"] = "json"


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
        items=passings(facts, owed, now),
    )
    if query.format == "json":
        return sheet
    parties = {sheet.desk, sheet.agency, *(p.giver for p in sheet.items)}
    names = await names_of(services, parties | {each.receiver for each in sheet.items})
    return written(_sheet(sheet, names), query.format)


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
    return Sheet(
        form="Mẫu số 06 – Thông tư 03/2025/TT-VPCP",
        file_name=f"phieu-kiem-soat_{sheet.code.replace('/', '-')}",
        unit=names[sheet.desk],
        title="Phiếu kiểm soát quá trình giải quyết hồ sơ",
        head=(
            ("Mã số hồ sơ", sheet.code),
            ("Thủ tục hành chính", f"{sheet.procedure_name} ({sheet.procedure})"),
            ("Cơ quan giải quyết hồ sơ", names[sheet.agency]),
            ("Tiếp nhận", sheet.received_at),
            ("Hạn giải quyết", sheet.statutory_deadline),
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
