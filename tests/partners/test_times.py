"""When a thing happened, as carriers write it."""

from datetime import UTC, datetime

import pytest

from logistics.waybill.milestones import TimeFlag
from tests.support.carriers import (
    OCCURRED_AT,
    RECEIVED_AT,
    Case,
    every_carrier,
)

NO_TIME = (
    "",
    "yesterday",
    "2/3",
    "32/01/2026 10:00:00",
    "02/03/2026",
    "1970-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
)


@every_carrier
def test_a_time_without_a_zone_is_vietnams(case: Case) -> None:
    for written in ("02/03/2026 15:50:12", "2026-03-02 15:50:12", "2026-03-02T15:50:12.000"):
        report = case.report(**{case.time_field: written})
        assert (report.occurred_at, report.time_flag) == (OCCURRED_AT, None)
        assert report.occurred_at_text == written


@every_carrier
def test_a_time_with_a_zone_is_taken_at_its_word(case: Case) -> None:
    for written in ("2026-03-02T08:50:12Z", "2026-03-02T15:50:12+07:00", "2026-03-02T08:50:12.0Z"):
        report = case.report(**{case.time_field: written})
        assert (report.occurred_at, report.time_flag) == (OCCURRED_AT, None)


@every_carrier
def test_a_time_too_far_in_the_future_gives_way_to_the_receipts(case: Case) -> None:
    report = case.report(**{case.time_field: "2026-03-03T02:10:01Z"})
    assert (report.occurred_at, report.time_flag) == (RECEIVED_AT, TimeFlag.FUTURE)
    assert report.occurred_at_text == "2026-03-03T02:10:01Z"


@every_carrier
def test_a_clock_may_be_ten_minutes_fast(case: Case) -> None:
    report = case.report(**{case.time_field: "2026-03-03T02:10:00Z"})
    assert report.occurred_at == datetime(2026, 3, 3, 2, 10, tzinfo=UTC)
    assert report.time_flag is None


@every_carrier
@pytest.mark.parametrize("written", NO_TIME)
def test_a_time_that_cannot_be_read_gives_way_to_the_receipts(case: Case, written: str) -> None:
    report = case.report(**{case.time_field: written})
    assert (report.occurred_at, report.time_flag) == (RECEIVED_AT, TimeFlag.UNREADABLE)
    assert report.occurred_at_text == written


@every_carrier
def test_a_report_may_be_received_years_late(case: Case) -> None:
    report = case.report(**{case.time_field: "2016-11-02T12:18:39+07:00"})
    assert report.occurred_at == datetime(2016, 11, 2, 5, 18, 39, tzinfo=UTC)
