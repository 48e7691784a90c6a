"""What of an event makes a row of progress: by whom, when, and in Vietnamese words."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from logistics.dossier_facts import DossierFacts, time
from logistics.dossier_facts.standing import history_of
from logistics.identifiers import CITIZEN
from logistics.recorded import Recorded
from partners.provincial.messages import MILESTONES, STEPS

Names = Callable[[str], str]

APPLICANT = "người nộp hồ sơ"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something a party did to a dossier."""

    party: str
    at: datetime
    text: str


def happenings(facts: DossierFacts, recorded: Recorded, name: Names) -> Iterator[Happening]:
    """The rows that an event makes: mostly one, for a booking also one for each report it adopted."""
    kind, _, what = recorded.name.partition(".")
    match kind:
        case "dossier" if what in STEPS:
            yield _step(recorded, what)
        case "handover":
            yield from _handover(facts, recorded, what, name)
        case "waybill":
            yield from _waybill(facts, recorded, what)


def _step(recorded: Recorded, step: str) -> Happening:
    data = recorded.data
    party = data["received_by"] if step == "received" else data["by_party"]
    return Happening(party, time(data["occurred_at"]), STEPS[step])


def _handover(
    facts: DossierFacts, recorded: Recorded, what: str, name: Names
) -> Iterator[Happening]:
    """One side acts on an offer; which papers of other dossiers go along is not said here."""
    offered = facts["handovers"].get(recorded.data["handover"])
    if offered is None:
        return
    giver, receiver = _called(offered["giver"], name), _called(offered["receiver"], name)
    count = sum(paper in facts["papers"] for paper in offered["papers"])
    at = time(recorded.data["occurred_at"])
    match what:
        case "offered":
            yield Happening(offered["giver"], at, f"Bàn giao {count} giấy tờ cho {receiver}")
        case "accepted":
            taken = sum(paper in facts["papers"] for paper in recorded.data["accepted"])
            text = f"Đã nhận bàn giao {taken}/{count} giấy tờ từ {giver}"
            yield Happening(offered["receiver"], at, text)
        case "refused":
            yield Happening(offered["receiver"], at, f"Từ chối nhận bàn giao từ {giver}")
        case "cancelled":
            yield Happening(offered["giver"], at, f"Hủy bàn giao cho {receiver}")


def _waybill(facts: DossierFacts, recorded: Recorded, what: str) -> Iterator[Happening]:
    data = recorded.data
    waybill = facts["waybills"].get(f"{data['operator']}:{data['number']}")
    if waybill is None:
        return
    of_number = f"(phiếu gửi {data['number']})"
    at = time(data["occurred_at"])
    match what:
        case "booked":
            yield Happening(waybill["sender"], at, f"Lập phiếu gửi bưu chính {of_number}")
        case "redirected":
            yield Happening(waybill["sender"], at, f"Thay đổi nơi nhận bưu gửi {of_number}")
        case "recalled":
            yield Happening(waybill["sender"], at, f"Thu hồi bưu gửi {of_number}")
    for milestone, told in history_of(waybill):
        if told.position == recorded.position and milestone in MILESTONES:
            text = f"{MILESTONES[milestone]} {of_number}"
            yield Happening(waybill["operator"], told.occurred_at, text)


def _called(party: str, name: Names) -> str:
    return APPLICANT if party == CITIZEN else name(party)
