"""Who passed a dossier, its papers or its result to whom, and whether in time."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from pydantic import Field

from logistics.clocks.obligation import Obligation, Verdict
from logistics.dossier_facts import DossierFacts, HandoverFact, StepFact, time
from logistics.identifiers import CITIZEN
from logistics.web.fields import Answer, Position


class Passing(Answer):
    """One hand-over of a dossier or of its papers, from whom to whom.

    The verdict is that of the duty that ended with it; null where none did. `document` says what
    went over: the electronic dossier, its papers, or the result.
    """

    position: Position
    at: datetime
    giver: str = Field(alias="from")
    receiver: str = Field(alias="to")
    what: str
    verdict: Verdict | None
    duty: str | None
    waybill: str | None
    note: str


_ELECTRONIC: Final = "Hồ sơ điện tử"
_PAPERS: Final = "{count} giấy tờ bản giấy"


def passings(facts: DossierFacts, owed: tuple[Obligation, ...], now: datetime) -> list[Passing]:
    """Every hand-over of a dossier, in the order in which they happened."""
    found = _passings(facts, owed, now)
    return sorted(found, key=lambda each: (each.at, each.position))


def _passings(
    facts: DossierFacts, owed: tuple[Obligation, ...], now: datetime
) -> Iterator[Passing]:
    duties = {each.id: each for each in owed}
    yield Passing(
        position=facts["received_position"],
        at=time(facts["received_at"]),
        giver=CITIZEN,
        receiver=facts["desk"],
        what="Hồ sơ",
        verdict=None,
        duty=None,
        waybill=None,
        note="Tiếp nhận hồ sơ",
    )
    for step in facts["steps"]:
        yield from _of_step(facts, step, duties, now)
    for offered in facts["handovers"].values():
        yield from _of_handover(facts, offered, duties, now)


def _of_step(
    facts: DossierFacts, step: StepFact, duties: dict[str, Obligation], now: datetime
) -> Iterator[Passing]:
    desk, agency = facts["desk"], facts["agency"]
    ways: dict[str, tuple[str, str, str, str | None, str]] = {
        "forwarded": (desk, agency, _ELECTRONIC, "desk-forward", "Chuyển hồ sơ điện tử"),
        "taken-over": (desk, agency, _ELECTRONIC, None, "Tiếp nhận xử lý"),
        "supplement-requested": (agency, CITIZEN, "Yêu cầu", None, "Yêu cầu bổ sung hồ sơ"),
        "supplement-received": (CITIZEN, agency, "Giấy tờ bổ sung", None, "Đã bổ sung hồ sơ"),
        "apologised": (agency, CITIZEN, "Thư xin lỗi", "late-notice", "Xin lỗi, hẹn lại ngày trả"),
        "refused": (agency, CITIZEN, "Thông báo", None, "Từ chối giải quyết"),
        "decided": (agency, desk, "Kết quả", "processing", "Có kết quả giải quyết"),
        "returned": (desk, CITIZEN, "Kết quả", None, "Trả kết quả"),
    }
    if step["step"] not in ways:
        return
    giver, receiver, what, duty, note = ways[step["step"]]
    yield Passing(
        position=step["position"],
        at=time(step["at"]),
        giver=giver,
        receiver=receiver,
        what=what,
        verdict=_verdict(duties.get(duty or ""), now),
        duty=duty,
        waybill=None,
        note=note,
    )


def _of_handover(
    facts: DossierFacts, offered: HandoverFact, duties: dict[str, Obligation], now: datetime
) -> Iterator[Passing]:
    if offered.get("ended_as") != "accepted":
        return
    waybill = offered["waybill"]
    carried = facts["waybills"].get(waybill or "")
    duty = None
    if carried is not None and offered["giver"] == carried["operator"]:
        duty = f"postal-{carried['purpose']}:{waybill}"
    elif offered["giver"] == facts["desk"]:
        duty = "desk-forward-papers"
    count = sum(1 for paper in offered["papers"] if paper in facts["papers"])
    number = f"Vận đơn {waybill.partition(':')[2]}" if waybill else "Giao trực tiếp"
    yield Passing(
        position=offered["ended_position"],
        at=time(offered["ended_at"]),
        giver=offered["giver"],
        receiver=offered["receiver"],
        what=_PAPERS.format(count=count),
        verdict=_verdict(duties.get(duty or ""), now),
        duty=duty,
        waybill=waybill,
        note=number if offered.get("signed", True) else f"{number}; theo báo cáo của bưu chính",
    )


def _verdict(duty: Obligation | None, now: datetime) -> Verdict | None:
    return None if duty is None else duty.verdict(now)
