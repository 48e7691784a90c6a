"""A dossier whose every personal word is marked, so that a search finds where one has got to."""

from datetime import UTC, datetime, timedelta
from typing import Any

from logistics.credentials import Role
from partners import viettelpost
from tests.support.service import RunningService

CODE = "H20-260810-0099"
MARKS = {
    "name": "Nguyễn Dấu Riêng",
    "phone": "0987650123",
    "id_number": "079099123456",
    "address": "Số 7 ngõ Dấu Riêng",
    "by": "Cán Bộ Dấu Riêng",
    "note": "Ghi chú Dấu Riêng",
    "reason": "Lý do Dấu Riêng",
    "recipient": "Người nhận Dấu Riêng",
}
EVERY_MARK = [*MARKS.values(), "Dấu Riêng", "0987 650 123"]
DESK, AGENCY, OPERATOR, OTHER = "DESK-1", "AGENCY-1", "VTP-1", "DESK-2"


async def tell(service: RunningService) -> dict[str, Any]:
    """Receive, send, deliver, hand over in part, decide, return: with marks wherever one fits."""
    for code, kind in (
        (DESK, "desk"),
        (OTHER, "desk"),
        (AGENCY, "agency"),
        (OPERATOR, "operator"),
    ):
        await service.province.writes("/v1/parties", {"code": code, "kind": kind, "name": code})
    desk, agency = service.acting(DESK, Role.DESK), service.acting(AGENCY, Role.AGENCY)
    receipt = await desk.writes("/v1/dossiers", new_dossier(CODE))
    papers = [each["paper_id"] for each in receipt["papers"]]
    await desk.writes(
        "/v1/waybills",
        {
            "operator": OPERATOR,
            "number": "900",
            "purpose": "send",
            "from": DESK,
            "to": AGENCY,
            "dossiers": [CODE],
            "papers": papers,
        },
    )
    hook = await service.hook("viettelpost", OPERATOR)
    for code, fields in (("200", {}), ("501", {"EMPLOYEE_NAME": MARKS["name"]})):
        push = viettelpost.compose(
            "900",
            code,
            datetime.now(UTC) - timedelta(minutes=5),
            note=f"{MARKS['note']} {MARKS['phone']}",
            place=f"Bưu cục 1 {MARKS['phone']}",
            fields=fields,
        )
        response = await service.push(hook, push)
        assert response.status == 200
    transfer = await desk.reads(f"/v1/dossiers/{CODE}")
    (handover,) = transfer["open_handovers"]
    await agency.writes(
        f"/v1/handovers/{handover['handover_id']}/acceptance",
        {
            "accepted": papers[:1],
            "rejected": [{"paper_id": papers[1], "reason": MARKS["reason"]}],
            "extra": [{"name": "Phong bì", "note": MARKS["note"]}],
            "by": MARKS["by"],
        },
    )
    step = {"by": MARKS["by"], "note": MARKS["note"]}
    await agency.writes(f"/v1/dossiers/{CODE}/steps", {"step": "decided", **step})
    returned = {"step": "returned", "recipient": MARKS["recipient"], **step}
    await agency.writes(f"/v1/dossiers/{CODE}/steps", returned)
    return receipt


def new_dossier(code: str) -> dict[str, Any]:
    """A body with every personal field filled in."""
    return {
        "code": code,
        "procedure_code": "1.000001",
        "competent_agency": AGENCY,
        "channel": "desk",
        "non_territorial": False,
        "applicant": {key: MARKS[key] for key in ("name", "phone", "id_number")},
        "papers": [
            {"name": "Bản chính A", "kind": "original", "quantity": 1},
            {"name": "Bản chính B", "kind": "original", "quantity": 1},
        ],
        "return_to": {"way": "post", "address": MARKS["address"]},
    }
