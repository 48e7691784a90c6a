"""The whole story of one dossier, over HTTP and PostgreSQL, as everybody who asks is told it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from logistics.credentials import Role
from partners import ghtk, viettelpost
from tests.support.service import Answer, RunningService, running_service

CODE = "H20-260810-0001"
PHONE = "0912 345 678"
DESK, AGENCY, VIETTEL, GHTK = "TTPVHCC-TanHong", "VP-DKDD", "VTP", "GHTK"
ORIGINALS = [
    "Giấy chứng nhận quyền sử dụng đất",
    "Hợp đồng chuyển nhượng đã công chứng",
    "Tờ khai lệ phí trước bạ",
]
MONDAY = datetime(2026, 8, 10, 2, 0, tzinfo=UTC)
"""09:00 on a Monday, in Vietnam."""


def hours(number: float) -> datetime:
    return MONDAY + timedelta(hours=number)


def at(number: float) -> str:
    return hours(number).isoformat()


class Story:
    """One dossier on its way, and the people around it."""

    def __init__(self, service: RunningService) -> None:
        self.service = service
        self.desk = service.acting(DESK, Role.DESK)
        self.agency = service.acting(AGENCY, Role.AGENCY)
        self.viettel = service.acting(VIETTEL, Role.OPERATOR)
        self.papers: dict[str, str] = {}
        self.lookup_code = ""

    async def register_everybody(self) -> None:
        for code, kind, name in (
            (DESK, "desk", "Trung tâm Phục vụ hành chính công xã Tân Hồng"),
            (AGENCY, "agency", "Văn phòng đăng ký đất đai"),
            (VIETTEL, "operator", "Viettel Post"),
            (GHTK, "operator", "Giao Hàng Tiết Kiệm"),
        ):
            await self.service.province.writes(
                "/v1/parties", {"code": code, "kind": kind, "name": name}
            )

    async def push(self, hook: str, carrier: Any, number: str, code: str, when: float) -> None:
        response = await self.service.push(hook, carrier.compose(number, code, hours(when)))
        assert response.status == 200

    # --- what everybody is told ---

    async def transfer(self) -> Answer:
        return await self.desk.reads(f"/v1/dossiers/{CODE}")

    async def holders(self) -> dict[str, tuple[str, str]]:
        """By name of the paper: who holds it, and in which state it is."""
        transfer = await self.transfer()
        return {each["name"]: (each["holder"], each["state"]) for each in transfer["papers"]}

    async def anomalies(self) -> list[str]:
        return [each["code"] for each in (await self.transfer())["anomalies"]]

    async def holdings(self, party: str) -> list[str]:
        listed = await self.service.province.reads(f"/v1/parties/{party}/holdings")
        return sorted(each["name"] for each in listed["items"])

    async def tracking(self) -> Answer:
        at_least = await self.service.settle()
        response = await self.service.send(
            "GET", f"/v1/tracking/{self.lookup_code}", phone="5678", at_least=at_least
        )
        answer: Answer = await response.json()
        assert response.status == 200, answer
        return answer

    async def audited(self, **asked: str) -> list[str]:
        listed = await self.service.auditor.reads(f"/v1/audit/dossiers/{CODE}", limit=500, **asked)
        return [each["name"] for each in listed["items"]]

    async def open_handover(self) -> str:
        (handover,) = (await self.transfer())["open_handovers"]
        return str(handover["handover_id"])


async def test_the_story_of_a_dossier_with_three_originals(database_url: str) -> None:
    async with running_service(database_url) as service:
        story = Story(service)
        await story.register_everybody()
        viettel_hook = await service.hook("viettelpost", VIETTEL)
        ghtk_hook = await service.hook("ghtk", GHTK)

        await _received_at_the_desk(story)
        await _sent_with_viettel_post(story)
        await _carried_and_delivered(story, viettel_hook)
        await _one_is_missing(story)
        await _found_and_handed_over(story)
        await _decided(story)
        await _returned_through_ghtk(story, ghtk_hook)
        await _told_to_everybody(story)


async def _received_at_the_desk(story: Story) -> None:
    """A citizen files three originals at a commune's desk."""
    receipt = await story.desk.writes(
        "/v1/dossiers",
        {
            "code": CODE,
            "procedure_code": "1.012756.H20",
            "procedure_name": "Đăng ký biến động quyền sử dụng đất",
            "competent_agency": AGENCY,
            "channel": "desk",
            "received_at": at(0),
            "promised_at": at(24 * 11 + 8),
            "non_territorial": True,
            "applicant": {"name": "Nguyễn Thị Ánh", "phone": PHONE, "id_number": "087190001234"},
            "papers": [{"name": name, "kind": "original", "quantity": 1} for name in ORIGINALS],
            "return_to": {"way": "post", "address": "Ấp 1, xã Tân Hồng"},
        },
    )
    story.lookup_code = receipt["lookup_code"]
    story.papers = {each["name"]: each["paper_id"] for each in receipt["papers"]}
    await story.desk.writes(
        f"/v1/dossiers/{CODE}/steps", {"step": "forwarded", "occurred_at": at(0.5)}
    )

    assert await story.holders() == dict.fromkeys(ORIGINALS, (DESK, "held"))
    assert await story.holdings(DESK) == sorted(ORIGINALS)
    now = (await story.tracking())["now"]
    assert (now["step"], now["holder"]) == ("forwarded", "desk")
    assert (await story.audited())[0] == "dossier.received"
    assert await story.audited(as_of="2026-01-01T00:00:00+07:00") == []


async def _sent_with_viettel_post(story: Story) -> None:
    """The desk books a waybill and puts the originals on the counter for the operator."""
    papers = list(story.papers.values())
    await story.desk.writes(
        "/v1/waybills",
        {
            "operator": VIETTEL,
            "number": "100001",
            "purpose": "send",
            "from": DESK,
            "to": AGENCY,
            "dossiers": [CODE],
            "papers": papers,
            "seal_no": "NP-17",
            "at": at(1),
        },
    )
    await story.desk.writes(
        "/v1/handovers",
        {
            "from": DESK,
            "to": VIETTEL,
            "papers": papers,
            "waybill": {"operator": VIETTEL, "number": "100001"},
            "at": at(1.5),
            "by": "Trần Văn Bình",
        },
    )
    assert await story.holders() == dict.fromkeys(ORIGINALS, (DESK, "offered"))
    assert await story.holdings(VIETTEL) == []


async def _carried_and_delivered(story: Story, hook: str) -> None:
    """Viettel Post's pushes come out of order and more than once."""
    await story.push(hook, viettelpost, "100001", "200", 2)
    assert await story.holders() == dict.fromkeys(ORIGINALS, (VIETTEL, "held"))

    await story.push(hook, viettelpost, "100001", "501", 28)
    await story.push(hook, viettelpost, "100001", "300", 8)
    await story.push(hook, viettelpost, "100001", "501", 28)
    await story.push(hook, viettelpost, "100001", "500", 26)
    await story.push(hook, viettelpost, "100001", "200", 2)

    waybill = await story.desk.reads(f"/v1/waybills/{VIETTEL}/100001")
    told = [each["milestone"] for each in waybill["reports"]]
    assert told == ["accepted", "in_transit", "out_for_delivery", "delivered"]
    assert waybill["milestone"] == "delivered"
    # Delivered is an offer: the operator answers for the papers until the agency signs.
    assert await story.holders() == dict.fromkeys(ORIGINALS, (VIETTEL, "offered"))
    assert await story.anomalies() == ["delivered-not-signed"]
    now = (await story.tracking())["now"]
    assert (now["step"], now["holder"]) == ("forwarded", "operator")


async def _one_is_missing(story: Story) -> None:
    """The agency signs for two originals and says that the third was not in the parcel."""
    land, contract, tax = (story.papers[name] for name in ORIGINALS)
    handover = f"/v1/handovers/{await story.open_handover()}/acceptance"
    short = {"accepted": [land, contract], "at": at(29), "by": "Lê Thị Cúc"}
    assert await story.agency.is_refused(handover, short) == (409, "does-not-reconcile")
    await story.agency.writes(handover, {**short, "missing": [tax]})

    assert await story.holders() == {
        ORIGINALS[0]: (AGENCY, "held"),
        ORIGINALS[1]: (AGENCY, "held"),
        ORIGINALS[2]: (VIETTEL, "missing"),
    }
    assert await story.anomalies() == ["missing"]
    assert await story.holdings(AGENCY) == sorted(ORIGINALS[:2])
    transfer = await story.transfer()
    assert (transfer["step"], transfer["portal_status"]) == ("taken-over", 4)


async def _found_and_handed_over(story: Story) -> None:
    """The operator finds the third original, and brings it to the counter."""
    tax = story.papers[ORIGINALS[2]]
    offer = {"from": VIETTEL, "to": AGENCY, "papers": [tax], "at": at(50), "by": "Phạm Dũng"}
    offered = await story.viettel.writes("/v1/handovers", offer)
    acceptance = f"/v1/handovers/{offered['handover_id']}/acceptance"
    answer = {"accepted": [tax], "at": at(51), "by": "Lê Thị Cúc"}
    assert (await story.desk.is_refused(acceptance, answer))[0] == 403
    await story.agency.writes(acceptance, answer)

    assert await story.holders() == dict.fromkeys(ORIGINALS, (AGENCY, "held"))
    assert await story.anomalies() == []
    history = await story.agency.reads(f"/v1/papers/{tax}")
    assert [each["holder"] for each in history["custody"]] == [DESK, VIETTEL, AGENCY]


async def _decided(story: Story) -> None:
    """The agency decides, and issues a new certificate."""
    decided = await story.agency.writes(
        f"/v1/dossiers/{CODE}/steps",
        {
            "step": "decided",
            "occurred_at": at(100),
            "by": "Võ Văn Em",
            "document_no": "123/QĐ-VPĐK",
            "results": [{"name": "Giấy chứng nhận mới", "kind": "original"}],
        },
    )
    story.papers |= {each["name"]: each["paper_id"] for each in decided["papers"]}
    assert (await story.tracking())["next"] == "deliver"
    assert (await story.transfer())["portal_status"] == 9


async def _returned_through_ghtk(story: Story, hook: str) -> None:
    """Result and originals go to the citizen with GHTK, whose first push precedes the booking."""
    await story.push(hook, ghtk, "S1.20.15", "3", 124)
    await story.agency.writes(
        "/v1/waybills",
        {
            "operator": GHTK,
            "number": "S1.20.15",
            "purpose": "return",
            "from": AGENCY,
            "to": "citizen",
            "dossiers": [CODE],
            "papers": list(story.papers.values()),
            "at": at(123),
        },
    )
    names = [*ORIGINALS, "Giấy chứng nhận mới"]
    assert await story.holders() == dict.fromkeys(names, (GHTK, "held"))
    await story.push(hook, ghtk, "S1.20.15", "4", 147)
    await story.push(hook, ghtk, "S1.20.15", "5", 148)

    assert await story.holders() == dict.fromkeys(names, ("citizen", "given_back"))
    transfer = await story.transfer()
    assert (transfer["step"], transfer["portal_status"]) == ("returned", 10)
    assert transfer["anomalies"] == []
    assert await story.holdings(AGENCY) == []


async def _told_to_everybody(story: Story) -> None:
    """In the end citizen, auditor and province are told the same, each what is theirs to know."""
    tracking = await story.tracking()
    assert (tracking["finished"], tracking["next"]) == (True, None)
    assert tracking["now"]["holder"] == "citizen"
    shown = str(tracking)
    for personal in ("Ánh", "5678", "087190001234", "Bình", "Tân Hồng"):
        assert personal not in shown

    audited = await story.audited()
    feed = await story.service.province.reads("/v1/feed", limit=500)
    fed = [each["name"] for each in feed["items"] if not each["name"].startswith("party.")]
    assert audited == fed
    assert audited.count("waybill.reported") == 4 + 3
    by_tuesday = await story.audited(effective_at=at(10))
    assert "paper.disputed" not in by_tuesday
    assert by_tuesday.count("paper.transferred") == 3
