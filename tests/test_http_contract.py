"""What is promised on every path: faults all at once, problems, keys that happen once, positions."""

import asyncio
from io import BytesIO
from typing import Any

import psycopg
import pytest
from aiohttp import ClientResponse

from logistics.credentials import Role
from tests.support.marked_story import AGENCY, DESK, MARKS, new_dossier
from tests.support.service import RunningService, running_service


async def registered(service: RunningService) -> str:
    """A desk and an agency; answers the desk's key."""
    for code, kind in ((DESK, "desk"), (AGENCY, "agency")):
        await service.province.writes("/v1/parties", {"code": code, "kind": kind, "name": code})
    return await service.key(DESK, Role.DESK)


async def problem(response: ClientResponse) -> dict[str, Any]:
    assert response.content_type == "application/problem+json"
    told: dict[str, Any] = await response.json()
    assert told["status"] == response.status
    assert told["type"] == f"/docs#{told['code']}"
    assert told["request_id"] == response.headers["X-Request-ID"]
    return told


async def test_every_fault_of_a_request_is_told_at_once_with_its_path(database_url: str) -> None:
    async with running_service(database_url) as service:
        key = await registered(service)
        body = new_dossier("has space") | {
            "channel": "pigeon",
            "received_at": "2026-08-10T09:00:00",
            "colour": "red",
            "papers": [{"name": "", "kind": "original", "quantity": "3"}],
        }
        response = await service.send(
            "POST", "/v1/dossiers", key=key, body=body, idempotency_key="not visible"
        )
        told = await problem(response)
        assert (response.status, told["code"]) == (400, "invalid")
        assert {fault["path"] for fault in told["faults"]} == {
            "header.Idempotency-Key",
            "body.code",
            "body.channel",
            "body.received_at",
            "body.colour",
            "body.papers.0.name",
            "body.papers.0.quantity",
        }


async def test_what_lies_in_the_future_has_not_happened(database_url: str) -> None:
    async with running_service(database_url) as service:
        key = await registered(service)
        body = new_dossier("D-1") | {"received_at": "2099-01-01T00:00:00+07:00"}
        told = await problem(await service.send("POST", "/v1/dossiers", key=key, body=body))
        assert [fault["path"] for fault in told["faults"]] == ["body.received_at"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "no-such-path"),
        ("DELETE", "/v1/dossiers", 405, "no-such-method"),
        ("GET", "/v1/dossiers/D-1?colour=red", 400, "invalid"),
        ("GET", "/v1/feed?limit=501", 400, "invalid"),
        ("GET", "/v1/dossiers/D-1", 404, "unknown-dossier"),
    ],
)
async def test_a_problem_says_what_it_is(
    database_url: str, method: str, path: str, status: int, code: str
) -> None:
    async with running_service(database_url) as service:
        key = await service.key("province", Role.PROVINCE)
        response = await service.send(method, path, key=key)
        assert (response.status, (await problem(response))["code"]) == (status, code)


async def test_bodies_are_json_and_of_a_size(database_url: str) -> None:
    async with running_service(database_url) as service:
        key = await registered(service)
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "1"}
        path = "/v1/dossiers"
        as_form = await service.client.post(path, headers=headers, data={"a": "b"})
        assert (as_form.status, (await problem(as_form))["code"]) == (415, "not-json")
        headers["Content-Type"] = "application/json"
        broken = await service.client.post(path, headers=headers, data=b'{"code": ')
        assert (broken.status, (await problem(broken))["code"]) == (400, "invalid")
        large = await service.client.post(
            path, headers=headers, data=BytesIO(b" " * (1024 * 1024 + 1))
        )
        assert (large.status, (await problem(large))["code"]) == (413, "too-large")


async def test_a_write_needs_a_key_that_happens_once(database_url: str) -> None:
    async with running_service(database_url) as service:
        key = await registered(service)
        send: dict[str, Any] = {"key": key, "body": new_dossier("D-1"), "idempotency_key": "k"}
        first = await service.send("POST", "/v1/dossiers", **send)
        again = await service.send("POST", "/v1/dossiers", **send)
        assert first.status == again.status == 201
        assert await first.read() == await again.read()
        assert again.headers["Idempotency-Replayed"] == "true"
        other = await service.send("POST", "/v1/dossiers", **send | {"body": new_dossier("D-2")})
        assert (other.status, (await problem(other))["code"]) == (422, "idempotency-mismatch")
        headers = {"Authorization": f"Bearer {key}"}
        without = await service.client.post("/v1/dossiers", headers=headers, json={})
        assert without.status == 400


async def test_ten_at_once_with_one_key_happen_once(database_url: str) -> None:
    async with running_service(database_url) as service:
        key = await registered(service)
        send: dict[str, Any] = {"key": key, "body": new_dossier("D-1"), "idempotency_key": "k"}
        answers = await asyncio.gather(
            *(service.send("POST", "/v1/dossiers", **send) for _ in range(10))
        )
        assert {answer.status for answer in answers} <= {201, 409}
        assert len({await a.read() for a in answers if a.status == 201}) == 1
        with psycopg.connect(database_url) as connection:
            row = connection.execute(
                "SELECT count(*) FROM stored_events WHERE topic = 'dossier.received'"
            ).fetchone()
        assert row == (1,)


async def test_a_refused_write_is_judged_afresh(database_url: str) -> None:
    async with running_service(database_url) as service:
        key = await registered(service)
        body = new_dossier("D-1") | {"competent_agency": "LATER"}
        send: dict[str, Any] = {"key": key, "body": body, "idempotency_key": "k"}
        refused = await service.send("POST", "/v1/dossiers", **send)
        assert (refused.status, (await problem(refused))["code"]) == (409, "unknown-party")
        await service.province.writes(
            "/v1/parties", {"code": "LATER", "kind": "agency", "name": "Later"}
        )
        assert (await service.send("POST", "/v1/dossiers", **send)).status == 201


async def test_a_read_waits_for_what_its_caller_has_been_told(database_url: str) -> None:
    async with running_service(database_url) as service:
        key = await registered(service)
        written = await service.send("POST", "/v1/dossiers", key=key, body=new_dossier("D-1"))
        position = (await written.json())["position"]
        assert written.headers["Log-Position"] == str(position)
        reading = asyncio.create_task(
            service.send("GET", "/v1/dossiers/D-1", key=key, at_least=position)
        )
        assert not (await asyncio.wait([reading], timeout=0.2))[0]
        await service.settle()
        answer = await reading
        assert answer.status == 200
        assert int(answer.headers["Log-Position"]) >= position


async def test_a_position_that_never_comes_is_not_waited_for_for_ever(database_url: str) -> None:
    async with running_service(database_url) as service:
        await service.settle()
        key = await service.key("province", Role.PROVINCE)
        answer = await service.send("GET", "/v1/parties", key=key, at_least=10**12)
        assert (answer.status, (await problem(answer))["code"]) == (504, "not-yet")


async def test_personal_data_is_read_by_those_it_is_for(database_url: str) -> None:
    async with running_service(database_url) as service:
        key = await registered(service)
        await service.send("POST", "/v1/dossiers", key=key, body=new_dossier("D-1"))
        desk = service.acting(DESK, Role.DESK)
        read = await desk.reads("/v1/dossiers/D-1/applicant")
        assert read["name"] == MARKS["name"]
        assert read["return_address"] == MARKS["address"]


async def test_lists_are_paged_by_what_comes_next(database_url: str) -> None:
    async with running_service(database_url) as service:
        await registered(service)
        seen: list[str] = []
        after: dict[str, str] = {}
        while True:
            page = await service.province.reads("/v1/parties", limit=2, **after)
            seen += [each["code"] for each in page["items"]]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        assert seen == sorted([DESK, AGENCY, "province"])


async def test_a_request_keeps_the_id_it_came_with_if_it_is_a_sane_one(database_url: str) -> None:
    async with running_service(database_url) as service:
        for sent, kept in (("request-0001", True), ("x" * 300, False)):
            answer = await service.client.get("/healthz", headers={"X-Request-ID": sent})
            assert (answer.headers["X-Request-ID"] == sent) == kept
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_service_is_ready_when_its_views_keep_up(database_url: str) -> None:
    async with running_service(database_url) as service:
        await service.settle()
        assert (await service.send("GET", "/readyz")).status == 200
        with psycopg.connect(database_url) as connection:
            connection.execute("DELETE FROM view_position WHERE name = 'custody'")
        answer = await service.send("GET", "/readyz")
        told = await problem(answer)
        assert (answer.status, told["code"]) == (503, "not-ready")
        assert "custody" in told["detail"]
        assert "Retry-After" in answer.headers
