"""Nothing about persons gets from a push into a report, which is kept in events for ever."""

from dataclasses import asdict, replace

import pytest

from logistics.carriers import Unreadable
from partners.carrier import masked
from tests.support.carriers import (
    VIETTELPOST,
    VNPOST,
    Case,
    every_carrier,
    every_carrier_in_json,
    every_carrier_that_names_places,
)

PERSON = "Nguyễn Thị Hoa"
TELEPHONES = (
    "0912345678",
    "0912.345.678",
    "0912 345 678",
    "0912-345-678",
    "0912–345–678",
    "+84912345678",
    "+84 912 345 678",
    "(+84) 912 345 678",
    "84912345678",
    "(0277) 385 1234",
    "024.37871825",
    "001085012345",
    "001 085 012 345",
)


@every_carrier
def test_names_and_notes_do_not_get_into_a_report(case: Case) -> None:
    secrets = dict.fromkeys([*case.personal_fields, case.note_field, "ToName"], PERSON)
    named, plain = case.report(**secrets), case.report()
    assert "Hoa" not in repr(asdict(named))
    assert replace(named, content_digest=plain.content_digest) == plain


@pytest.mark.parametrize("case", [VIETTELPOST, VNPOST], ids=lambda case: case.name)
def test_who_is_named_changes_nothing_of_a_report(case: Case) -> None:
    for name in case.personal_fields:
        assert case.report(**{name: PERSON}) == case.report(**{name: "Trần Văn Bình"})


@every_carrier_that_names_places
@pytest.mark.parametrize("telephone", TELEPHONES)
def test_a_telephone_number_does_not_get_out_of_a_place(case: Case, telephone: str) -> None:
    for written in (f"Bưu cục Cao Lãnh {telephone}", f"{telephone}", f"({telephone}) 870000"):
        report = case.report(**{str(case.place_field): written})
        digits = [each for each in report.place or "" if each.isdecimal()]
        assert len(digits) <= 6


@pytest.mark.parametrize(
    "text",
    ["870000 - Bưu cục Cao Lãnh 2", "Km 12, QL 30", "BC 890100 123456", "Đợt 2026-2027", "19/8"],
)
def test_post_codes_and_small_numbers_stay_readable(text: str) -> None:
    assert masked(text) == text


def test_a_long_text_is_cut_after_it_has_been_masked() -> None:
    long = "x" * 295 + " 0912345678"
    assert masked(long) == "x" * 295 + " …"
    assert len(masked("x" * 1000)) == 300


@every_carrier_in_json
def test_a_fault_does_not_quote_the_push(case: Case) -> None:
    with pytest.raises(Unreadable) as refused:
        case.report(**{case.number_field: PERSON})
    assert "Hoa" not in f"{refused.value} {refused.value.detail}"
