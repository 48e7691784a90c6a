"""What happened to a dossier, who knew it when, and what had happened by then?"""

from datetime import datetime, timedelta

from logistics.credentials import Role
from logistics.identifiers import DossierCode, PaperId
from logistics.recorded import Event
from logistics.streams import stream_of
from logistics.waybill.milestones import Milestone
from projections.audit import AUDIT
from tests.support.projecting import append, folded
from tests.support.service import Answer, RunningService, running_service
from tests.support.stories import (
    DOSSIER,
    HANDOVER,
    PAPERS,
    WAYBILL,
    a_dossier,
    a_story,
    accept,
    at,
    booking,
    offer,
    report,
)

OTHER = DossierCode("D-2")


def test_every_stream_that_names_the_dossier_belongs_to_it_and_no_other_does() -> None:
    story = a_story(
        a_dossier(),
        a_dossier(PaperId("P-20"), code=OTHER),
        offer(),
        accept(*PAPERS),
        booking(PaperId("P-20"), dossiers=(OTHER,)),
    )
    rows = folded(AUDIT, story.events)
    assert set(rows[DOSSIER]) == {
        f"dossier:{DOSSIER}",
        *(f"paper:{each}" for each in PAPERS),
        f"handover:{HANDOVER}",
    }
    assert str(WAYBILL.stream) in rows[OTHER]
    assert str(WAYBILL.stream) not in rows[DOSSIER]


def test_what_a_carrier_reports_of_a_waybill_nobody_booked_belongs_to_no_dossier_yet() -> None:
    early = [a_dossier(), report(Milestone.IN_TRANSIT, 2)]
    assert str(WAYBILL.stream) not in folded(AUDIT, a_story(*early).events)[DOSSIER]
    booked = a_story(*early, booking(hours=4))
    assert str(WAYBILL.stream) in folded(AUDIT, booked.events)[DOSSIER]


def everything() -> list[Event]:
    """A report that came before the booking, the journey, and a report that came late."""
    return a_story(
        a_dossier(),
        report(Milestone.ACCEPTED, 2),
        booking(hours=4),
        report(Milestone.DELIVERED, 30),
        report(Milestone.IN_TRANSIT, 9),
    ).events


async def told(service: RunningService, **asked: str | int) -> list[Answer]:
    listed = await service.auditor.reads(f"/v1/audit/dossiers/{DOSSIER}", limit=500, **asked)
    items: list[Answer] = listed["items"]
    return items


async def test_the_audit_tells_everything_in_log_order_with_its_source(database_url: str) -> None:
    async with running_service(database_url) as service:
        events = everything()
        append(service.parts.store, events)
        items = await told(service)

        of_dossier = [each for each in events if stream_of(each).kind != "party"]
        assert [(each["stream"]["kind"], each["stream"]["key"]) for each in items] == [
            (stream_of(each).kind, stream_of(each).key) for each in of_dossier
        ]
        positions = [each["position"] for each in items]
        assert positions == sorted(positions)
        assert items[0]["source"] == {
            "kind": "webhook",
            "id": "R-1",
            "authentication": "body-token",
        }
        assert items[0]["actor"] == "province"


async def test_as_of_answers_what_was_answered_then(database_url: str) -> None:
    async with running_service(database_url) as service:
        answered: dict[datetime, list[Answer]] = {}
        for minute, event in enumerate(everything()):
            moment = at(40) + timedelta(minutes=minute)
            append(service.parts.store, [event], recorded_at=moment)
            if stream_of(event).kind != "party":
                answered[moment] = await told(service)
        assert [len(then) for then in answered.values()] == sorted(map(len, answered.values()))
        for moment, then in answered.items():
            assert await told(service, as_of=moment.isoformat()) == then


async def test_effective_at_tells_what_had_happened_by_then_whenever_it_became_known(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        append(service.parts.store, everything())
        items = await told(service, effective_at=at(9).isoformat())
        reported = [
            each["data"]["report"]["milestone"] for each in items if "report" in each["data"]
        ]
        assert reported == ["accepted", "in_transit"]
        before = at(0) - timedelta(hours=1)
        assert await told(service, effective_at=before.isoformat()) == []


async def test_the_audit_comes_in_pages_and_not_for_everybody(database_url: str) -> None:
    async with running_service(database_url) as service:
        append(service.parts.store, everything())
        whole = await told(service)
        paged: list[Answer] = []
        after: int | None = 0
        while after is not None:
            page = await service.auditor.reads(
                f"/v1/audit/dossiers/{DOSSIER}", limit=3, after=after
            )
            paged += page["items"]
            after = page["next"]
        assert paged == whole

        unknown = await service.auditor.is_refused("/v1/audit/dossiers/NONE", method="GET")
        assert unknown == (404, "unknown-dossier")
        desk = service.acting("desk-1", Role.DESK)
        refused = await desk.is_refused(f"/v1/audit/dossiers/{DOSSIER}", method="GET")
        assert refused == (403, "wrong-role")
