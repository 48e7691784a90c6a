"""The province connects carriers, and looks after what could not be applied."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from deploy.administration import issue_key
from deploy.parts import Parts, open_parts
from deploy.settings import Settings
from deploy.web import make_app
from deploy.working import make_intake
from logistics.credentials import Role
from logistics.identifiers import PROVINCE, PartyCode
from tests.support import stories
from tests.support.pushing import Client, Office, count, push, rows

ANOTHER_POST = PartyCode("VTP-2")
MASTER_KEY = base64.b64encode(b"a key of thirty-two bytes, tests").decode()


@dataclass
class Province:
    """The province at its keyboard."""

    client: Client
    office: Office
    parts: Parts
    key: str

    async def post(self, path: str, body: Any = None, *, once: str, status: int) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": once}
        answer = await self.client.post(path, json=body, headers=headers)
        assert answer.status == status, await answer.text()
        return await answer.json()

    async def get(self, path: str, *, key: str | None = None, status: int = 200) -> Any:
        headers = {"Authorization": f"Bearer {key or self.key}"}
        answer = await self.client.get(path, headers=headers)
        assert answer.status == status, await answer.text()
        return await answer.json()


@pytest.fixture
async def province(database_url: str) -> AsyncIterator[Province]:
    settings = Settings(DATABASE_URL=SecretStr(database_url), master_key=SecretStr(MASTER_KEY))
    with open_parts(settings) as parts:
        key = issue_key(parts, PROVINCE, Role.PROVINCE)
        intake = make_intake(parts)
        office = Office(database_url, parts.store, parts.handling, intake)
        office.let(*stories.parties(), stories.a_dossier())
        async with TestClient(TestServer(make_app(parts))) as client:
            yield Province(client, office, parts, key.text)
        intake.close()


async def test_connecting_a_carrier_shows_its_path_once_and_records_that_it_was_done(
    province: Province,
) -> None:
    path = "/v1/carriers/viettelpost/secrets"
    first = await province.post(path, {"operator": "VTP"}, once="k-1", status=201)
    again = await province.post(path, {"operator": "VTP"}, once="k-1", status=201)
    assert first["path"].startswith("/hooks/viettelpost/")
    assert again == {**first, "path": None}
    assert count(province.office.url, "webhook_secret") == 1
    secret = first["path"].rpartition("/")[2]
    assert (await push(province.client, "viettelpost", secret, "N1")).status == 200
    kinds = rows(
        province.office.url,
        "SELECT convert_from(state, 'UTF8') FROM stored_events"
        " WHERE topic = 'party.credential-issued' AND originator_id = 'party:VTP'",
    )
    assert len(kinds) == 1
    assert first["id"] in kinds[0][0]
    assert secret not in kinds[0][0]


async def test_only_known_carriers_of_known_parties_are_connected(province: Province) -> None:
    body = {"operator": "VTP"}
    answer = await province.post("/v1/carriers/nobody/secrets", body, once="k-1", status=404)
    assert answer["code"] == "unknown-carrier"
    body = {"operator": "NOBODY"}
    answer = await province.post("/v1/carriers/ghn/secrets", body, once="k-2", status=404)
    assert answer["code"] == "unknown-party"
    assert count(province.office.url, "webhook_secret") == 0


async def test_what_was_set_aside_is_listed_and_replayed_once_its_cause_is_gone(
    province: Province,
) -> None:
    another = stories.parties()[-1]
    province.office.let(replace(another, party=ANOTHER_POST))
    path = "/v1/carriers/viettelpost/secrets"
    made = await province.post(path, {"operator": "VTP"}, once="k-1", status=201)
    secret = made["path"].rpartition("/")[2]
    share(province.office.url, ANOTHER_POST)
    number = stories.WAYBILL.number
    await push(province.client, "viettelpost", secret, number)
    await push(province.client, "viettelpost", secret, "")
    assert province.office.take_in() == 2

    listed = await province.get("/v1/quarantine?limit=1")
    assert [each["reason"] for each in listed["items"]] == ["two-candidates"]
    rest = await province.get(f"/v1/quarantine?limit=1&after={listed['next']}")
    assert [each["reason"] for each in rest["items"]] == ["no-number"]
    assert rest["next"] is None

    first, second = listed["items"][0]["id"], rest["items"][0]["id"]
    still = await province.post(f"/v1/quarantine/{first}/replay", once="k-2", status=200)
    assert (still["state"], still["reason"]) == ("still-quarantined", "two-candidates")
    province.office.let(stories.booking())
    applied = await province.post(f"/v1/quarantine/{first}/replay", once="k-3", status=200)
    assert (applied["state"], applied["reason"]) == ("applied", None)
    assert applied["position"] == province.office.store.last_position()
    second_click = await province.post(f"/v1/quarantine/{first}/replay", once="k-4", status=200)
    assert second_click["state"] == "applied"
    assert second_click["position"] == applied["position"]
    assert len(province.office.reports(number, "VTP")) == 1
    listed = await province.get("/v1/quarantine")
    assert [each["id"] for each in listed["items"]] == [second]


async def test_quarantine_is_the_provinces_alone_and_says_what_is_not_there(
    province: Province,
) -> None:
    desk = issue_key(province.parts, stories.DESK, Role.DESK)
    await province.get("/v1/quarantine", key=desk.text, status=403)
    for odd in ("7.0", "x", "1", "9" * 30 + ".0"):
        answer = await province.post(f"/v1/quarantine/{odd}/replay", once=f"k-{odd}", status=404)
        assert answer["code"] == "unknown-receipt"
    await province.get("/v1/quarantine?after=x", status=404)


def share(url: str, operator: str) -> None:
    """Make the only secret there is valid for another operator too."""
    rows(
        url,
        "INSERT INTO webhook_secret SELECT 'shared', carrier, '"  # Our own words.
        f"{operator}', digest, created_at FROM webhook_secret RETURNING 1",
    )
