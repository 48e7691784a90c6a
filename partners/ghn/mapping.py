"""GHN's pushes in our words.

A push of another `Type` than `create` and `switch_status` says that a weight, a fee or the money to
collect changed, and says again where the consignment stands. It is read as the status it names, for
that is true at its time, and the state of a consignment is not changed by hearing it twice. Only a
failed attempt told again is not one more attempt: two of them are counted (TT 17/2017 Đ5.2h).
"""

from logistics.carriers import Push, Reading
from logistics.waybill.commands import CarrierReport
from logistics.waybill.milestones import Milestone
from partners.carrier import (
    Item,
    Status,
    codes_meaning,
    digest_of,
    items_of,
    load_json,
    read_each,
    status_of,
    to_report,
)
from partners.ghn.messages import Order

STATUSES = {
    "ready_to_pick": Status("Mới tạo đơn hàng", Milestone.BOOKED),
    "picking": Status("Nhân viên đang lấy hàng", Milestone.PICKUP_ASSIGNED),
    "cancel": Status("Hủy đơn hàng", Milestone.CANCELLED),
    "money_collect_picking": Status("Đang thu tiền người gửi", Milestone.UNRECOGNISED),
    "picked": Status("Nhân viên đã lấy hàng", Milestone.ACCEPTED),
    "storing": Status("Hàng đang nằm ở kho", Milestone.IN_TRANSIT),
    "transporting": Status("Đang luân chuyển hàng", Milestone.IN_TRANSIT),
    "sorting": Status("Đang phân loại hàng hóa", Milestone.IN_TRANSIT),
    "delivering": Status("Nhân viên đang giao cho người nhận", Milestone.OUT_FOR_DELIVERY),
    "money_collect_delivering": Status(
        "Nhân viên đang thu tiền người nhận", Milestone.UNRECOGNISED
    ),
    "delivered": Status("Nhân viên đã giao hàng thành công", Milestone.DELIVERED),
    "delivery_fail": Status("Nhân viên giao hàng thất bại", Milestone.DELIVERY_FAILED),
    "waiting_to_return": Status("Đang đợi trả hàng về cho người gửi", Milestone.RETURNING),
    "return": Status("Trả hàng", Milestone.RETURNING),
    "return_transporting": Status("Đang luân chuyển hàng trả", Milestone.RETURNING),
    "return_sorting": Status("Đang phân loại hàng trả", Milestone.RETURNING),
    "returning": Status("Nhân viên đang đi trả hàng", Milestone.RETURNING),
    "return_fail": Status("Nhân viên trả hàng thất bại", Milestone.RETURNING),
    "returned": Status("Nhân viên trả hàng thành công", Milestone.RETURNED),
    "exception": Status("Đơn hàng ngoại lệ không nằm trong quy trình", Milestone.LOST_OR_DESTROYED),
    "damage": Status("Hàng bị hư hỏng", Milestone.LOST_OR_DESTROYED),
    "lost": Status("Hàng bị mất", Milestone.LOST_OR_DESTROYED),
}


_STEPS = frozenset({"", "create", "switch_status"})
_ATTEMPTS = frozenset({Milestone.PICKUP_FAILED, Milestone.DELIVERY_FAILED})


def read(push: Push) -> Reading:
    """Every order of a push."""
    return read_each(items_of(load_json(push.body)), lambda _, item: _report(item, push))


def codes_for(milestone: Milestone) -> tuple[str, ...]:
    """The statuses that mean this milestone."""
    return codes_meaning(milestone, STATUSES)


def _report(item: Item, push: Push) -> CarrierReport:
    order = Order.model_validate(item)
    return to_report(
        number=order.OrderCode,
        code=order.Status,
        text=order.Description,
        status=_meaning(order.Status, order.Type),
        place=order.Warehouse,
        occurred_at_text=order.Time,
        received_at=push.received_at,
        repeat_key=f"{order.OrderCode}|{order.Status}|{order.Time}|{order.Type}",
        content_digest=digest_of(item),
    )


def _meaning(code: str, kind: str) -> Status:
    status = status_of(code, STATUSES)
    if kind not in _STEPS and status.milestone in _ATTEMPTS:
        return Status(status.text, Milestone.UNRECOGNISED)
    return status
