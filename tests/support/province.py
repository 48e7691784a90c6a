"""A small province over HTTP: parties, a procedure of three working days, and dossiers on their way."""

from datetime import UTC, date, datetime
from typing import Any

from deploy.parts import by_command_line
from logistics.credentials import Role
from logistics.handling import Envelope
from logistics.identifiers import PartyCode
from logistics.procedure.commands import CatalogueProcedure
from logistics.procedure.events import (
    Authorisation,
    Group,
    Level,
    LimitUnit,
    Online,
    StatutoryLimit,
)
from tests.support.service import Acting, Answer, RunningService

DESK, OTHER, AGENCY, POST = "DESK-1", "DESK-2", "AGENCY-1", "VNPOST"
PROCEDURE = "1.000001"


async def a_province(service: RunningService) -> None:
    """Parties, and a procedure of three working days."""
    for code, kind in ((DESK, "desk"), (OTHER, "desk"), (AGENCY, "agency"), (POST, "operator")):
        await service.province.writes("/v1/parties", {"code": code, "kind": kind, "name": code})
    command = CatalogueProcedure(
        procedure=PROCEDURE,
        name="Đăng ký biến động đất đai",
        field="Đất đai",
        agency=PartyCode(AGENCY),
        level=Level.PROVINCE,
        limit=StatutoryLimit(n=3, unit=LimitUnit.WORKING_DAYS),
        online=Online.PARTIAL,
        group=Group.ONLINE_ANY_DESK,
        authorisation=Authorisation(post=True, agent=True),
        effective_from=date(2025, 1, 1),
        occurred_at=datetime.now(UTC),
    )
    service.parts.handling.handle(Envelope(command=command, metadata=by_command_line("test")))


async def receives(service: RunningService, code: str, at: str, **other: Any) -> Answer:
    body = {
        "code": code,
        "procedure_code": PROCEDURE,
        "competent_agency": AGENCY,
        "channel": "desk",
        "received_at": f"{at}+07:00",
        "non_territorial": False,
        "applicant": {"name": "Trần Thị Bích", "phone": "0900000001"},
        "papers": [{"name": "Giấy chứng nhận", "kind": "original", "quantity": 1}],
        "return_to": {"way": "desk"},
    }
    return await service.acting(DESK, Role.DESK).writes("/v1/dossiers", {**body, **other})


async def steps(service: RunningService, code: str, *told: tuple[str, str]) -> int:
    """Steps of the agency, each with its time; the last position."""
    position = 0
    for step, at in told:
        by = service.acting(DESK, Role.DESK) if step == "forwarded" else agency(service)
        body: dict[str, Any] = {"step": step, "occurred_at": f"{at}+07:00"}
        position = (await by.writes(f"/v1/dossiers/{code}/steps", body))["position"]
    return position


def agency(service: RunningService) -> Acting:
    return service.acting(AGENCY, Role.AGENCY)
