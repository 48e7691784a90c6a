"""What is the same report again, and what is another one under the same key."""

import pytest

from tests.support.carriers import (
    GHN,
    GHTK,
    VIETTELPOST,
    VNPOST,
    Case,
    every_carrier,
)


@every_carrier
def test_the_same_push_again_is_the_same_report(case: Case) -> None:
    again, before = case.report(), case.report()
    assert again == before


@every_carrier
def test_a_report_that_says_something_else_under_the_same_key_is_a_conflict(case: Case) -> None:
    plain, other = case.report(), case.report(**{case.note_field: "khác"})
    assert other.repeat_key == plain.repeat_key
    assert other.content_digest != plain.content_digest


@every_carrier
def test_blanks_order_and_empty_fields_make_no_conflict(case: Case) -> None:
    item = case.item()
    shuffled = dict(reversed(item.items())) | {case.note_field: "  ", "Unheard": None}
    shuffled[case.code_field] = f" {item[case.code_field]} "
    assert case.read(shuffled) == case.read(item)


@pytest.mark.parametrize("case", [VIETTELPOST, VNPOST, GHN, GHTK], ids=lambda case: case.name)
def test_another_status_and_another_time_have_another_key(case: Case) -> None:
    keys = {
        case.report().repeat_key,
        case.report(case.codes[-1][0]).repeat_key,
        case.report(**{case.time_field: "2026-03-02T09:00:00Z"}).repeat_key,
    }
    assert len(keys) == 3
