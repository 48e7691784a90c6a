"""What only EMS does: two formats, and a transaction that numbers its pushes."""

import orjson
import pytest

from logistics.carriers import Acknowledgement
from tests.support.carriers import EMS, NUMBER, OLD_EMS, Case, pushed

every_format = pytest.mark.parametrize("case", [EMS, OLD_EMS], ids=["present", "older"])


@every_format
def test_a_repeat_is_known_by_its_transaction(case: Case) -> None:
    (first,) = case.carrier.read(case.push(case.item(), transaction="17")).reports
    (other,) = case.carrier.read(case.push(case.item("4"), transaction="17")).reports
    assert first.repeat_key == other.repeat_key == "17"
    assert first.content_digest != other.content_digest


@every_format
def test_items_of_one_transaction_are_told_apart_by_their_place(case: Case) -> None:
    reading = case.carrier.read(case.push([case.item(), case.item("4")], transaction="17"))
    assert [report.repeat_key for report in reading.reports] == ["17#0", "17#1"]


@every_format
def test_without_a_transaction_number_status_and_time_are_the_key(case: Case) -> None:
    item = case.item("4")
    (report,) = case.carrier.read(pushed(case.carrier, case.body(item))).reports
    assert report.repeat_key == f"{NUMBER}|4|{item[case.time_field]}"


def test_both_formats_say_the_same() -> None:
    new, old = EMS.report("11000"), OLD_EMS.report("11000")
    assert new.milestone is old.milestone
    assert new.occurred_at == old.occurred_at
    assert new.original_text == old.original_text


def test_a_number_with_a_wrong_check_digit_is_warned_about_and_kept() -> None:
    report = EMS.report(tracking_code="EJ012345678VN")
    assert report.number == "EJ012345678VN"
    assert report.warnings == ("s10-check-digit",)


@pytest.mark.parametrize("transaction", ["", "a-1", 'a"\\', "số", "\udcff", "x" * 5000])
def test_the_transaction_is_handed_back_whatever_it_is(transaction: str) -> None:
    answer = EMS.carrier.acknowledge(EMS.push(EMS.item(), transaction=transaction))
    assert answer == Acknowledgement(content_type="application/json", body=answer.body)
    returned = orjson.loads(answer.body)
    assert returned["code"] == "success"
    assert returned["transaction"] == transaction.replace("\udcff", "?")


def test_a_push_without_a_transaction_is_acknowledged_too() -> None:
    answer = EMS.carrier.acknowledge(pushed(EMS.carrier, b""))
    assert answer.body == b'{"code":"success","transaction":""}'


def test_the_transaction_is_the_only_header_kept() -> None:
    assert EMS.carrier.kept_headers == {"ems-transaction"}
