"""GHTK's pushes in our words."""

from logistics.carriers import Push, Reading
from logistics.waybill.commands import CarrierReport
from logistics.waybill.milestones import Milestone
from partners.carrier import (
    Item,
    Status,
    codes_meaning,
    digest_of,
    read_each,
    status_of,
    to_report,
)
from partners.ghtk.messages import Parcel, items_in

STATUSES = {
    "-1": Status("Hủy đơn hàng", Milestone.CANCELLED),
    "1": Status("Chưa tiếp nhận", Milestone.BOOKED),
    "2": Status("Đã tiếp nhận", Milestone.BOOKED),
    "3": Status("Đã lấy hàng / đã nhập kho", Milestone.ACCEPTED),
    "4": Status("Đã điều phối giao hàng / đang giao hàng", Milestone.OUT_FOR_DELIVERY),
    "5": Status("Đã giao hàng / chưa đối soát", Milestone.DELIVERED),
    "6": Status("Đã đối soát", Milestone.DELIVERED),
    "7": Status("Không lấy được hàng", Milestone.PICKUP_FAILED),
    "8": Status("Hoãn lấy hàng", Milestone.PICKUP_FAILED),
    "9": Status("Không giao được hàng", Milestone.DELIVERY_FAILED),
    "10": Status("Delay giao hàng", Milestone.DELIVERY_FAILED),
    "11": Status("Đã đối soát công nợ trả hàng", Milestone.RETURNED),
    "12": Status("Đã điều phối lấy hàng / đang lấy hàng", Milestone.PICKUP_ASSIGNED),
    "13": Status("Đơn hàng bồi hoàn", Milestone.LOST_OR_DESTROYED),
    "20": Status("Đang trả hàng (COD cầm hàng đi trả)", Milestone.RETURNING),
    "21": Status("Đã trả hàng (COD đã trả xong hàng)", Milestone.RETURNED),
    "45": Status("Shipper báo đã giao hàng", Milestone.DELIVERED),
    "49": Status("Shipper báo không giao được hàng", Milestone.DELIVERY_FAILED),
    "123": Status("Shipper báo đã lấy hàng", Milestone.ACCEPTED),
    "127": Status("Shipper báo không lấy được hàng", Milestone.PICKUP_FAILED),
    "128": Status("Shipper báo delay lấy hàng", Milestone.PICKUP_FAILED),
    "410": Status("Shipper báo delay giao hàng", Milestone.DELIVERY_FAILED),
}


def read(push: Push) -> Reading:
    """Every parcel of a push."""
    return read_each(items_in(push.body), lambda _, item: _report(item, push))


def codes_for(milestone: Milestone) -> tuple[str, ...]:
    """The statuses that mean this milestone."""
    return codes_meaning(milestone, STATUSES)


def _report(item: Item, push: Push) -> CarrierReport:
    parcel = Parcel.model_validate(item)
    number, code, moment = parcel.label_id, parcel.status_id, parcel.action_time
    return to_report(
        number=number,
        code=code,
        text="",  # GHTK sends codes only; the words are those of its code table.
        status=status_of(code, STATUSES),
        place="",
        occurred_at_text=moment,
        received_at=push.received_at,
        repeat_key=f"{number}|{code}|{moment}",
        content_digest=digest_of(item),
    )
