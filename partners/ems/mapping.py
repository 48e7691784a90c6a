"""EMS' pushes in our words."""

from logistics.carriers import Push, Reading
from logistics.waybill.commands import CarrierReport
from logistics.waybill.milestones import Milestone
from partners.carrier import (
    Item,
    Status,
    as_text,
    codes_meaning,
    digest_of,
    items_of,
    load_json,
    read_each,
    status_of,
    to_report,
)
from partners.ems.messages import TRANSACTION, tracking_in
from partners.s10 import warnings_about

STATUSES = {
    "1": Status("Đã tạo đơn hàng, chờ duyệt lấy hàng", Milestone.BOOKED),
    "2": Status("Đã duyệt đơn hàng, chờ lấy hàng", Milestone.BOOKED),
    "4": Status("Đang vận chuyển", Milestone.IN_TRANSIT),
    "11000": Status("Đã giao cho bưu tá", Milestone.OUT_FOR_DELIVERY),
}


def read(push: Push) -> Reading:
    """Every item of a push, numbered by its transaction; in a list also by its place there."""
    items = items_of(load_json(push.body))
    transaction = as_text(push.headers.get(TRANSACTION))

    def read_item(index: int, item: Item) -> CarrierReport:
        key = f"{transaction}#{index}" if transaction and len(items) > 1 else transaction
        return _report(item, push, key)

    return read_each(items, read_item)


def codes_for(milestone: Milestone) -> tuple[str, ...]:
    """The codes that mean this milestone."""
    return codes_meaning(milestone, STATUSES)


def _report(item: Item, push: Push, transaction: str) -> CarrierReport:
    said = tracking_in(item)
    number, code, moment = said.tracking_code, said.status_code, said.datetime
    return to_report(
        number=number,
        code=code,
        text=said.status_name,
        status=status_of(code, STATUSES),
        place=said.locate,
        occurred_at_text=moment,
        received_at=push.received_at,
        repeat_key=transaction or f"{number}|{code}|{moment}",
        content_digest=digest_of(item),
        warnings=warnings_about(number),
    )
