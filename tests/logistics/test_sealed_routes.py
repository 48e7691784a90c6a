"""Personal data is opened for those it is for, each read is told, and what is erased is gone."""

import psycopg
from structlog.testing import capture_logs

from logistics.credentials import Role
from logistics.erasing import erase_dossier
from logistics.identifiers import DossierCode
from tests.support.service import RunningService, running_service

CODE = "D-1"
APPLICANT = {"name": "Nguyễn Thị Ánh", "phone": "0912345678", "id_number": "087190001234"}
ADDRESS = "Ấp 1, xã Tân Hồng"
PATH = f"/v1/dossiers/{CODE}/applicant"


async def receive_a_dossier(service: RunningService) -> None:
    for code, kind in {"desk-1": "desk", "desk-2": "desk", "agency-1": "agency"}.items():
        await service.province.writes("/v1/parties", {"code": code, "kind": kind, "name": code})
    await service.acting("desk-1", Role.DESK).writes(
        "/v1/dossiers",
        {
            "code": CODE,
            "procedure_code": "1.012756.H20",
            "competent_agency": "agency-1",
            "channel": "desk",
            "non_territorial": True,
            "applicant": APPLICANT,
            "papers": [{"name": "Giấy chứng nhận", "kind": "original", "quantity": 1}],
            "return_to": {"way": "post", "address": ADDRESS},
        },
    )


def applicant_ref(service: RunningService) -> str:
    refs = [
        each.data["applicant"]
        for each in service.parts.store.read(0, 500)
        if each.name == "dossier.received"
    ]
    return str(refs[0])


async def test_the_applicant_is_for_those_who_take_part_and_those_who_see_everything(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        await receive_a_dossier(service)
        whole = {**APPLICANT, "return_address": ADDRESS}
        assert await service.acting("desk-1", Role.DESK).reads(PATH) == whole
        assert await service.acting("agency-1", Role.AGENCY).reads(PATH) == whole
        assert await service.province.reads(PATH) == whole
        assert await service.auditor.reads(PATH) == whole


async def test_a_party_without_part_in_a_dossier_cannot_tell_it_from_one_that_is_not_there(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        await receive_a_dossier(service)
        stranger = service.acting("desk-2", Role.DESK)
        there = await stranger.is_refused(PATH, method="GET")
        not_there = await stranger.is_refused("/v1/dossiers/D-9/applicant", method="GET")
        assert there == not_there == (404, "unknown-dossier")


async def test_a_reference_is_opened_for_the_province_and_auditors_only(database_url: str) -> None:
    async with running_service(database_url) as service:
        await receive_a_dossier(service)
        ref = applicant_ref(service)
        path = f"/v1/sealed/{ref}"
        opened = {"ref": ref, "kind": "person", "value": APPLICANT}
        assert await service.province.reads(path) == opened
        assert await service.auditor.reads(path) == opened
        desk = service.acting("desk-1", Role.DESK)
        assert (await desk.is_refused(path, method="GET"))[0] == 403


async def test_what_is_erased_is_answered_like_what_never_was(database_url: str) -> None:
    async with running_service(database_url) as service:
        await receive_a_dossier(service)
        ref = applicant_ref(service)
        with psycopg.connect(database_url) as connection:
            erase_dossier(service.parts.store, connection.cursor(), DossierCode(CODE))
        province = service.province
        erased = await province.is_refused(f"/v1/sealed/{ref}", method="GET")
        never_was = await province.is_refused("/v1/sealed/never-was", method="GET")
        assert erased == never_was == (404, "nothing-sealed")
        assert await province.is_refused(PATH, method="GET") == (404, "unknown-dossier")


async def test_each_read_is_told_with_its_reference_and_nothing_of_what_it_said(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        await receive_a_dossier(service)
        ref = applicant_ref(service)
        with capture_logs() as lines:
            await service.acting("desk-1", Role.DESK).reads(PATH)
            await service.auditor.reads(f"/v1/sealed/{ref}")
        told = [line for line in lines if line["event"] in {"applicant-read", "sealed-read"}]
        assert [(line["event"], line["ref"], line["role"]) for line in told] == [
            ("applicant-read", ref, "desk"),
            ("sealed-read", ref, "auditor"),
        ]
        for said in (*APPLICANT.values(), ADDRESS):
            assert said not in str(lines)
