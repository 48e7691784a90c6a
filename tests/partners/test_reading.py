"""What every carrier's reader says of a push, and what it does without a field, or with an odd one."""

from datetime import timedelta

import pytest

from logistics.carriers import Unreadable
from logistics.waybill.commands import CarrierReport
from logistics.waybill.milestones import Milestone, TimeFlag
from tests.support.carriers import (
    MISSING,
    NUMBER,
    OCCURRED_AT,
    Case,
    every_carrier,
    every_carrier_in_json,
    every_carrier_that_names_places,
    pushed,
)


@every_carrier
def test_a_push_is_read_in_our_words(case: Case) -> None:
    report = case.report()
    assert report.number == NUMBER
    assert report.occurred_at == OCCURRED_AT
    assert report.occurred_at.utcoffset() == timedelta(0)
    assert report.occurred_at_text == case.item()[case.time_field]
    assert report.time_flag is None
    assert report.warnings == ()


@every_carrier
def test_what_a_carrier_composes_it_reads_again(case: Case) -> None:
    for code, milestone in case.codes:
        headers, query, body = case.compose(NUMBER, code, OCCURRED_AT, secret="s3cret")
        reading = case.carrier.read(pushed(case.carrier, body, headers, query))
        assert reading.faults == ()
        (report,) = reading.reports
        assert (report.number, report.original_code, report.milestone) == (NUMBER, code, milestone)
        assert report.occurred_at == OCCURRED_AT


@every_carrier_that_names_places
def test_the_place_is_told_without_telephone_numbers(case: Case) -> None:
    report = case.report(**{str(case.place_field): " 890100 - KTC1 (ÐT:0270.3834 180) "})
    assert report.place == "890100 - KTC1 (ÐT:…)"
    assert case.report(**{str(case.place_field): ""}).place is None


@every_carrier
def test_a_number_may_come_with_blanks_and_as_a_number(case: Case) -> None:
    assert case.report(**{case.number_field: f" {NUMBER}\t"}).number == NUMBER
    assert case.report(**{case.number_field: 1234567890}).number == "1234567890"


@every_carrier
def test_any_field_but_the_number_may_be_missing_or_null(case: Case) -> None:
    for name in case.item():
        if name == case.number_field:
            continue
        for nothing in (MISSING, None):
            report = case.report(**{name: nothing})
            assert report.number == NUMBER
            if name not in {case.code_field, case.time_field}:
                assert report.milestone is case.report().milestone
                assert report.occurred_at == OCCURRED_AT


@every_carrier
def test_a_report_of_nothing_but_a_number_is_kept(case: Case) -> None:
    (report,) = case.read({case.number_field: NUMBER}).reports
    assert report.milestone is Milestone.UNRECOGNISED
    assert report.time_flag is TimeFlag.UNREADABLE


@every_carrier
def test_unknown_fields_change_nothing_but_the_digest(case: Case) -> None:
    plain, more = case.report(), case.report(NewField="x", Another="1")
    assert more.content_digest != plain.content_digest
    assert _but_digest(more) == _but_digest(plain)


@every_carrier_in_json
def test_fields_of_an_odd_type_count_as_missing(case: Case) -> None:
    for name in (case.code_field, case.time_field, case.note_field):
        for odd in ([1], {"a": 1}, True, [], {}):
            report = case.report(**{name: odd})
            assert report.number == NUMBER
            assert report.original_code == ("" if name == case.code_field else case.a_code)


@every_carrier
@pytest.mark.parametrize("nothing", ["", "   ", None, MISSING])
def test_a_report_that_names_no_consignment_cannot_be_read(case: Case, nothing: object) -> None:
    with pytest.raises(Unreadable) as refused:
        case.report(**{case.number_field: nothing})
    assert refused.value.reason == "no-number"


@every_carrier
@pytest.mark.parametrize("odd", ["a b", "số 5", "x" * 65, "a:b", "0912 345 678"])
def test_a_number_that_is_no_code_cannot_be_read_and_is_not_repeated(case: Case, odd: str) -> None:
    with pytest.raises(Unreadable) as refused:
        case.report(**{case.number_field: odd})
    assert refused.value.reason == "number-not-a-code"
    assert odd not in str(refused.value)


def _but_digest(report: CarrierReport) -> tuple[object, ...]:
    return tuple(
        getattr(report, name)
        for name in CarrierReport.__dataclass_fields__
        if name != "content_digest"
    )
