"""What only Viettel Post does: codes with two meanings, and its envelope."""

from datetime import timedelta

import pytest

from logistics.waybill.milestones import Milestone
from logistics.waybill.state import effective_milestones, standing
from tests.support.carriers import OCCURRED_AT, VIETTELPOST

REUSED = sorted(VIETTELPOST.returning)
ON_ITS_WAY_OUT = sorted({code for code, _ in VIETTELPOST.codes} - VIETTELPOST.returning)


@pytest.mark.parametrize("code", REUSED)
@pytest.mark.parametrize("said", [True, "true", 1, "1"])
def test_a_reused_code_on_a_flagged_return_leg_means_returning(code: str, said: object) -> None:
    report = VIETTELPOST.report(code, IS_RETURNING=said)
    assert report.milestone is Milestone.RETURNING
    assert report.milestone_on_return is None


@pytest.mark.parametrize("code", REUSED)
@pytest.mark.parametrize("said", [False, "false", 0, "0", None, "", "unclear", []])
def test_a_reused_code_with_no_flag_waits_for_what_came_before(code: str, said: object) -> None:
    report = VIETTELPOST.report(code, IS_RETURNING=said)
    assert report.milestone is not Milestone.RETURNING
    assert report.milestone_on_return is Milestone.RETURNING


@pytest.mark.parametrize("code", ON_ITS_WAY_OUT)
def test_the_flag_changes_no_other_code(code: str) -> None:
    flagged, plain = VIETTELPOST.report(code, IS_RETURNING=True), VIETTELPOST.report(code)
    assert flagged.milestone is plain.milestone
    assert flagged.milestone_on_return is None


@pytest.mark.parametrize("start", ["505", "515", "502"])
def test_a_documented_return_is_told_as_one_in_whatever_order_it_comes(start: str) -> None:
    codes = ["200", "300", "400", "500", "506", start, "300", "400", "500", "504"]
    reports = [
        VIETTELPOST.report(code, ORDER_STATUSDATE=str(OCCURRED_AT + timedelta(minutes=minute)))
        for minute, code in enumerate(codes)
    ]
    meant = [milestone.value for milestone, _ in effective_milestones(reversed(reports))]
    assert meant == [
        "accepted",
        "in_transit",
        "in_transit",
        "out_for_delivery",
        "delivery_failed",
        "returning",
        "returning",
        "returning",
        "returning",
        "returned",
    ]
    now = standing(reports)
    assert now is not None
    assert now.milestone is Milestone.RETURNED


def test_the_older_spelling_of_the_place_is_read() -> None:
    report = VIETTELPOST.report(LOCATION_CURRENTLY=None, LOCALION_CURRENTLY="HNI, Bưu cục cũ")
    assert report.place == "HNI, Bưu cục cũ"


def test_the_carriers_text_is_kept_for_a_code_that_nobody_knows() -> None:
    report = VIETTELPOST.report(ORDER_STATUS=777, STATUS_NAME="Mới, gọi 0912 345 678")
    assert (report.milestone, report.original_code) == (Milestone.UNRECOGNISED, "777")
    assert report.original_text == "Mới, gọi …"


def test_the_token_is_no_part_of_the_report() -> None:
    assert "s3cret" not in repr(VIETTELPOST.read(VIETTELPOST.item()))
