"""A province to believe in: Đồng Tháp after 2025-07-01, with offices, procedures and made-up people.

Places and procedures are real ones. The persons are not: names are drawn from common ones, and so
are telephone and identity numbers.
"""

from dataclasses import dataclass
from random import Random
from typing import Any

from logistics.paper.events import PaperKind
from logistics.party.events import PartyKind

OFFICE_HOURS = "07:30-11:30, 13:30-17:00"
SHOP_HOURS = "07:30-20:00"


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who holds papers for a while."""

    code: str
    kind: PartyKind
    name: str
    commune: str | None = None

    @property
    def role(self) -> str:
        """The role of its key; a kiosk acts as an agent does."""
        return PartyKind.AGENT if self.kind is PartyKind.KIOSK else self.kind

    @property
    def opening_hours(self) -> str:
        return SHOP_HOURS if self.role == PartyKind.AGENT else OFFICE_HOURS


@dataclass(frozen=True, slots=True)
class Paper:
    """One line of what a procedure asks for, or of what it issues."""

    name: str
    kind: PaperKind

    @property
    def physical(self) -> bool:
        return self.kind is not PaperKind.ELECTRONIC


@dataclass(frozen=True, slots=True)
class Procedure:
    """What people apply for. `agency` is empty where the committee of a commune decides."""

    code: str
    working_days: int
    agency: str
    name: str
    papers: tuple[Paper, ...]
    result: Paper


@dataclass(frozen=True, slots=True)
class Applicant:
    """Nobody."""

    name: str
    phone: str
    id_number: str


_COMMUNES = (
    *("phường Cao Lãnh", "phường Sa Đéc", "phường Hồng Ngự", "phường Mỹ Tho", "phường Gò Công"),
    *("phường Cai Lậy", "xã Tháp Mười", "xã Lấp Vò", "xã Lai Vung", "xã Tam Nông", "xã Thanh Bình"),
    *("xã Cái Bè", "xã Chợ Gạo", "xã Tân Phước 1"),
)
_CENTRE = "Trung tâm Phục vụ hành chính công"
DESKS = (
    Party("TTHCC-TINH", PartyKind.DESK, "Trung tâm Hành chính công tỉnh", "phường Mỹ Tho"),
    *(
        Party(f"TTPVHCC-{n}", PartyKind.DESK, f"{_CENTRE} {commune}", commune)
        for n, commune in enumerate(_COMMUNES, 1)
    ),
)
AGENTS = (
    Party("DL-NH-THAPMUOI", PartyKind.AGENT, "Chi nhánh ngân hàng Tháp Mười", "xã Tháp Mười"),
    Party("DL-NH-SADEC", PartyKind.AGENT, "Chi nhánh ngân hàng Sa Đéc", "phường Sa Đéc"),
    Party("DL-BC-LAPVO", PartyKind.AGENT, "Bưu cục Lấp Vò", "xã Lấp Vò"),
    Party("DL-BC-CAIBE", PartyKind.AGENT, "Bưu cục Cái Bè", "xã Cái Bè"),
    Party("DL-CH-TAMNONG", PartyKind.AGENT, "Cửa hàng tiện lợi Tràm Chim", "xã Tam Nông"),
    Party("KIOSK-BV-CAOLANH", PartyKind.KIOSK, "Kiosk bệnh viện Cao Lãnh", "phường Cao Lãnh"),
    Party("KIOSK-ST-MYTHO", PartyKind.KIOSK, "Kiosk siêu thị Mỹ Tho", "phường Mỹ Tho"),
)
COMMITTEES = {
    commune: Party(f"UBND-{n}", PartyKind.AGENCY, f"Ủy ban nhân dân {commune}", commune)
    for n, commune in enumerate(_COMMUNES, 1)
}
DEPARTMENTS = {
    code: Party(code, PartyKind.AGENCY, name)
    for code, name in {
        "SO-TU-PHAP": "Sở Tư pháp",
        "SO-NN-MT": "Sở Nông nghiệp và Môi trường",
        "SO-XAY-DUNG": "Sở Xây dựng",
        "SO-NOI-VU": "Sở Nội vụ",
        "SO-GD-DT": "Sở Giáo dục và Đào tạo",
        "SO-Y-TE": "Sở Y tế",
        "VP-DKDD": "Văn phòng đăng ký đất đai tỉnh Đồng Tháp",
    }.items()
}
OPERATORS = {
    "vnpost": Party("VNPOST", PartyKind.OPERATOR, "Bưu điện tỉnh Đồng Tháp"),
    "ems": Party("EMS", PartyKind.OPERATOR, "Chuyển phát nhanh EMS Đồng Tháp"),
    "viettelpost": Party("VTP", PartyKind.OPERATOR, "Viettel Post Đồng Tháp"),
    "ghn": Party("GHN", PartyKind.OPERATOR, "Giao Hàng Nhanh Đồng Tháp"),
    "ghtk": Party("GHTK", PartyKind.OPERATOR, "Giao Hàng Tiết Kiệm Đồng Tháp"),
}
PARTIES = (*DESKS, *AGENTS, *COMMITTEES.values(), *DEPARTMENTS.values(), *OPERATORS.values())

# Code, working days, agency, name, papers, result. Marked: `=` a copy, `~` electronic.
_CATALOGUE = """
1.012756.H20|10|VP-DKDD|Đăng ký biến động quyền sử dụng đất|Giấy chứng nhận quyền sử dụng đất;\
Hợp đồng chuyển nhượng đã công chứng;Tờ khai lệ phí trước bạ|Giấy chứng nhận đã cập nhật
1.001193.H20|1||Đăng ký khai sinh|Giấy chứng sinh;=Giấy chứng nhận kết hôn|Giấy khai sinh
1.000894.H20|2||Đăng ký kết hôn|Giấy xác nhận tình trạng hôn nhân;Tờ khai đăng ký kết hôn;\
=Thẻ căn cước|Giấy chứng nhận kết hôn
1.004873.H20|3||Cấp giấy xác nhận tình trạng hôn nhân|~Tờ khai;~Ảnh thẻ căn cước|~Giấy xác nhận
1.001612.H20|3||Đăng ký thành lập hộ kinh doanh|Giấy đề nghị đăng ký;Hợp đồng thuê địa điểm;\
=Thẻ căn cước|Giấy chứng nhận đăng ký hộ kinh doanh
1.013236.H20|7|SO-XAY-DUNG|Cấp giấy phép xây dựng nhà ở riêng lẻ|Bản vẽ thiết kế;\
Giấy chứng nhận quyền sử dụng đất|Giấy phép xây dựng
1.005092.H20|2|SO-GD-DT|Cấp bản sao văn bằng từ sổ gốc|Đơn đề nghị;=Thẻ căn cước|Bản sao văn bằng
1.004616.H20|10|SO-Y-TE|Cấp chứng chỉ hành nghề dược|Bằng tốt nghiệp chuyên môn;\
Giấy xác nhận thời gian thực hành;=Thẻ căn cước|Chứng chỉ hành nghề dược
1.010801.H20|12|SO-NOI-VU|Giải quyết trợ cấp người có công|Bản khai cá nhân;\
Quyết định phục viên;Giấy chứng nhận bị thương|Quyết định trợ cấp
2.001008.H20|5|SO-TU-PHAP|Đăng ký hành nghề công chứng|Quyết định bổ nhiệm;=Thẻ hội viên|\
Thẻ công chứng viên
1.004253.H20|8|SO-NN-MT|Cấp giấy phép khai thác nước dưới đất|Đơn đề nghị;Báo cáo hiện trạng|\
Giấy phép khai thác
"""
_KINDS = {"=": PaperKind.COPY, "~": PaperKind.ELECTRONIC}


def _paper(listed: str) -> Paper:
    return Paper(listed.lstrip("=~"), _KINDS.get(listed[0], PaperKind.ORIGINAL))


def _procedure(line: str) -> Procedure:
    code, days, agency, name, papers, result = line.split("|")
    filed = tuple(map(_paper, papers.split(";")))
    return Procedure(code, int(days), agency, name, filed, _paper(result))


PROCEDURES = tuple(map(_procedure, _CATALOGUE.strip().splitlines()))
IN_FORCE_FROM = "2025-07-01"
"""Since when there is this province, and its catalogue."""


def catalogue() -> list[dict[str, Any]]:
    """The procedures as the province states them; of those of communes one stands for all."""
    return [_stated(procedure) for procedure in PROCEDURES]


def _stated(procedure: Procedure) -> dict[str, Any]:
    some_committee = next(iter(COMMITTEES.values())).code
    return {
        "code": procedure.code,
        "name": procedure.name,
        "field": _FIELDS[procedure.code],
        "agency": procedure.agency or some_committee,
        "level": "province" if procedure.agency else "commune",
        "limit": {"n": procedure.working_days, "unit": "working_days"},
        "online": "full" if procedure is ELECTRONIC else "partial",
        "group": "a",
        "authorisation": {"post": True, "agent": True, "document": "Giấy ủy quyền"},
        "effective_from": IN_FORCE_FROM,
    }


_FIELDS = {
    "1.012756.H20": "Đất đai",
    "1.001193.H20": "Hộ tịch",
    "1.000894.H20": "Hộ tịch",
    "1.004873.H20": "Hộ tịch",
    "1.001612.H20": "Thành lập và hoạt động của hộ kinh doanh",
    "1.013236.H20": "Hoạt động xây dựng",
    "1.005092.H20": "Văn bằng, chứng chỉ",
    "1.004616.H20": "Dược phẩm",
    "1.010801.H20": "Người có công",
    "2.001008.H20": "Công chứng",
    "1.004253.H20": "Tài nguyên nước",
}
LAND = PROCEDURES[0]
"""Three originals that people cannot do without."""
ELECTRONIC = next(each for each in PROCEDURES if not any(paper.physical for paper in each.papers))
"""Nothing of it ever lies on a counter."""

_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi", "Đỗ", "Lưu", "Trương")
_MIDDLE = ("Thị", "Văn", "Ngọc", "Minh", "Hữu", "Thanh", "Mỹ", "Quốc", "Kim", "Hoàng")
_GIVEN = ("Ánh", "Bửu", "Cường", "Diễm", "Được", "Hạnh", "Khởi", "Lượm", "Nghĩa", "Phượng", "Tuyền")


def a_name(dice: Random) -> str:
    """Draw a name."""
    return " ".join(map(dice.choice, (_FAMILY, _MIDDLE, _GIVEN)))


def an_applicant(dice: Random) -> Applicant:
    """Draw a person who does not exist."""
    phone, id_number = f"09{dice.randrange(10**8):08}", f"087{dice.randrange(10**9):09}"
    return Applicant(a_name(dice), phone, id_number)
