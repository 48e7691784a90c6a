"""What only GHN does: pushes of several types."""

import pytest

from logistics.waybill.milestones import Milestone
from tests.support.carriers import GHN, payload

TYPES = payload("ghn_statuses.json")["type"]
UPDATES = [each for each in TYPES if each.startswith("update_")]


@pytest.mark.parametrize("kind", TYPES)
def test_a_push_of_any_type_is_read_as_the_status_it_names(kind: str) -> None:
    assert GHN.report("delivering", Type=kind).milestone is Milestone.OUT_FOR_DELIVERY
    assert GHN.report("delivered", Type=kind).milestone is Milestone.DELIVERED


@pytest.mark.parametrize("kind", UPDATES)
def test_a_fee_that_changes_after_a_failed_delivery_is_no_second_attempt(kind: str) -> None:
    failed = GHN.report("delivery_fail", Type="switch_status")
    changed = GHN.report("delivery_fail", Type=kind, Time="2026-03-02T10:00:00Z")
    assert failed.milestone is Milestone.DELIVERY_FAILED
    assert changed.milestone is Milestone.UNRECOGNISED
    assert changed.original_code == "delivery_fail"
    assert changed.original_text == failed.original_text


def test_pushes_of_two_types_are_no_repeats_of_each_other() -> None:
    keys = {GHN.report("delivered", Type=kind).repeat_key for kind in TYPES}
    assert len(keys) == len(TYPES)


def test_a_time_in_finer_parts_of_a_second_is_read() -> None:
    report = GHN.report(Time="2026-03-02T08:50:12.158123456Z")
    assert report.occurred_at.microsecond == 158123
