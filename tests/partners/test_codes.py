"""Every code of every carrier, and what it means."""

from collections import Counter

from logistics.waybill.milestones import FINAL, Milestone
from tests.support.carriers import (
    VIETTELPOST,
    Case,
    every_carrier,
    every_carrier_in_json,
    every_code,
    payload,
)


@every_carrier
def test_no_code_of_a_carriers_table_is_forgotten_or_meant_twice(case: Case) -> None:
    meant = Counter(code for code, _ in case.codes)
    assert set(meant) == case.published
    assert set(meant.values()) == {1}


@every_carrier
def test_the_mapping_knows_the_codes_of_the_table_and_no_other(case: Case) -> None:
    assert set(case.statuses) == case.published


@every_code
def test_a_code_has_the_meaning_of_the_domain(case: Case, code: str, milestone: Milestone) -> None:
    report = case.report(code)
    assert report.milestone is milestone
    assert report.original_code == code
    on_return = Milestone.RETURNING if code in case.returning else None
    assert report.milestone_on_return is on_return


@every_code
def test_a_code_is_shown_in_the_carriers_own_words(
    case: Case, code: str, milestone: Milestone
) -> None:
    assert case.report(code).original_text == case.statuses[code].text


@every_carrier
def test_an_unknown_code_is_kept_and_never_guessed(case: Case) -> None:
    for code in ("99999", "delivered_maybe", ""):
        report = case.report(**{case.code_field: code})
        assert report.milestone is Milestone.UNRECOGNISED
        assert report.milestone_on_return is None
        assert report.original_code == code


@every_carrier_in_json
def test_a_code_means_the_same_as_text_and_as_a_number(case: Case) -> None:
    code = case.a_code
    numbers = [int(code), float(code)] if code.lstrip("-").isdecimal() else []
    for written in (code, f" {code} ", *numbers):
        assert case.report(**{case.code_field: written}) == case.report(code)


@every_carrier
def test_codes_are_told_by_what_they_mean(case: Case) -> None:
    for milestone in Milestone:
        assert sorted(case.codes_for(milestone)) == sorted(case.meanings.get(milestone, "").split())


def test_what_viettel_post_calls_final_is_final() -> None:
    for code in payload("viettelpost_status_codes.json")["final"]:
        assert VIETTELPOST.report(code).milestone in FINAL
