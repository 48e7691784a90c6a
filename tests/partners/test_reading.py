"""What every carrier's reader holds to: the samples, the times, and whatever else carriers send."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from logistics.carriers import Acknowledgement, Push, Unreadable
from logistics.waybill.commands import CarrierReport
from logistics.waybill.milestones import Milestone, TimeFlag
from tests.support.carriers import (
    CASES,
    EMS,
    GHN,
    GHTK,
    MISSING,
    NUMBER,
    OCCURRED_AT,
    PAYLOADS,
    RECEIVED_AT,
    VIETTELPOST,
    VNPOST,
    Case,
    every_carrier,
    every_carrier_in_json,
    every_carrier_that_names_places,
    pushed,
)

NO_TIME = ("", "yesterday", "2/3", "32/01/2026 10:00:00", "02/03/2026", "1970-01-01T00:00:00Z")


# --- what a report says ---


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


# --- times ---


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


# --- what is missing, and what is too much ---


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


# --- repeats and conflicts ---


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


# --- several items, and bodies that are none ---


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


# --- the samples that carriers published ---

SAMPLES = {
    "viettelpost_webhook_2025_shape.json": CarrierReport(
        number="TESTVTP0000000001",
        milestone=Milestone.ACCEPTED,
        milestone_on_return=None,
        original_code="200",
        original_text="Lấy hàng thành công",
        place="HNI, Bưu cục test",
        occurred_at=datetime(2025, 11, 10, 4, 7, 16, tzinfo=UTC),
        occurred_at_text="10/11/2025 11:07:16",
        time_flag=None,
        repeat_key="TESTVTP0000000001|200|10/11/2025 11:07:16",
        content_digest="eaf7a046052d03b917dc2a4e762cabd3",
    ),
    "vnpost_my_webhook.json": CarrierReport(
        number="EJ012345675VN",
        milestone=Milestone.ACCEPTED,
        milestone_on_return=None,
        original_code="70",
        original_text="Bưu cục đã nhận đơn hàng và nhập vào hệ thống chuyển phát",
        place="870000",
        occurred_at=datetime(2026, 3, 2, 8, 50, 12, tzinfo=UTC),
        occurred_at_text="02/03/2026 15:50:12",
        time_flag=None,
        repeat_key="60a1c0ffee|70|02/03/2026 15:50:12",
        content_digest="d713d683d9a8e41881b2da177cc02bb7",
    ),
    "ems_webhook.json": CarrierReport(
        number="EJ012345678VN",
        milestone=Milestone.IN_TRANSIT,
        milestone_on_return=None,
        original_code="4",
        original_text="Đang vận chuyển",
        place="890100 - KTC1 Vĩnh Long (ÐT:…)",
        occurred_at=datetime(2019, 8, 28, 0, 54, 50, tzinfo=UTC),
        occurred_at_text="28/08/2019 07:54:50",
        time_flag=None,
        repeat_key="1234567890",
        content_digest="47690312de1efae5d8d255c7ffcf13e5",
        warnings=("s10-check-digit",),
    ),
    "ems_webhook_old.json": CarrierReport(
        number="ExxxxxxxxxxVN",
        milestone=Milestone.OUT_FOR_DELIVERY,
        milestone_on_return=None,
        original_code="11000",
        original_text="Đã giao cho bưu tá",
        place="129060 - BCP Từ Liêm (ÐT:…)",
        occurred_at=datetime(2019, 7, 9, 0, 48, 30, tzinfo=UTC),
        occurred_at_text="2019-07-09 07:48:30",
        time_flag=None,
        repeat_key="1234567890",
        content_digest="7ab5e4c3dfbdcdb1aad5e7f3706edd7a",
    ),
    "ghn_webhook.json": CarrierReport(
        number="Z82BS",
        milestone=Milestone.BOOKED,
        milestone_on_return=None,
        original_code="ready_to_pick",
        original_text="Tạo đơn hàng",
        place="Bưu Cục 229 Quan Nhân-Q.Thanh Xuân-HN",
        occurred_at=datetime(2021, 11, 11, 3, 52, 50, 158000, tzinfo=UTC),
        occurred_at_text="2021-11-11T03:52:50.158Z",
        time_flag=None,
        repeat_key="Z82BS|ready_to_pick|2021-11-11T03:52:50.158Z|create",
        content_digest="0ff0233e0557815b168b69dcbea503da",
    ),
    "ghtk_webhook.json": CarrierReport(
        number="S1.A1.17373471",
        milestone=Milestone.DELIVERED,
        milestone_on_return=None,
        original_code="5",
        original_text="Đã giao hàng / chưa đối soát",
        place=None,
        occurred_at=datetime(2016, 11, 2, 5, 18, 39, tzinfo=UTC),
        occurred_at_text="2016-11-02T12:18:39+07:00",
        time_flag=None,
        repeat_key="S1.A1.17373471|5|2016-11-02T12:18:39+07:00",
        content_digest="240538e9b097b8f81b4d61eb45d1100b",
    ),
    "ghtk_webhook.form.txt": CarrierReport(
        number="S1.A1.17373471",
        milestone=Milestone.DELIVERED,
        milestone_on_return=None,
        original_code="5",
        original_text="Đã giao hàng / chưa đối soát",
        place=None,
        occurred_at=datetime(2016, 11, 2, 5, 18, 39, tzinfo=UTC),
        occurred_at_text="2016-11-02T12:18:39+07:00",
        time_flag=None,
        repeat_key="S1.A1.17373471|5|2016-11-02T12:18:39+07:00",
        content_digest="2e1b92898fc5479f946ee384a4e25409",
    ),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_published_sample_is_read_as_it_always_was(name: str) -> None:
    # Digests of reports are stored: one that came out otherwise would make repeats conflicts.
    case = next(case for case in CASES if name.startswith(case.carrier.name))
    body, headers = (PAYLOADS / name).read_bytes().strip(), {}
    if case.carrier is EMS.carrier:
        whole = orjson.loads(body)
        body, headers = orjson.dumps(whole["body"]), whole["headers"]
    push = pushed(case.carrier, body, headers)
    assert case.carrier.read(push).reports == (SAMPLES[name],)
    if case.carrier is EMS.carrier:
        assert case.carrier.acknowledge(push) == Acknowledgement(
            content_type="application/json", body=orjson.dumps(whole["expected_response"])
        )


def _but_digest(report: CarrierReport) -> tuple[object, ...]:
    return tuple(
        getattr(report, name)
        for name in CarrierReport.__dataclass_fields__
        if name != "content_digest"
    )


def _same_but_body(case: Case, body: bytes) -> Push:
    return pushed(case.carrier, body, {"EMS-Transaction": "1234567890"})
