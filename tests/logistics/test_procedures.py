"""The catalogue over HTTP: stated, corrected, asked for, and taken into a dossier on its day."""

from typing import Any

from logistics.credentials import Role
from tests.support.service import RunningService, running_service

AGENCY, DESK = "AGENCY-1", "DESK-1"


def terms(code: str = "1.001193", **other: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": "Đăng ký khai sinh",
        "field": "Hộ tịch",
        "agency": AGENCY,
        "level": "commune",
        "limit": {"n": 1, "unit": "working_days"},
        "online": "full",
        "group": "a",
        "authorisation": {"post": True, "agent": True, "document": "Giấy ủy quyền"},
        "effective_from": "2026-01-01",
        **other,
    }


async def parties(service: RunningService) -> None:
    for code, kind in ((DESK, "desk"), (AGENCY, "agency")):
        await service.province.writes("/v1/parties", {"code": code, "kind": kind, "name": code})


async def faults(service: RunningService, body: Any) -> dict[str, str]:
    key = await service.key("province", Role.PROVINCE)
    answer = await service.send("POST", "/v1/procedures", key=key, body=body)
    problem = await answer.json()
    assert answer.status == 400, problem
    return {each["path"]: each["detail"] for each in problem["faults"]}


async def test_a_procedure_is_stated_and_told_with_all_its_terms(database_url: str) -> None:
    async with running_service(database_url) as service:
        await parties(service)
        assert (await service.province.writes("/v1/procedures", terms()))["procedures"] == 1
        later = terms(limit={"n": 8, "unit": "working_hours"}, effective_from="2026-08-05")
        await service.province.writes("/v1/procedures", [later, terms("2.000488")])
        told = await service.province.reads("/v1/procedures/1.001193")
        assert [each["limit"]["n"] for each in told["terms"]] == [1, 8]
        assert told["terms"][0]["name"] == "Đăng ký khai sinh"
        listed = await service.acting(DESK, Role.DESK).reads("/v1/procedures")
        assert [each["code"] for each in listed["items"]] == ["1.001193", "2.000488"]
        corrected = terms(limit={"n": 2, "unit": "working_days"})
        await service.province.writes("/v1/procedures", corrected)
        told = await service.province.reads("/v1/procedures/1.001193")
        assert [each["limit"]["n"] for each in told["terms"]] == [2, 8]


async def test_every_fault_of_a_list_is_told_and_nothing_of_it_is_kept(database_url: str) -> None:
    async with running_service(database_url) as service:
        await parties(service)
        bad = [
            terms(),
            terms("2", limit={"n": 0, "unit": "weeks"}, effective_from="2026-02-30"),
            terms("3", colour="red"),
        ]
        told = await faults(service, bad)
        assert told.keys() == {
            "body.1.limit.n", "body.1.limit.unit", "body.1.effective_from", "body.2.colour",
        }  # fmt: skip
        assert (await faults(service, terms(level="district"))).keys() == {"body.level"}
        assert (await faults(service, [])).keys() == {"body"}
        unknown = await faults(service, [terms(), terms("2", agency="NOBODY")])
        assert unknown.keys() == {"body.1"}
        assert (await faults(service, terms(agency=DESK))).keys() == {"body"}
        assert (await service.province.reads("/v1/procedures"))["items"] == []


async def test_a_dossier_goes_by_the_terms_of_the_day_it_was_received_on(database_url: str) -> None:
    async with running_service(database_url) as service:
        await parties(service)
        later = terms(limit={"n": 5, "unit": "working_days"}, effective_from="2026-08-10")
        await service.province.writes("/v1/procedures", [terms(), later])
        due = []
        for number, day in enumerate(("2026-08-07", "2026-08-10")):
            dossier = {
                "code": f"D-{number}",
                "procedure_code": "1.001193",
                "competent_agency": AGENCY,
                "channel": "desk",
                "received_at": f"{day}T09:00:00+07:00",
                "non_territorial": False,
                "applicant": {"name": "Lê Thị Bưởi", "phone": "0900000001"},
                "papers": [],
                "return_to": {"way": "desk"},
            }
            await service.acting(DESK, Role.DESK).writes("/v1/dossiers", dossier)
            clocks = await service.province.reads(f"/v1/dossiers/D-{number}/clocks")
            due.append(clocks["statutory_deadline"])
        assert due == ["2026-08-10T17:00:00+07:00", "2026-08-17T17:00:00+07:00"]


async def test_only_the_province_states_terms_and_everybody_may_read_them(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        await parties(service)
        desk = service.acting(DESK, Role.DESK)
        assert (await desk.is_refused("/v1/procedures", terms()))[0] == 403
        key = await service.key(DESK, Role.DESK)
        answer = await service.send("GET", "/v1/procedures/unknown", key=key)
        assert answer.status == 404
