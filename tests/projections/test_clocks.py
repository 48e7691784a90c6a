"""The clocks over HTTP: who is late, by which article, and what that looked like at the time."""

from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg

from logistics.credentials import Role
from logistics.identifiers import PROVINCE
from logistics.subscription.events import ResumedBy, SubscriptionPaused, SubscriptionResumed
from projections.renewal import renew
from projections.runner import Runner
from projections.views import views_by
from tests.support.projecting import append
from tests.support.province import AGENCY, DESK, OTHER, a_province, receives, steps
from tests.support.service import Answer, RunningService, running_service


async def clock(service: RunningService, code: str, kind: str, **query: Any) -> Answer:
    """One obligation of a dossier, as the province is told of it."""
    told = await service.province.reads(f"/v1/dossiers/{code}/clocks", **query)
    (found,) = [each for each in told["obligations"] if each["kind"] == kind]
    return dict(found)


async def compliance(service: RunningService, **query: Any) -> dict[str, Answer]:
    """The province's compliance, by group."""
    told = await service.province.reads("/v1/sla/compliance", **query)
    return {each["group"]: each for each in told["items"]}


async def on_time(service: RunningService, code: str, day: str = "2026-03-02") -> None:
    """Received, forwarded at once, and decided on the next day."""
    await receives(service, code, f"{day}T09:00:00", papers=[])
    await steps(service, code, ("forwarded", f"{day}T09:30:00"), ("taken-over", f"{day}T10:00:00"))
    await steps(service, code, ("decided", "2026-03-03T10:00:00"))


async def test_an_overdue_dossier_is_told_late_everywhere_by_article_and_to_the_minute(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        await a_province(service)
        await receives(service, "D-1", "2026-03-02T09:00:00", papers=[])
        await steps(service, "D-1", ("forwarded", "2026-03-02T09:30:00"))
        await service.sweep()
        late = await clock(service, "D-1", "processing")
        assert late["due_at"] == "2026-03-05T17:00:00+07:00"
        assert (late["state"], late["verdict"], late["limit"]) == ("breached", "late", "3wd")
        assert late["obligor"] == AGENCY
        assert late["lateness_minutes"] > 0
        assert late["derivation"] == [
            "Thứ Hai 02/03/2026: ngày bắt đầu, không tính (BLDS 2015 Đ147.2)",
            "Thứ Ba 03/03/2026: ngày thứ 1",
            "Thứ Tư 04/03/2026: ngày thứ 2",
            "Thứ Năm 05/03/2026: ngày thứ 3",
        ]
        forwarded = await clock(service, "D-1", "desk-forward")
        assert (forwarded["state"], forwarded["lateness_minutes"]) == ("met", 0)
        assert "118/2025" in forwarded["rule"]["source"]
        begun, due = forwarded["derivation"]
        assert begun.startswith("Thứ Hai 02/03/2026: bắt đầu 09:00; nhận trước 15:00 thì trong")
        assert due == "Thứ Hai 02/03/2026: hạn 17:00"
        overdue = await service.province.reads("/v1/sla/overdue")
        assert [each["id"] for each in overdue["items"]] == ["late-notice", "processing"]
        sums = await compliance(service, by="kind")
        assert sums["processing"]["breached"] == 1
        assert sums["processing"]["on_time_percent"] == 0.0
        assert sums["desk-forward"]["on_time_percent"] == 100.0
        alarms = await service.province.reads("/v1/alarms")
        assert [each["kind"] for each in alarms["items"]] == ["no-movement"]


async def test_what_each_holder_held_sums_to_the_whole(database_url: str) -> None:
    async with running_service(database_url) as service:
        await a_province(service)
        await on_time(service, "D-1")
        told = await service.province.reads("/v1/dossiers/D-1/clocks")
        whole = datetime.fromisoformat(told["as_of"]) - datetime(2026, 3, 2, 2, tzinfo=UTC)
        assert abs(sum(each["minutes"] for each in told["held"]) - whole / timedelta(minutes=1)) < 1
        assert told["statutory_deadline"] == "2026-03-05T17:00:00+07:00"
        assert [each["holder"] for each in told["held"]] == [AGENCY, DESK]


async def test_a_late_report_retracts_a_breach_and_the_past_stays_as_it_was_known(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        await a_province(service)
        await receives(service, "D-1", "2026-03-02T09:00:00", papers=[])
        await steps(service, "D-1", ("taken-over", "2026-03-02T10:00:00"))
        await service.sweep()
        before = datetime.now(UTC)
        assert (await compliance(service, by="kind"))["processing"]["breached"] == 1
        await steps(service, "D-1", ("decided", "2026-03-04T10:00:00"))
        await service.sweep()
        assert (await clock(service, "D-1", "processing"))["verdict"] == "early"
        assert (await compliance(service, by="kind"))["processing"]["met"] == 1
        then = before.isoformat()
        assert (await clock(service, "D-1", "processing", as_of=then))["state"] == "breached"
        overdue = await service.province.reads("/v1/sla/overdue", as_of=then)
        assert "processing" in {each["id"] for each in overdue["items"]}
        overdue = await service.province.reads("/v1/sla/overdue")
        assert "processing" not in {each["id"] for each in overdue["items"]}
        assert (await compliance(service, by="kind", as_of=then))["processing"]["breached"] == 1
        assert names(database_url, "D-1").count("sla.breach-retracted") == 2  # And the late notice.


async def test_sums_say_what_counting_the_log_anew_says_by_everything_they_are_asked_by(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        await a_province(service)
        for number in range(6):
            await on_time(service, f"D-{number}", day=f"2026-0{1 + number % 3}-2{number}")
        await receives(service, "D-9", "2026-03-02T09:00:00", papers=[])
        await service.sweep()
        for query in (
            {},
            {"from": "2026-01-21", "to": "2026-03-02"},
            {"from": "2026-02-01", "to": "2026-02-28"},
            {"from": "2026-02-03", "to": "2026-02-20"},
        ):
            for by in ("party", "operator", "agency", "procedure", "field", "kind", "month"):
                kept = await compliance(service, by=by, **query)
                counted = await compliance(
                    service, by=by, as_of=datetime.now(UTC).isoformat(), **query
                )
                assert kept == counted
        everything = await compliance(service, by="month")
        # Seven dossiers, each with two duties and, since each is decided or overdue, a notice.
        assert sum(each["started"] for each in everything.values()) == 7 * 3
        assert everything.keys() == {"2026-01", "2026-02", "2026-03"}


async def test_each_party_sees_its_own_duties_and_no_others(database_url: str) -> None:
    async with running_service(database_url) as service:
        await a_province(service)
        await receives(service, "D-1", "2026-03-02T09:00:00", papers=[])
        await service.sweep()
        desk, other = service.acting(DESK, Role.DESK), service.acting(OTHER, Role.DESK)
        (own,) = (await desk.reads("/v1/sla/compliance", by="kind"))["items"]
        assert (own["group"], own["breached"]) == ("desk-forward", 1)
        assert (await other.reads("/v1/sla/compliance"))["items"] == []
        assert {each["kind"] for each in (await desk.reads("/v1/sla/overdue"))["items"]} == {
            "desk-forward"
        }
        assert (await other.reads("/v1/sla/overdue"))["items"] == []
        key = await service.key(OTHER, Role.DESK)
        assert (await service.send("GET", "/v1/dossiers/D-1/clocks", key=key)).status == 404


async def test_what_runs_out_soon_is_listed_soonest_first_and_page_by_page(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        await a_province(service)
        now = datetime.now(UTC)
        for number in range(3):
            promised = (now + timedelta(days=10 + number)).isoformat()
            await receives(
                service, f"D-{number}", _clock_text(now), procedure_code="1.9", papers=[],
                promised_at=promised,
            )  # fmt: skip
        seen: list[str] = []
        query: dict[str, Any] = {"within": "P11DT1H", "limit": 1}
        while True:
            page = await service.province.reads("/v1/sla/due", **query)
            seen += [each["dossier"] for each in page["items"] if each["kind"] == "processing"]
            if page["next"] is None:
                break
            query["after"] = page["next"]
        assert seen == ["D-0", "D-1"]
        query = {"within": "P11DT1H", "limit": 2}
        then = datetime.now(UTC).isoformat()
        first = await service.province.reads("/v1/sla/due", **query)
        known = await service.province.reads("/v1/sla/due", **query, as_of=then)
        assert [each["dossier"] for each in known["items"]] == [
            each["dossier"] for each in first["items"]
        ]
        rest = await service.province.reads("/v1/sla/due", **query, as_of=then, after=known["next"])
        later = await service.province.reads("/v1/sla/due", **query, after=first["next"])
        assert [each["id"] for each in rest["items"]] == [each["id"] for each in later["items"]]
        answer = await service.send(
            "GET", "/v1/sla/due", key=await service.key("province", Role.PROVINCE), after="x"
        )
        assert answer.status == 400
        assert "query.after" in await answer.text()


async def test_an_alarm_is_acknowledged_once_and_closed_by_what_cures_it(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        await a_province(service)
        await receives(service, "D-1", "2026-03-02T09:00:00", papers=[])
        await service.sweep()
        (alarm,) = (await service.province.reads("/v1/alarms", kind="no-movement"))["items"]
        path, body = f"/v1/alarms/{alarm['id']}/acknowledgement", {"by": "Lan", "note": "Đã gọi"}
        await service.province.writes(path, body)
        await service.province.writes(path, body)
        (seen,) = (await service.province.reads("/v1/alarms"))["items"]
        assert seen["acknowledged_at"] is not None
        assert names(database_url, "D-1").count("sla.alarm-acknowledged") == 1
        await steps(service, "D-1", ("withdrawn", "2026-03-03T10:00:00"))
        await service.sweep()
        assert (await service.province.reads("/v1/alarms"))["items"] == []
        assert await service.province.is_refused(path, body) == (404, "unknown-alarm")


async def test_an_endpoint_that_is_paused_is_an_alarm_until_it_is_resumed(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        now = datetime.now(UTC)
        paused = SubscriptionPaused(
            subscription="S-1", party=PROVINCE, position=1, failure="timed-out",
            failures_in_a_row=10, occurred_at=now,
        )  # fmt: skip
        append(service.parts.store, [paused])
        (alarm,) = (await service.province.reads("/v1/alarms"))["items"]
        assert (alarm["kind"], alarm["subscription"], alarm["dossier"]) == (
            "endpoint-paused", "S-1", None,
        )  # fmt: skip
        resumed = SubscriptionResumed(
            subscription="S-1", party=PROVINCE, by=ResumedBy.ANSWER, occurred_at=now
        )
        append(service.parts.store, [resumed])
        assert (await service.province.reads("/v1/alarms"))["items"] == []


async def test_18_a_calendar_corrected_afterwards_leaves_an_event_where_a_verdict_changes(
    database_url: str,
) -> None:
    async with running_service(database_url) as service:
        await a_province(service)
        await receives(service, "D-1", "2026-03-02T09:00:00", papers=[])
        await steps(service, "D-1", ("taken-over", "2026-03-02T10:00:00"))
        await steps(service, "D-1", ("decided", "2026-03-06T10:00:00"))
        await service.sweep()
        assert (await clock(service, "D-1", "processing"))["state"] == "breached"
        basis = service.parts.basis
        off = {**basis.calendar.days_off, date(2026, 3, 4): "Nghỉ theo quyết định mới"}
        corrected = replace(
            basis, calendar=replace(basis.calendar, version="corrected", days_off=off)
        )
        views = views_by(corrected)
        assert renew(database_url, views, batch_size=1) == ["clocks"]
        assert renew(database_url, views) == []
        with closing(Runner(database_url, service.parts.store, views)) as runner:
            service.runner = runner
            service.sweeper._basis = corrected  # As after a restart.
            await service.sweep()
            assert Counter(names(database_url, "D-1"))["sla.breach-retracted"] == 2
            assert (await compliance(service, by="kind"))["processing"]["met"] == 1


def names(database_url: str, dossier: str) -> list[str]:
    """What was found out about a dossier's clocks, in the order of the log."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT topic FROM stored_events WHERE originator_id = %s ORDER BY notification_id",
            [f"clocks:{dossier}"],
        )
        return [topic for (topic,) in rows]


def _clock_text(at: datetime) -> str:
    return (at + timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M:%S")
