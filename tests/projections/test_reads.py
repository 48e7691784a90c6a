"""What a party holds, through whose hands a paper went, who takes part, and the feed: over HTTP."""

from typing import Any

from logistics.credentials import Role
from logistics.identifiers import DossierCode, PaperId
from logistics.paper.commands import DeclarePaperLost
from logistics.waybill.milestones import Milestone
from tests.support.projecting import append
from tests.support.service import Acting, Answer, RunningService, running_service
from tests.support.stories import (
    AGENCY,
    DESK,
    HANDOVER,
    OTHER_DESK,
    PAPERS,
    POST,
    WAYBILL,
    a_dossier,
    a_story,
    accept,
    at,
    booking,
    offer,
    paper,
    report,
)

MANY = [PaperId(f"P-{n:02}") for n in range(10, 30)]


def when(hours: float) -> str:
    return at(hours).isoformat().replace("+00:00", "Z")


def tell(service: RunningService, *commands: object) -> int:
    return append(service.parts.store, a_story(*commands).events)


async def all_pages(who: Acting, path: str, limit: int) -> list[Answer]:
    found: list[Answer] = []
    after: dict[str, Any] = {}
    while True:
        page = await who.reads(path, limit=limit, **after)
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next"] is None:
            return found
        after = {"after": page["next"]}


async def test_holdings_are_the_originals_that_a_party_holds_and_from_whom(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        tell(
            service,
            a_dossier(),
            offer(),
            accept(paper(1), missing=[paper(2)], rejected=[paper(3)]),
        )
        agency = service.acting(AGENCY, Role.AGENCY)
        held = await agency.reads(f"/v1/parties/{AGENCY}/holdings")
        assert held == {
            "items": [
                {
                    "paper_id": "P-1",
                    "name": "Giấy tờ P-1",
                    "dossier": a_dossier().dossier,
                    "since": when(2),
                    "from": DESK,
                    "state": "held",
                }
            ],
            "next": None,
        }
        desk = await service.province.reads(f"/v1/parties/{DESK}/holdings")
        states = {each["paper_id"]: each["state"] for each in desk["items"]}
        assert states == {"P-2": "missing", "P-3": "rejected"}


async def test_what_is_lost_or_no_original_is_in_nobodys_holdings(database_url: str) -> None:
    async with running_service(database_url) as service:
        lost = DeclarePaperLost(paper=paper(1), note=None, by_party=DESK, occurred_at=at(5))
        tell(service, a_dossier(), lost)
        listed = await service.province.reads(f"/v1/parties/{DESK}/holdings")
        assert [each["paper_id"] for each in listed["items"]] == ["P-2", "P-3"]


async def test_holdings_come_in_pages(database_url: str) -> None:
    async with running_service(database_url) as service:
        tell(service, a_dossier(*MANY))
        desk = service.acting(DESK, Role.DESK)
        listed = await all_pages(desk, f"/v1/parties/{DESK}/holdings", 7)
        assert [each["paper_id"] for each in listed] == MANY


async def test_another_partys_holdings_are_as_unknown_as_nobodys(database_url: str) -> None:
    async with running_service(database_url) as service:
        tell(service, a_dossier())
        other = service.acting(OTHER_DESK, Role.DESK)
        for path in (
            f"/v1/parties/{DESK}/holdings",
            f"/v1/parties/{DESK}",
            "/v1/parties/nobody/holdings",
        ):
            assert await other.is_refused(path, method="GET") == (404, "unknown-party")
        nobody = await service.province.is_refused("/v1/parties/nobody/holdings", method="GET")
        assert nobody == (404, "unknown-party")


async def test_a_papers_history_names_every_holder_until_the_next(database_url: str) -> None:
    async with running_service(database_url) as service:
        tell(
            service,
            a_dossier(),
            booking(),
            report(Milestone.IN_TRANSIT, 6),
            report(Milestone.ACCEPTED, 3),  # It came later, and dates the same move better.
            report(Milestone.DELIVERED, 9),
        )
        history = await service.acting(POST, Role.OPERATOR).reads("/v1/papers/P-1")
        assert (history["holder"], history["since"], history["state"]) == (
            POST,
            when(3),
            "offered",
        )
        assert history["offered"]["to"] == AGENCY
        first, second = history["custody"]
        assert (first["holder"], first["from"]) == (DESK, None)
        assert (first["since"], first["until"]) == (when(0), when(3))
        assert (second["holder"], second["from"], second["until"]) == (POST, DESK, None)
        assert second["waybill"] == {"operator": POST, "number": WAYBILL.number}
        assert second["known_by"]["word"] == "report"


async def test_a_papers_history_tells_its_disputes_and_its_loss(database_url: str) -> None:
    async with running_service(database_url) as service:
        lost = DeclarePaperLost(paper=paper(3), note=None, by_party=DESK, occurred_at=at(5))
        tell(service, a_dossier(), offer(), accept(paper(1), paper(2), missing=[paper(3)]), lost)
        history = await service.auditor.reads("/v1/papers/P-3")
        (dispute,) = history["disputes"]
        assert (dispute["dispute"], dispute["custodian"], dispute["claimed_by"]) == (
            "missing",
            DESK,
            AGENCY,
        )
        assert dispute["handover_id"] == HANDOVER
        (incident,) = history["incidents"]
        assert (incident["kind"], incident["occurred_at"]) == ("lost", when(5))
        assert history["state"] == "lost"


async def test_a_paper_of_a_foreign_dossier_is_as_unknown_as_none(database_url: str) -> None:
    async with running_service(database_url) as service:
        tell(service, a_dossier())
        other = service.acting(OTHER_DESK, Role.DESK)
        for unknown in ("P-1", "P-404"):
            refused = await other.is_refused(f"/v1/papers/{unknown}", method="GET")
            assert refused == (404, "unknown-paper")


async def test_the_province_lists_all_parties_and_each_party_knows_itself(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        tell(service)
        listed = await all_pages(service.province, "/v1/parties", 2)
        codes = [each["code"] for each in listed]
        assert set(codes) == {AGENCY, DESK, OTHER_DESK, POST, "province"}
        assert len(codes) == len(set(codes))

        await service.province.writes(f"/v1/parties/{DESK}/suspension")
        itself = await service.province.reads(f"/v1/parties/{DESK}")
        assert (itself["kind"], itself["suspended"]) == ("desk", True)
        listed_by_desk = await service.acting(AGENCY, Role.AGENCY).is_refused(
            "/v1/parties", method="GET"
        )
        assert listed_by_desk == (403, "wrong-role")


async def test_the_feed_tells_everything_once_in_log_order_whatever_the_pages(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        tell(service, a_dossier(*PAPERS), a_dossier(*MANY, code=DossierCode("D-2")), offer())
        whole = await all_pages(service.province, "/v1/feed", 500)
        assert await all_pages(service.province, "/v1/feed", 4) == whole
        store = service.parts.store
        assert [each["position"] for each in whole] == [
            each.position for each in store.read(0, 1000)
        ]
        received = next(each for each in whole if each["name"] == "dossier.received")
        assert (received["version"], received["stream"]["kind"]) == (2, "dossier")
        assert received["data"]["received_by"] == DESK

        agency = service.acting(AGENCY, Role.AGENCY)
        assert await agency.is_refused("/v1/feed", method="GET") == (403, "wrong-role")
