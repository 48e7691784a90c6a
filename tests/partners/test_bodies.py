"""Pushes of several items, bodies that are none, and the answer to both."""

import pytest

from logistics.carriers import Push, Unreadable
from tests.support.carriers import (
    CASES,
    NUMBER,
    PAYLOADS,
    Case,
    every_carrier,
    every_carrier_in_json,
    pushed,
)


@every_carrier_in_json
def test_several_items_in_one_push_are_all_read(case: Case) -> None:
    second = case.item(**{case.number_field: "EJ000000002VN"})
    reading = case.read([case.item(), second])
    assert [report.number for report in reading.reports] == [NUMBER, "EJ000000002VN"]
    assert reading.faults == ()


@every_carrier_in_json
def test_a_bad_item_loses_only_itself(case: Case) -> None:
    bad = case.item(**{case.number_field: ""})
    reading = case.read([bad, case.item(), "no object"])
    assert [report.number for report in reading.reports] == [NUMBER]
    assert [(fault.item, fault.reason) for fault in reading.faults] == [
        (0, "no-number"),
        (2, "not-an-object"),
    ]


@every_carrier
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"\x00",
        b"\xff\xfe{\x00}\x00",
        b"hello",
        b"[]",
        b"{}",
        b"null",
        b"5",
        b'"x"',
        b"<xml/>",
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a":' * 2000 + b"1" + b"}" * 2000,
        b'{"DATA": "{", "Data": "{", "tracking_code": ["x"], "OrderCode": {}, "label_id": {}}',
        b'{"DATA": [], "Data": [], "tracking_code": "\\ud800"}',
        b"%ff=%ff&label_id=%ff",
    ],
)
def test_a_body_that_is_no_push_cannot_be_read_and_is_acknowledged(case: Case, body: bytes) -> None:
    push = pushed(case.carrier, body, {"EMS-Transaction": "1234567890"})
    with pytest.raises(Unreadable):
        case.carrier.read(push)
    assert case.carrier.acknowledge(push) == case.acknowledgement


@every_carrier
def test_a_byte_order_mark_is_overlooked(case: Case) -> None:
    body = b"\xef\xbb\xbf" + case.body(case.item())
    assert case.carrier.read(_same_but_body(case, body)) == case.read(case.item())


@every_carrier_in_json
def test_a_field_nested_too_deeply_cannot_be_read(case: Case) -> None:
    body = case.body(case.item(Deep="@"))
    mark = b'\\"@\\"' if b'\\"@' in body else b'"@"'  # VNPost's is JSON within JSON.
    shallow = body.replace(mark, b"[" * 99 + b"]" * 99)
    assert case.carrier.read(_same_but_body(case, shallow)).reports
    with pytest.raises(Unreadable) as refused:
        case.carrier.read(_same_but_body(case, body.replace(mark, b"[" * 600 + b"]" * 600)))
    assert refused.value.reason == "too-deep"


@every_carrier
def test_the_acknowledgement_is_exactly_what_the_carrier_needs(case: Case) -> None:
    assert case.acknowledgement.status == 200
    assert case.carrier.acknowledge(case.push(case.item())) == case.acknowledgement


def test_the_suite_knows_all_carriers() -> None:
    folders = {path.parent.name for path in PAYLOADS.parents[2].glob("partners/*/verify.py")}
    assert {case.carrier.name for case in CASES} == folders


def _same_but_body(case: Case, body: bytes) -> Push:
    return pushed(case.carrier, body, {"EMS-Transaction": "1234567890"})
