"""Who subscribes says what and where, sees nobody else's, and is shown a secret once."""

import base64
from typing import Any

import psycopg
import pytest

from logistics.credentials import Role
from tests.support.service import Acting, RunningService, running_service

PATH = "/v1/subscriptions"
WANTED = {"url": "https://hooks.example.vn/in?token=t", "events": ["sla.*", "dossier.decided"]}


async def subscribed(who: Acting, **changes: Any) -> dict[str, Any]:
    return await who.writes(PATH, {**WANTED, **changes})


async def desks(service: RunningService) -> tuple[Acting, Acting]:
    """Two desks that know nothing of each other."""
    for code in ("DESK-1", "DESK-2"):
        await service.province.writes("/v1/parties", {"code": code, "kind": "desk", "name": code})
    return service.acting("DESK-1", Role.DESK), service.acting("DESK-2", Role.DESK)


async def test_a_secret_is_32_random_bytes_and_is_shown_once(database_url: str) -> None:
    async with running_service(database_url) as service:
        key = await service.key("province", Role.PROVINCE)
        sent = [
            await service.send("POST", PATH, key=key, body=WANTED, idempotency_key="one")
            for _ in range(2)
        ]
        first, repeat = [await each.json() for each in sent]
    assert [each.status for each in sent] == [201, 201]
    assert len(base64.b64decode(first["secret"].removeprefix("whsec_"), validate=True)) == 32
    assert repeat == {**first, "secret": None}


async def test_secret_address_and_description_are_kept_sealed(database_url: str) -> None:
    async with running_service(database_url) as service:
        made = await subscribed(service.province, description="Ông Lê Văn Mật trực máy")
        await service.province.writes(f"{PATH}/{made['id']}/secret")
        read = await service.province.reads_plainly(f"{PATH}/{made['id']}")
    assert (read["url"], read["description"]) == (WANTED["url"], "Ông Lê Văn Mật trực máy")
    with psycopg.connect(database_url) as connection:
        kept = [
            row
            for table in ("subscription", "idempotency", "stored_events")
            for (row,) in connection.execute(f"SELECT t::text FROM {table} AS t".encode())
        ]
        kept += [
            bytes(row).decode("latin1")
            for (row,) in connection.execute("SELECT answer FROM idempotency")
        ]
    assert kept
    for mark in (made["secret"].removeprefix("whsec_"), "token=t", "Lê Văn Mật", "whsec_"):
        assert not any(mark in row for row in kept), mark


async def test_a_new_subscription_begins_at_the_end_of_the_log(database_url: str) -> None:
    async with running_service(database_url) as service:
        await desks(service)
        end = service.parts.store.last_position()
        made = await subscribed(service.province)
        read = await service.province.reads_plainly(f"{PATH}/{made['id']}")
    assert made["position"] == read["position"] == end
    assert (read["state"], read["waiting"], read["given_up"]) == ("active", 0, 0)
    assert read["events"] == WANTED["events"]


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.vn/",
        "ftp://hooks.example.vn/",
        "hooks.example.vn",
        "/in",
        "",
        "https://",
        "https://user:pass@hooks.example.vn/",
        "https://hooks.example.vn/#here",
        "https://hooks.example.vn/a b",
        "https://hooks.example.vn:99999/",
        "https://10.0.0.1/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[fd00:ec2::254]/",
    ],
)
async def test_an_address_that_no_notice_can_go_to_is_a_fault(database_url: str, url: str) -> None:
    async with running_service(database_url) as service:
        key = await service.key("province", Role.PROVINCE)
        answer = await service.send("POST", PATH, key=key, body={**WANTED, "url": url})
        problem = await answer.json()
    assert (answer.status, problem["code"]) == (400, "invalid")
    assert {fault["path"] for fault in problem["faults"]} == {"body.url"}


async def test_all_faults_of_an_address_are_told_at_once(database_url: str) -> None:
    async with running_service(database_url) as service:
        key = await service.key("province", Role.PROVINCE)
        body = {**WANTED, "url": "http://user@10.0.0.1/#x"}
        problem = await (await service.send("POST", PATH, key=key, body=body)).json()
    assert len(problem["faults"]) == 4


async def test_an_event_that_there_is_not_is_a_fault(database_url: str) -> None:
    async with running_service(database_url) as service:
        key = await service.key("province", Role.PROVINCE)
        for events in ([], ["dossier.eaten"], ["sla"], ["*.decided"], ["nothing.*"]):
            body = {**WANTED, "events": events}
            answer = await service.send("POST", PATH, key=key, body=body)
            assert answer.status == 400, events
            faults = (await answer.json())["faults"]
            assert all(fault["path"].startswith("body.events") for fault in faults)


async def test_a_party_sees_its_own_and_the_province_everybodys(database_url: str) -> None:
    async with running_service(database_url) as service:
        one, other = await desks(service)
        made = {(await subscribed(who))["id"] for who in (one, other, service.province)}
        own = await one.reads_plainly(PATH)
        all_of_them = await service.province.reads_plainly(PATH)
        assert [each["party"] for each in own["items"]] == ["DESK-1"]
        assert {each["id"] for each in all_of_them["items"]} == made


async def test_what_is_another_partys_is_not_found(database_url: str) -> None:
    async with running_service(database_url) as service:
        one, other = await desks(service)
        path = f"{PATH}/{(await subscribed(one))['id']}"
        for method, place in (
            ("GET", path),
            ("DELETE", path),
            ("POST", f"{path}/secret"),
            ("GET", f"{path}/attempts"),
            ("POST", f"{path}/replay?after=0"),
            ("POST", f"{path}/resumption"),
        ):
            refused = await other.is_refused(place, method=method)
            assert refused == (404, "unknown-subscription"), place


async def test_what_is_deleted_is_not_found_and_its_secret_is_gone(database_url: str) -> None:
    async with running_service(database_url) as service:
        made = await subscribed(service.province)
        path = f"{PATH}/{made['id']}"
        await service.province.writes(path, method="DELETE")
        assert (await service.province.is_refused(path, method="GET"))[0] == 404
        assert (await service.province.reads_plainly(PATH))["items"] == []
    with psycopg.connect(database_url) as connection:
        kept = connection.execute("SELECT secret, sealed FROM subscription").fetchone()
    assert kept == (b"", b"")


async def test_lists_come_by_pages(database_url: str) -> None:
    async with running_service(database_url) as service:
        made = sorted([(await subscribed(service.province))["id"] for _ in range(3)])
        first = await service.province.reads_plainly(PATH, limit=2)
        rest = await service.province.reads_plainly(PATH, limit=2, after=first["next"])
    assert [each["id"] for each in first["items"]] == made[:2]
    assert [each["id"] for each in rest["items"]] == made[2:]
    assert rest["next"] is None


async def test_a_party_has_fifty_at_most(database_url: str) -> None:
    async with running_service(database_url) as service:
        for _ in range(50):
            await subscribed(service.province)
        assert await service.province.is_refused(PATH, WANTED) == (409, "too-many-subscriptions")
