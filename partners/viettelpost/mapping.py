"""Viettel Post's pushes in our words.

Some codes are used again on the way back. `300`, `400`, `500` and `506` are documented so; `301` to
`303` and `401` to `403` are finer steps of `300` and `400` and go with them. `508` and `550` (to be
delivered again) are not among them: behind a return they say that it is off.
"""

from dataclasses import replace

from logistics.carriers import Push, Reading
from logistics.waybill.commands import CarrierReport
from logistics.waybill.milestones import Milestone
from partners.carrier import (
    Item,
    Status,
    codes_meaning,
    digest_of,
    items_of,
    load_object,
    read_each,
    status_of,
    to_report,
)
from partners.viettelpost.messages import PERSONAL, Order

RETURNING = Milestone.RETURNING

STATUSES = {
    "-100": Status("Mới tạo, chưa duyệt", Milestone.BOOKED),
    "-108": Status("Gửi tại bưu cục/cửa hàng", Milestone.UNRECOGNISED),
    "-109": Status("Gửi tại bưu cục/cửa hàng", Milestone.UNRECOGNISED),
    "-110": Status("Gửi tại bưu cục/cửa hàng", Milestone.UNRECOGNISED),
    "100": Status("Tiếp nhận đơn", Milestone.BOOKED),
    "101": Status("VTP hủy lấy hàng", Milestone.CANCELLED),
    "102": Status("Lấy hàng thất bại", Milestone.PICKUP_FAILED),
    "103": Status("Điều phối bưu cục lấy hàng", Milestone.BOOKED),
    "104": Status("Lấy hàng (điều phối bưu tá)", Milestone.PICKUP_ASSIGNED),
    "105": Status("Bưu tá đã nhận", Milestone.PICKUP_ASSIGNED),
    "106": Status("Lấy lại hàng", Milestone.UNRECOGNISED),
    "107": Status("Đối tác yêu cầu hủy", Milestone.CANCELLED),
    "200": Status("Lấy hàng thành công", Milestone.ACCEPTED),
    "201": Status("VTP hủy đơn", Milestone.CANCELLED),
    "202": Status("Sửa phiếu gửi", Milestone.UNRECOGNISED),
    "300": Status("Khai thác đi (đóng tải)", Milestone.IN_TRANSIT, RETURNING),
    "301": Status("Đóng túi gói", Milestone.IN_TRANSIT, RETURNING),
    "302": Status("Đóng chuyến thư", Milestone.IN_TRANSIT, RETURNING),
    "303": Status("Đóng tuyến xe", Milestone.IN_TRANSIT, RETURNING),
    "400": Status("Khai thác đến", Milestone.IN_TRANSIT, RETURNING),
    "401": Status("Nhận túi gói", Milestone.IN_TRANSIT, RETURNING),
    "402": Status("Nhận chuyến thư", Milestone.IN_TRANSIT, RETURNING),
    "403": Status("Nhận chuyến xe", Milestone.IN_TRANSIT, RETURNING),
    "500": Status("Giao bưu tá đi phát", Milestone.OUT_FOR_DELIVERY, RETURNING),
    "501": Status("Phát thành công", Milestone.DELIVERED),
    "502": Status("Chuyển hoàn bưu cục gốc", RETURNING),
    "503": Status("Tiêu hủy", Milestone.LOST_OR_DESTROYED),
    "504": Status("Chuyển trả người gửi thành công", Milestone.RETURNED),
    "505": Status("Yêu cầu chuyển hoàn", RETURNING),
    "506": Status("Phát thất bại (không có nhà / hẹn lại)", Milestone.DELIVERY_FAILED, RETURNING),
    "507": Status("Khách đến bưu cục nhận", Milestone.AT_DELIVERY_OFFICE),
    "508": Status("Phát tiếp (đơn vị)", Milestone.OUT_FOR_DELIVERY),
    "509": Status("Chuyển tiếp bưu cục khác", Milestone.IN_TRANSIT),
    "510": Status("Hủy phân công phát", Milestone.UNRECOGNISED),
    "515": Status("Duyệt hoàn", RETURNING),
    "550": Status("Phát tiếp (khách hàng)", Milestone.OUT_FOR_DELIVERY),
    "551": Status("", Milestone.UNRECOGNISED),
}


def read(push: Push) -> Reading:
    """Every order of a push; the list form of `DATA` is understood too."""
    items = items_of(load_object(push.body).get("DATA"))
    return read_each(items, lambda _, item: _report(item, push))


def codes_for(milestone: Milestone) -> tuple[str, ...]:
    """The codes that mean this milestone on the way out."""
    return codes_meaning(milestone, STATUSES)


def _report(item: Item, push: Push) -> CarrierReport:
    order = Order.model_validate(item)
    number, code, moment = order.ORDER_NUMBER, order.ORDER_STATUS, order.ORDER_STATUSDATE
    return to_report(
        number=number,
        code=code,
        text=order.STATUS_NAME,
        status=_meaning(code, returning=order.IS_RETURNING),
        place=order.LOCATION_CURRENTLY or order.LOCALION_CURRENTLY,
        occurred_at_text=moment,
        received_at=push.received_at,
        repeat_key=f"{number}|{code}|{moment}",
        content_digest=digest_of(item, PERSONAL),
    )


def _meaning(code: str, *, returning: bool) -> Status:
    """`IS_RETURNING` settles at once what a reused code means."""
    status = status_of(code, STATUSES)
    if returning and status.milestone_on_return:
        return replace(status, milestone=status.milestone_on_return, milestone_on_return=None)
    return status
