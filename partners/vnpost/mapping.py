"""VNPost's pushes in our words."""

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
from partners.s10 import warnings_about
from partners.vnpost.messages import PERSONAL, Order

STATUSES = {
    "10": Status("Đơn hàng đã xóa", Milestone.CANCELLED),
    "20": Status("Gửi sang MyVNPOST thành công", Milestone.BOOKED),
    "60": Status("Đã hủy", Milestone.CANCELLED),
    "61": Status("Báo hủy", Milestone.CANCELLED),
    "62": Status("Đã nhận báo hủy", Milestone.CANCELLED),
    "70": Status("Bưu cục đã nhận đơn hàng và nhập vào hệ thống chuyển phát", Milestone.ACCEPTED),
    "91": Status("Phát không thành công", Milestone.DELIVERY_FAILED),
    "100": Status("Phát thành công", Milestone.DELIVERED),
    # Of the money, not of the consignment; and a return that failed has no milestone of ours.
    "110": Status("Bưu tá đã thu COD, chờ trả", Milestone.UNRECOGNISED),
    "120": Status("Đã trả COD", Milestone.UNRECOGNISED),
    "161": Status("Phát hoàn cho người gửi thất bại", Milestone.UNRECOGNISED),
    "170": Status("Phát hoàn cho người gửi thành công", Milestone.RETURNED),
}


def read(push: Push) -> Reading:
    """Every order of a push; `Data` as an object, or as a list, is understood too."""
    items = items_of(load_object(push.body).get("Data"))
    return read_each(items, lambda _, item: _report(item, push))


def codes_for(milestone: Milestone) -> tuple[str, ...]:
    """The codes that mean this milestone."""
    return codes_meaning(milestone, STATUSES)


def _report(item: Item, push: Push) -> CarrierReport:
    order = Order.model_validate(item)
    status = status_of(order.OrderStatusId, STATUSES)
    return to_report(
        number=order.ItemCode,
        code=order.OrderStatusId,
        text="",  # VNPost sends codes only; the words are those of its code table.
        status=status,
        place=order.AcceptancePoscode if status.milestone is Milestone.ACCEPTED else "",
        occurred_at_text=order.LastUpdateTime,
        received_at=push.received_at,
        repeat_key=f"{order.Id or order.ItemCode}|{order.OrderStatusId}|{order.LastUpdateTime}",
        content_digest=digest_of(item, PERSONAL),
        warnings=warnings_about(order.ItemCode),
    )
