"""The samples that carriers published are read as they always were."""

from datetime import UTC, datetime

import orjson
import pytest

from logistics.carriers import Acknowledgement
from logistics.waybill.commands import CarrierReport
from logistics.waybill.milestones import Milestone
from tests.support.carriers import (
    CASES,
    EMS,
    PAYLOADS,
    pushed,
)

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
