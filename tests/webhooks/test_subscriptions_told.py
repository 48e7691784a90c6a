"""Over HTTP, with the whole service: a party hears of its own dossiers, the province of everything."""

from asyncio import to_thread
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection

from deploy.working import make_deliverer
from logistics.credentials import Role
from tests.support.marked_story import AGENCY, CODE, DESK, EVERY_MARK, OPERATOR, OTHER, tell
from tests.support.service import Acting, RunningService, running_service
from tests.support.subscribing import LOOPBACK, Receiver, receiving_notices
from webhooks.delivery import Deliverer
from webhooks.notices import Planner

PATH = "/v1/subscriptions"


@dataclass(slots=True)
class Told:
    """A service, and a server that subscribers give as theirs."""

    service: RunningService
    receiver: Receiver
    planner: Planner
    deliverer: Deliverer

    async def subscribe(self, who: Acting, *events: str) -> dict[str, Any]:
        return await who.writes(PATH, {"url": self.receiver.url, "events": events or ("*",)})

    async def settle(self) -> None:
        while await to_thread(self.planner.run_batch):
            pass
        while await self.deliverer.turn():
            pass

    def of(self, subscription: dict[str, Any]) -> list[dict[str, Any]]:
        """The events that a subscription was told of."""
        head = f"msg_{subscription['id']}_"
        return [each.data for each in self.receiver.received if each.id.startswith(head)]


@asynccontextmanager
async def told(database_url: str) -> AsyncIterator[Told]:
    async with (
        running_service(database_url, calls_to=LOOPBACK) as service,
        receiving_notices(lambda: datetime.now(UTC)) as receiver,
    ):
        planner = Planner(database_url, service.parts.store)
        deliverer = make_deliverer(service.parts)
        try:
            yield Told(service, receiver, planner, deliverer)
        finally:
            await deliverer.close()
            planner.close()


async def test_the_province_is_told_what_the_feed_tells(database_url: str) -> None:
    async with told(database_url) as there:
        service = there.service
        made = await there.subscribe(service.province)
        await tell(service)
        await there.settle()
        feed = await service.province.reads_plainly("/v1/feed", after=made["position"], limit=500)
        assert len(feed["items"]) > 20
        assert sorted(there.of(made), key=lambda each: each["position"]) == feed["items"]
        for each in there.receiver.received:
            each.verified_by(made["secret"])


async def test_a_party_is_told_of_the_dossiers_that_it_takes_part_in(database_url: str) -> None:
    async with told(database_url) as there:
        service = there.service
        await tell(service)
        made = {
            party: await there.subscribe(service.acting(party, role), "dossier.*", "paper.*")
            for party, role in (
                (DESK, Role.DESK),
                (AGENCY, Role.AGENCY),
                (OPERATOR, Role.OPERATOR),
                (OTHER, Role.DESK),
            )
        }
        for subscription in made.values():
            owner = next(party for party, each in made.items() if each is subscription)
            role = {AGENCY: Role.AGENCY, OPERATOR: Role.OPERATOR}.get(owner, Role.DESK)
            path = f"{PATH}/{subscription['id']}/replay?after=0"
            await service.acting(owner, role).writes(path)
        await there.settle()
        heard = {party: there.of(subscription) for party, subscription in made.items()}
        assert heard[DESK] == heard[AGENCY] == heard[OPERATOR]
        assert {each["name"] for each in heard[DESK]} >= {"dossier.received", "dossier.decided"}
        assert all(each["data"].get("dossier") == CODE for each in heard[DESK])
        assert heard[OTHER] == []


async def test_a_party_is_told_nothing_that_is_of_no_dossier(database_url: str) -> None:
    async with told(database_url) as there:
        service = there.service
        await tell(service)
        made = await there.subscribe(service.acting(DESK, Role.DESK), "party.*")
        await service.province.writes(f"/v1/parties/{DESK}/suspension")
        await there.settle()
        assert there.of(made) == []


async def test_nothing_personal_is_in_a_notice(database_url: str) -> None:
    async with told(database_url) as there:
        await there.subscribe(there.service.province)
        await tell(there.service)
        await there.settle()
        assert there.receiver.received
        for each in there.receiver.received:
            assert not any(mark in each.body.decode() for mark in EVERY_MARK)


async def test_every_attempt_is_on_record_the_newest_first(database_url: str) -> None:
    async with told(database_url) as there:
        service = there.service
        made = await there.subscribe(service.province, "party.registered")
        there.receiver.says = lambda each: 200 if each.data["data"]["party"] == OTHER else 503
        await tell(service)
        await there.settle()
        path = f"{PATH}/{made['id']}"
        attempts = (await service.province.reads_plainly(f"{path}/attempts"))["items"]
        assert [each["id"] for each in attempts] == sorted(
            (each["id"] for each in attempts), reverse=True
        )
        outcomes = [(each["outcome"], each["status"], each["number"]) for each in attempts]
        assert sorted(outcomes) == [("delivered", 200, 1), *[("failed", 503, 1)] * 3]
        assert all((each["next_at"] is None) == (each["status"] == 200) for each in attempts)
        assert {each["notice"] for each in attempts} == {
            each.id for each in there.receiver.received
        }
        page = await service.province.reads_plainly(f"{path}/attempts", limit=3)
        rest = await service.province.reads_plainly(f"{path}/attempts", after=page["next"])
        assert [*page["items"], *rest["items"]] == attempts
        known = await service.province.reads_plainly(path)
        assert (known["waiting"], known["given_up"], known["state"]) == (3, 0, "active")


async def test_a_rotated_secret_is_shown_once_and_signs_with_the_one_before(
    database_url: str,
) -> None:
    async with told(database_url) as there:
        service = there.service
        made = await there.subscribe(service.province, "party.registered")
        rotated = await service.province.writes(f"{PATH}/{made['id']}/secret")
        await tell(service)
        await there.settle()
        for each in there.receiver.received:
            each.verified_by(made["secret"])
            each.verified_by(rotated["secret"])
        assert rotated["secret"] != made["secret"]


async def test_a_paused_endpoint_is_shown_and_goes_on_when_asked(database_url: str) -> None:
    async with told(database_url) as there:
        service = there.service
        made = await there.subscribe(service.province, "party.registered")
        there.receiver.says = lambda _: 503
        await tell(service)
        await there.settle()
        await exhaust(there)
        path = f"{PATH}/{made['id']}"
        assert (await service.province.reads_plainly(path))["state"] == "paused"
        await service.settle()
        (paused,) = await rows(service, "SELECT document FROM views.paused_endpoints")
        assert paused[0]["subscription"] == made["id"]
        assert (paused[0]["party"], paused[0]["failure"]) == ("province", "status-503")
        there.receiver.says = lambda _: 200
        await service.province.writes(f"{path}/resumption")
        await there.settle()
        known = await service.province.reads_plainly(path)
        assert (known["state"], known["waiting"], known["failures"]) == ("active", 0, 0)
        await service.settle()
        assert await rows(service, "SELECT document FROM views.paused_endpoints") == []


async def exhaust(there: Told) -> None:
    """Put one notice before its last try, and its endpoint after many failures."""
    await rows(
        there.service,
        "UPDATE notice SET attempts = 9, due_at = now()"
        " WHERE position = (SELECT min(position) FROM notice) RETURNING position",
    )
    await rows(there.service, "UPDATE subscription SET failures = 9 RETURNING id")
    there.deliverer.start_over()
    await there.settle()


async def rows(service: RunningService, query: str) -> list[tuple[Any, ...]]:
    async with await AsyncConnection.connect(service.parts.database.url) as connection:
        return await (await connection.execute(query.encode())).fetchall()
