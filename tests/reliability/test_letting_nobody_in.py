"""Lines 19, 20 and 23 of what must hold under fire: who gets in, and what never gets out."""

import itertools
import json
from typing import Any

import psycopg
import pytest

from deploy.web import ENDPOINTS
from logistics.codes import new_lookup_code
from logistics.credentials import Role
from logistics.web.auth import PUBLIC
from logistics.web.endpoint import Endpoint
from projections.tracking import Tracking
from tests.support.marked_story import AGENCY, CODE, DESK, EVERY_MARK, OPERATOR, OTHER, tell
from tests.support.service import RunningService, running_service

UNKNOWN = "no-such-thing"


def path_of(endpoint: Endpoint[Any]) -> str:
    path = endpoint.path
    for name in endpoint.signature.path.model_fields:
        path = path.replace(f"{{{name}}}", UNKNOWN)
    return path


async def test_19_a_wrong_code_and_wrong_digits_are_one_answer(database_url: str) -> None:
    async with running_service(database_url) as service:
        receipt = await tell(service)
        await service.settle()
        wrong_digits = await service.send(
            "GET", f"/v1/tracking/{receipt['lookup_code']}", phone="0000"
        )
        wrong_code = await service.send("GET", f"/v1/tracking/{new_lookup_code()}", phone="0123")
        assert wrong_digits.status == wrong_code.status == 404
        first, second = await wrong_digits.json(), await wrong_code.json()
        assert first.pop("request_id") != second.pop("request_id")
        assert first == second
        # The same work: one query to look, one to write the failure down.
        with psycopg.connect(database_url) as connection:
            written = connection.execute("SELECT count(*) FROM lookup_failure").fetchone()
        assert written == (2,)


@pytest.mark.parametrize("known", [True, False])
async def test_19_five_wrong_tries_lock_a_code_for_an_hour(database_url: str, known: bool) -> None:
    async with running_service(database_url) as service:
        receipt = await tell(service)
        await service.settle()
        code = receipt["lookup_code"] if known else new_lookup_code()
        path = f"/v1/tracking/{code}"
        for digits in ("0001", "0002", "0003", "0004", "0005"):
            assert (await service.send("GET", path, phone=digits)).status == 404
        locked = await service.send("GET", path, phone="0123")
        assert locked.status == 429
        assert 3500 < int(locked.headers["Retry-After"]) <= 3601
        # An hour later the right digits are right again.
        with psycopg.connect(database_url) as connection:
            connection.execute("UPDATE lookup_failure SET failed_at = failed_at - interval '1 h'")
        again = await service.send("GET", path, phone="0123")
        assert again.status == (200 if known else 404)


async def test_19_the_view_of_citizens_holds_what_is_on_its_list_and_nothing_personal(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        await tell(service)
        await service.settle()
        with psycopg.connect(database_url) as connection:
            rows = connection.execute("SELECT document::text FROM views.tracking").fetchall()
        for (document,) in rows:
            assert json.loads(document).keys() <= set(Tracking.__annotations__)
            assert not any(mark in document for mark in EVERY_MARK)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
async def test_20_every_route_lets_in_its_roles_and_no_other(
    database_url: str, endpoint: Endpoint[Any]
) -> None:
    if endpoint.roles is PUBLIC:
        assert endpoint.method == "GET"  # Nothing can be changed by nobody.
        return
    async with running_service(database_url) as service:
        path = path_of(endpoint)
        nobody = await service.send(endpoint.method, path)
        stranger = await service.send(endpoint.method, path, key=f"lc_{'a' * 12}_{'b' * 43}")
        assert (nobody.status, stranger.status) == (401, 401)
        for role in Role:
            key = await service.key("province", role)
            answer = await service.send(endpoint.method, path, key=key, body={})
            code = (await answer.json()).get("code") if answer.status >= 400 else None
            assert (code == "wrong-role") == (role not in endpoint.roles), (role, answer.status)


FOREIGN_READS = (
    f"/v1/dossiers/{CODE}",
    f"/v1/dossiers/{CODE}/applicant",
    f"/v1/waybills/{OPERATOR}/900",
    f"/v1/parties/{AGENCY}/holdings",
    f"/v1/parties/{AGENCY}",
)


async def test_20_a_key_of_one_party_reads_and_moves_nothing_of_another(database_url: str) -> None:
    async with running_service(database_url) as service:
        receipt = await tell(service)
        paper = receipt["papers"][0]["paper_id"]
        stranger = service.acting(OTHER, Role.DESK)
        await service.settle()
        for path in (*FOREIGN_READS, f"/v1/papers/{paper}"):
            assert (await stranger.is_refused(path, method="GET"))[0] == 404, path
        offer = {"from": DESK, "to": OTHER, "papers": [paper], "by": "x"}
        assert await stranger.is_refused("/v1/handovers", offer) == (403, "not-the-giver")
        own = {"from": OTHER, "to": DESK, "papers": [paper], "by": "x"}
        assert (await stranger.is_refused("/v1/handovers", own))[0] == 409
        step = {"step": "damaged"}
        assert (await stranger.is_refused(f"/v1/papers/{paper}/steps", step))[0] in {403, 409}
        withdrawn = {"step": "withdrawn"}
        assert (await stranger.is_refused(f"/v1/dossiers/{CODE}/steps", withdrawn))[0] == 403


async def test_20_keys_are_kept_as_digests_and_open_nothing_once_revoked(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        issued = await service.province.writes("/v1/parties/province/keys", {"role": "auditor"})
        read = "/v1/audit/dossiers/none"
        assert (await service.send("GET", read, key=issued["key"])).status == 404
        with psycopg.connect(database_url) as connection:
            for (row,) in connection.execute(
                "SELECT row_to_json(credential)::text FROM credential"
            ):
                assert issued["key"] not in row
            connection.execute(
                "UPDATE credential SET revoked_at = now() WHERE id = %s", [issued["id"]]
            )
        assert (await service.send("GET", read, key=issued["key"])).status == 401


async def test_23_personal_data_reaches_no_event_view_metric_or_problem(database_url: str) -> None:
    async with running_service(database_url) as service:
        await tell(service)
        await service.settle()
        said = [*everything_in(database_url), await metrics(service), *await problems(service)]
        for text, mark in itertools.product(said, EVERY_MARK):
            assert mark not in text, mark


async def test_23_personal_data_reaches_no_log(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running_service(database_url) as service:
        await tell(service)
        await service.settle()
    captured = capsys.readouterr()
    for mark in EVERY_MARK:
        assert mark not in captured.out + captured.err, mark


def everything_in(database_url: str) -> list[str]:
    """Every row of every table, as text."""
    found: list[str] = []
    with psycopg.connect(database_url) as connection:
        connection.execute("SET bytea_output = 'escape'")
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'views')"
        ).fetchall()
        for schema, table in tables:
            rows = connection.execute(f'SELECT t::text FROM {schema}."{table}" AS t'.encode())
            found += [row for (row,) in rows]
        events = connection.execute("SELECT convert_from(state, 'UTF8') FROM stored_events")
        found += [row for (row,) in events]
    assert len(found) > 50
    return found


async def metrics(service: RunningService) -> str:
    return await (await service.send("GET", "/metrics")).text()


async def problems(service: RunningService) -> list[str]:
    """What is answered to faulty requests that are full of personal data."""
    key = await service.key(DESK, Role.DESK)
    mark = EVERY_MARK[0]
    faulty: list[Any] = [
        {"code": mark, "applicant": {"name": [mark], mark: mark}, mark: mark, "papers": mark},
        {"step": mark, "by": {mark: mark}},
        mark,
        [mark],
    ]
    said = []
    for body in faulty:
        for path in ("/v1/dossiers", f"/v1/dossiers/{CODE}/steps", "/v1/handovers"):
            answer = await service.send("POST", path, key=key, body=body)
            assert 400 <= answer.status < 500
            said.append(await answer.text())
    return said
