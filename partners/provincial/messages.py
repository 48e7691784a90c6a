"""The portal's words: its two services, its times, its answers, and our steps in Vietnamese.

Only the fields are public, not the numbers of the errors. So what the portal means by one is read
from its message, and only where a wrong guess does no harm: a session is renewed once, a record
sent again once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from logistics.clocks.office_hours import VIETNAM
from logistics.dossier.events import Channel, ReturnWay
from logistics.waybill.milestones import Milestone

SYNC_DOSSIER: Final = "DongBoHoSoMC"
ADD_PROGRESS: Final = "CapNhatTienDoHoSoMC"
LONGEST_NAME: Final = 50  # Of NguoiXuLy.
TAKEN: Final = "0"

CHANNELS: Final[Mapping[str, str]] = {
    Channel.DESK: "1",
    Channel.AGENT: "1",
    Channel.KIOSK: "1",
    Channel.ONLINE: "2",
    Channel.POST: "3",
}
"""KenhThucHien: 1 trực tiếp, 2 trực tuyến, 3 bưu chính công ích."""

RETURN_WAYS: Final[Mapping[str, str]] = {
    ReturnWay.DESK: "0",
    ReturnWay.AGENT: "0",
    ReturnWay.POST: "1",
    ReturnWay.ELECTRONIC: "",  # The portal has no word for it.
}
"""HinhThuc: 0 trả tại bộ phận một cửa, 1 trả qua bưu chính công ích."""

STEPS: Final[Mapping[str, str]] = {
    "received": "Tiếp nhận hồ sơ",
    "digitised": "Số hóa thành phần hồ sơ",
    "forwarded": "Chuyển hồ sơ điện tử đến cơ quan giải quyết",
    "taken-over": "Cơ quan giải quyết tiếp nhận hồ sơ",
    "assigned": "Phân công xử lý hồ sơ",
    "refused": "Không tiếp nhận hồ sơ",
    "supplement-requested": "Yêu cầu bổ sung giấy tờ",
    "supplement-received": "Đã nhận đủ giấy tờ bổ sung",
    "payment-requested": "Yêu cầu thực hiện nghĩa vụ tài chính",
    "payment-made": "Đã thực hiện nghĩa vụ tài chính",
    "suspended": "Dừng xử lý hồ sơ",
    "resumed": "Tiếp tục xử lý hồ sơ",
    "apologised": "Xin lỗi và hẹn lại ngày trả kết quả",
    "complained": "Tiếp nhận khiếu nại về dịch vụ bưu chính",
    "complaint-answered": "Trả lời khiếu nại về dịch vụ bưu chính",
    "withdrawn": "Công dân yêu cầu rút hồ sơ",
    "decided": "Đã xử lý xong hồ sơ",
    "returned": "Đã trả kết quả",
}

MILESTONES: Final[Mapping[Milestone, str]] = {
    Milestone.BOOKED: "Đã lập phiếu gửi",
    Milestone.PICKUP_ASSIGNED: "Đã phân công nhân viên lấy bưu gửi",
    Milestone.PICKUP_FAILED: "Lấy bưu gửi không thành công",
    Milestone.ACCEPTED: "Bưu chính đã nhận bưu gửi",
    Milestone.IN_TRANSIT: "Bưu gửi đang vận chuyển",
    Milestone.AT_DELIVERY_OFFICE: "Bưu gửi đã đến bưu cục phát",
    Milestone.OUT_FOR_DELIVERY: "Bưu gửi đang được phát",
    Milestone.DELIVERY_FAILED: "Phát bưu gửi không thành công",
    Milestone.DELIVERED: "Đã phát bưu gửi",
    Milestone.RETURNING: "Bưu gửi đang chuyển hoàn",
    Milestone.RETURNED: "Đã chuyển hoàn bưu gửi",
    Milestone.CANCELLED: "Đã hủy phiếu gửi",
    Milestone.LOST_OR_DESTROYED: "Bưu gửi bị mất hoặc hư hỏng",
}
"""Every milestone but the unrecognised one: what nobody understands is not told on."""

_SESSION_WORDS: Final = ("session", "phiên làm việc", "phiên đăng nhập", "chưa đăng nhập")
_MISSING_WORDS: Final = ("không tồn tại", "chưa tồn tại", "not exist", "not found")
_EXISTING_WORDS: Final = ("tồn tại", "already exist", "duplicate")


class Answer(BaseModel):
    """What the portal answers to everything; `session` only to a login."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    error_code: str = Field(max_length=32)
    message: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer comes to. `code` is the portal's own; nothing of its message is kept."""

    code: str
    is_taken: bool = False
    session_is_over: bool = False
    is_missing: bool = False
    exists_already: bool = False


def verdict_of(answer: Answer) -> Verdict:
    """Read an answer; a code of 0 is good whatever the message says."""
    said = answer.message.casefold()
    if answer.error_code == TAKEN:
        return Verdict(TAKEN, is_taken=True)
    if answer.error_code == "401" or any(word in said for word in _SESSION_WORDS):
        return Verdict(answer.error_code, session_is_over=True)
    if any(word in said for word in _MISSING_WORDS):  # Holds the words of existing, too.
        return Verdict(answer.error_code, is_missing=True)
    existing = any(word in said for word in _EXISTING_WORDS)
    return Verdict(answer.error_code, exists_already=existing)


def read_answer(body: bytes) -> Answer | None:
    """The answer in a body; None when it is none, as a gateway's page is not."""
    try:
        read = orjson.loads(body)
        if isinstance(read, dict) and isinstance(read.get("result"), dict):
            read = {**read, **read["result"]}  # Some adapters wrap the code and the message.
        return Answer.model_validate(read)
    except (orjson.JSONDecodeError, ValidationError):
        return None


def envelope(service: str, record: Mapping[str, Any], *, is_updating: bool) -> dict[str, Any]:
    """One record as its service wants it; only dossiers are created or updated."""
    wrapped = {"service": service, "data": [record]}
    if service == SYNC_DOSSIER:
        wrapped["isUpdating"] = "true" if is_updating else "false"
    return wrapped


def portal_time(at: datetime | None) -> str:
    """`yyyyMMddHHmmss` in Việt Nam; empty for none."""
    return "" if at is None else at.astimezone(VIETNAM).strftime("%Y%m%d%H%M%S")
