"""A push is stored before it is acknowledged, whatever it says, and from whoever may send it."""

import asyncio
from asyncio import gather
from collections.abc import AsyncIterator
from io import BytesIO

import psycopg
import pytest
from aiohttp import ClientResponse

from deploy.parts import CARRIERS
from tests.support.pushing import (
    COMPOSE,
    NOON,
    connected,
    count,
    push,
    receiving,
    rows,
)

EVERY_CARRIER = sorted(CARRIERS)


@pytest.mark.parametrize("carrier", EVERY_CARRIER)
async def test_every_carrier_is_answered_200_once_its_push_is_stored(
    database_url: str, carrier: str
) -> None:
    secret = connected(database_url, carrier)
    async with receiving(database_url) as client:
        answer = await push(client, carrier, secret, "N1")
        assert answer.status == 200
    query = "SELECT carrier, operators, authentication, method FROM receipt"
    assert rows(database_url, query) == [(carrier, ["POST"], "url-secret", "POST")]


async def test_ems_hears_its_transaction_again(database_url: str) -> None:
    secret = connected(database_url, "ems")
    async with receiving(database_url) as client:
        answer = await push(client, "ems", secret, "N1", transaction="T-77")
        assert await answer.json() == {"code": "success", "transaction": "T-77"}


async def test_the_same_push_twice_at_once_on_two_workers_is_one_receipt(database_url: str) -> None:
    secret = connected(database_url, "ghn")
    async with receiving(database_url) as one, receiving(database_url) as other:
        pushes = [push(client, "ghn", secret, "N1") for client in [one, other] * 10]
        answers = await gather(*pushes)
    assert {answer.status for answer in answers} == {200}
    assert count(database_url, "receipt") == 1


async def test_a_repeat_in_other_words_is_kept_too(database_url: str) -> None:
    secret = connected(database_url, "ghn")
    async with receiving(database_url) as client:
        await push(client, "ghn", secret, "N1", place="Kho 1")
        await push(client, "ghn", secret, "N1", place="Kho 2")
    assert count(database_url, "receipt") == 2


@pytest.mark.parametrize("carrier", EVERY_CARRIER)
async def test_who_shows_no_secret_or_a_wrong_one_is_turned_away(
    database_url: str, carrier: str
) -> None:
    connected(database_url, carrier)
    headers, _, body = COMPOSE[carrier]("N1", "1", NOON, secret="guessed")
    async with receiving(database_url) as client:
        for path in (f"/hooks/{carrier}", f"/hooks/{carrier}/guessed", f"/hooks/{carrier}?hash=x"):
            answer = await client.post(path, data=body, headers=headers)
            assert answer.status == 401
            assert (await answer.json())["code"] == "unauthenticated"
    assert count(database_url, "receipt") == 0


async def test_the_secret_of_one_carrier_lets_no_other_in(database_url: str) -> None:
    secret = connected(database_url, "ghn")
    async with receiving(database_url) as client:
        assert (await push(client, "ems", secret, "N1")).status == 401


async def test_a_secret_is_good_from_the_moment_it_is_made(database_url: str) -> None:
    async with receiving(database_url) as client:
        assert (await push(client, "ghn", "guessed", "N1")).status == 401
        secret = connected(database_url, "ghn")
        assert (await push(client, "ghn", secret, "N1")).status == 200


async def test_two_secrets_are_valid_in_a_rotation_and_a_third_retires_the_first(
    database_url: str,
) -> None:
    first, second = (connected(database_url, "ghn") for _ in range(2))
    async with receiving(database_url) as client:
        assert (await push(client, "ghn", first, "N1")).status == 200
        assert (await push(client, "ghn", second, "N2")).status == 200
    third = connected(database_url, "ghn")
    async with receiving(database_url) as client:
        assert (await push(client, "ghn", first, "N3")).status == 401
        assert (await push(client, "ghn", third, "N3")).status == 200
    query = "SELECT secret_id FROM receipt ORDER BY position"
    by_age = "SELECT id FROM webhook_secret ORDER BY created_at"
    assert rows(database_url, query) == rows(database_url, by_age)


async def test_a_secret_of_two_operators_makes_both_of_them_candidates(database_url: str) -> None:
    secret = connected(database_url, "ghn", "POST-2")
    connected(database_url, "ghn", "POST-1", secret)
    async with receiving(database_url) as client:
        assert (await push(client, "ghn", secret, "N1")).status == 200
    assert rows(database_url, "SELECT operators FROM receipt") == [(["POST-1", "POST-2"],)]


async def test_how_the_secret_was_shown_is_kept_and_the_secret_is_not(database_url: str) -> None:
    awkward = "a+b&c=d%20é/"
    ghtk, viettel = (
        connected(database_url, each, text=awkward) for each in ("ghtk", "viettelpost")
    )
    async with receiving(database_url) as client:
        headers, query, body = COMPOSE["ghtk"]("N1", "3", NOON, secret=ghtk)
        url = f"/hooks/ghtk?{query}&b=1"
        assert (await client.post(url, data=body, headers=headers)).status == 200
        headers, _, body = COMPOSE["viettelpost"]("N1", "200", NOON, secret=viettel)
        assert (await client.post("/hooks/viettelpost", data=body, headers=headers)).status == 200
        no_token = COMPOSE["viettelpost"]("N2", "200", NOON).body
        headers["Authorization"] = "Bearer simple"
        connected(database_url, "viettelpost", text="simple")
        assert (
            await client.post("/hooks/viettelpost", data=no_token, headers=headers)
        ).status == 200
    query = "SELECT authentication, query, headers FROM receipt ORDER BY position"
    form, json = "application/x-www-form-urlencoded", "application/json"
    assert rows(database_url, query) == [
        ("query-secret", "b=1", {"content-type": form}),
        ("body-token", "", {"content-type": json}),
        ("header-token", "", {"content-type": json}),
    ]
    (stored,) = rows(database_url, "SELECT string_agg(body, '') FROM receipt")[0]
    assert b"TOKEN" not in stored  # It lies there sealed.
    assert b"a+b" not in stored


async def test_what_cannot_be_read_is_stored_and_acknowledged_in_the_carriers_way(
    database_url: str,
) -> None:
    secret = connected(database_url, "ems")
    async with receiving(database_url) as client:
        answer = await client.post(
            f"/hooks/ems/{secret}", data=b"\xff\x00 no JSON", headers={"ems-transaction": "T-1"}
        )
        assert await answer.json() == {"code": "success", "transaction": "T-1"}
    assert count(database_url, "receipt") == 1


async def test_what_postgresql_cannot_keep_as_text_loses_no_push(database_url: str) -> None:
    secret = connected(database_url, "ems")
    async with receiving(database_url) as client:
        reader, writer = await asyncio.open_connection(client.host, client.port)
        head = f"POST /hooks/ems/{secret}?x=%00%ff HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
        writer.write(head.encode() + b"ems-transaction: T\xff\xfe\r\nConnection: close\r\n\r\n{}")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 200")
    assert count(database_url, "receipt") == 1


async def test_size_is_looked_at_first_then_the_carrier_then_the_secret_then_nothing_else(
    database_url: str,
) -> None:
    secret = connected(database_url, "ghn")

    async def in_chunks() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b"x" * 65536

    large = b"x" * (1024 * 1024 + 1)

    async with receiving(database_url) as client:
        assert (await client.post("/hooks/nobody/wrong", data=BytesIO(large))).status == 413
        assert (await client.post("/hooks/ghn/wrong", data=in_chunks())).status == 413
        assert (await client.post("/hooks/nobody/wrong", data=b"{")).status == 404
        assert (await client.post("/hooks/ghn/wrong", data=b"{")).status == 401
        assert (await client.post(f"/hooks/ghn/{secret}", data=b"{")).status == 200
        assert (await client.put(f"/hooks/ghn/{secret}", data=b"[")).status == 200
        assert (await client.get("/hooks/ghn")).status == 200
        assert (await client.head("/hooks/ghn/anything")).status == 200
        assert (await client.get("/hooks/nobody")).status == 404
    assert count(database_url, "receipt") == 2


async def test_nothing_is_acknowledged_before_the_commit_and_too_many_that_wait_are_put_off(
    database_url: str,
) -> None:
    secret = connected(database_url, "ghn")
    async with receiving(database_url, queue_limit=2, batch_size=1) as client:
        with psycopg.connect(database_url) as somebody:
            somebody.execute("LOCK TABLE receipt IN ACCESS EXCLUSIVE MODE")
            pushes = [
                asyncio.ensure_future(push(client, "ghn", secret, f"N{each}")) for each in range(9)
            ]
            put_off: list[ClientResponse] = []
            waiting = set(pushes)
            while len(put_off) < 6:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                put_off += [await each for each in done]
            assert {(each.status, each.headers["Retry-After"]) for each in put_off} == {(503, "1")}
            assert count_without_waiting(database_url) == 0
        stored = await gather(*waiting)
        assert {each.status for each in stored} == {200}
    assert count(database_url, "receipt") == len(stored)


def count_without_waiting(url: str) -> int:
    """How many receipts there are according to the statistics, which no lock keeps back."""
    query = "SELECT coalesce(sum(n_tup_ins), 0) FROM pg_stat_user_tables WHERE relname = 'receipt'"
    return int(rows(url, query)[0][0])


async def test_while_the_database_is_away_pushes_are_put_off_and_their_retries_succeed(
    database_url: str,
) -> None:
    secret = connected(database_url, "ghn")
    async with receiving(database_url) as client:
        assert (await push(client, "ghn", secret, "N1")).status == 200
        shut(database_url, away=True)
        for shown in (secret, "a secret that may be new"):
            answer = await push(client, "ghn", shown, "N2")
            assert answer.status == 503
            assert answer.headers["Retry-After"] == "1"
            assert (await answer.json())["code"] == "store-unavailable"
        shut(database_url, away=False)
        assert (await push(client, "ghn", secret, "N2")).status == 200
    assert count(database_url, "receipt") == 2


async def test_a_process_that_has_never_seen_the_database_turns_nobody_away(
    database_url: str,
) -> None:
    secret = connected(database_url, "ghn")
    shut(database_url, away=True)
    async with receiving(database_url) as client:
        assert (await push(client, "ghn", secret, "N1")).status == 503
        shut(database_url, away=False)
        assert (await push(client, "ghn", secret, "N1")).status == 200


async def test_a_restart_of_the_database_between_two_pushes_is_not_noticed(
    database_url: str,
) -> None:
    secret = connected(database_url, "ghn")
    async with receiving(database_url) as client:
        assert (await push(client, "ghn", secret, "N1")).status == 200
        shut(database_url, away=True)
        shut(database_url, away=False)
        assert (await push(client, "ghn", secret, "N2")).status == 200


async def test_the_retry_of_a_push_whose_answer_was_lost_is_a_repeat(database_url: str) -> None:
    secret = connected(database_url, "ghtk")
    async with receiving(database_url) as client:
        assert (await push(client, "ghtk", secret, "N1")).status == 200
    async with receiving(database_url) as client:  # The next process, after a kill.
        assert (await push(client, "ghtk", secret, "N1")).status == 200
    assert count(database_url, "receipt") == 1


async def test_stopping_stores_what_waits(database_url: str) -> None:
    secret = connected(database_url, "ghn")
    async with receiving(database_url, batch_size=3) as client:
        pushes = [
            asyncio.ensure_future(push(client, "ghn", secret, f"N{each}")) for each in range(20)
        ]
        first, _ = await asyncio.wait(pushes, return_when=asyncio.FIRST_COMPLETED)
    answers = [each.result().status for each in pushes if each.done() and not each.exception()]
    assert len(first) <= answers.count(200) <= count(database_url, "receipt")


def shut(url: str, *, away: bool) -> None:
    """Make the database of this address refuse connections, and lose those it has; or be back."""
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    with psycopg.connect(url, dbname="postgres", autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {not away}'.encode())
        if away:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
