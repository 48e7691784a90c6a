"""From the counter to an agency that signs for the papers, or to wherever they get lost."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from random import Random

from deploy.simulation.acts import Kind
from deploy.simulation.books import TERMS, Duty, over_after
from deploy.simulation.deciding import Deciding
from deploy.simulation.fates import Fate, Lapse, Trouble
from deploy.simulation.hours import office, working_days_after
from deploy.simulation.pen import written
from deploy.simulation.province import Party
from deploy.simulation.pushes import Ending
from logistics.clocks.office_hours import hours_of, local, moment
from logistics.identifiers import PROVINCE
from logistics.party.events import PartyKind

_DAYS_ON_THE_WAY = 3
"""What a desk adds to the procedure's limit when it promises a date."""
_CUT_OFF_SECOND = 15 * 3600
"""What is received later may wait for the next opening (NĐ 309/2026 Đ9)."""
_LAST_ROUND_SECOND = 18 * 3600
_A_MINUTE = timedelta(minutes=1)


class Sending(Deciding):
    """Receives a dossier and sends it on; `leave_by` is when it has to have left."""

    def __init__(self, fate: Fate, code: str, serial: int, since: datetime, dice: Random) -> None:
        super().__init__(fate, code, serial, since, dice)
        self.filed = [n for n, each in enumerate(fate.procedure.papers) if each.physical]
        self.at_agency: list[int] = []
        self.left_behind: list[int] = []
        self.leave_by = self._same_day()
        self.papers_leave: Duty | None = None

    # --- at the desk ---

    def receive(self) -> None:
        fate, procedure = self.fate, self.fate.procedure
        promised = working_days_after(self.now, procedure.working_days + _DAYS_ON_THE_WAY)
        body = {
            "code": self.dossier,
            "procedure_code": procedure.code,
            "procedure_name": procedure.name,
            "competent_agency": fate.agency.code,
            "channel": fate.receiver.kind if self.filed else "online",
            "received_at": written(self.now),
            "promised_at": written(promised),
            "non_territorial": self.is_non_territorial,
            "applicant": asdict(fate.applicant),
            "papers": [asdict(paper) for paper in procedure.papers],
            "return_to": self._return_wish(),
        }
        self.ask(Kind.DOSSIER, fate.receiver.code, "/v1/dossiers", body)
        self.start_at_reception()
        self._forward()

    def _forward(self) -> None:
        """On the same day, or by the next opening (NĐ 309/2026 Đ9)."""
        forward = self._owe_same_day("desk-forward")
        if self.filed:
            self.papers_leave = self._owe_same_day("desk-forward-papers")
        if self.lapse is Lapse.DESK_FORWARD:
            self.too_late(self.leave_by)
        else:
            self.now += timedelta(minutes=self.dice.randrange(3, 20))
        is_desk = self.fate.receiver.kind is PartyKind.DESK
        self.step(self.fate.receiver.code if is_desk else PROVINCE, "forwarded")
        forward.done_at = self.now

    def _same_day(self) -> datetime:
        hours = hours_of(self.fate.receiver.opening_hours)
        day, second = local(self.now)
        if second < _CUT_OFF_SECOND:
            return moment(day, hours.closing)
        return moment(office().calendar.next_worked(day + 1), hours.opening)

    def _owe_same_day(self, kind: str) -> Duty:
        return self.books.owe(kind, self.leave_by + _A_MINUTE)

    def _return_wish(self) -> dict[str, str]:
        if not self.filed:
            return {"way": "electronic"}
        if self.fate.back_to:
            return {"way": self.fate.back_to.role, "party": self.fate.back_to.code}
        street = f"{self.dice.randrange(1, 400)} đường Lý Thường Kiệt"
        return {"way": "post", "address": f"{street}, {self.fate.receiver.commune}"}

    # --- to the agency ---

    def send(self) -> bool:
        """Bring the papers to the agency, which counts them; False when it never signs for them."""
        fate = self.fate
        last_round = min(self.leave_by, moment(local(self.now)[0], _LAST_ROUND_SECOND))
        if self.lapse is Lapse.DESK_FORWARD_PAPERS:
            self.too_late(self.leave_by)
            last_round = self.now + timedelta(hours=2)
        way = (fate.receiver, fate.agency, self.filed, fate.carrier, fate.ending)
        arrival = self.carry(*way, last_round)
        if arrival is None:
            self._papers_left(self.left_at)
            self.lost |= set(self.filed if fate.ending is Ending.LOST else ())
            return False
        if self._is_left_lying():
            return False
        self._papers_left(self.left_at or self.now)
        self._count(arrival.holder, told=arrival.told)
        return True

    def _papers_left(self, at: datetime | None) -> None:
        if self.papers_leave:
            self.papers_leave.done_at = at

    def _is_left_lying(self) -> bool:
        """Whether nobody at the agency ever signs."""
        if self.lapse is Lapse.UNCONFIRMED:
            self.books.alarm(self.lapse, over_after(self.now, TERMS.handover_unconfirmed))
            return True
        if self.lapse is Lapse.UNSIGNED:
            self._papers_left(self.left_at)
            self.books.alarm(self.lapse, over_after(self.now, TERMS.delivered_unsigned))
            return True
        return False

    def _count(self, holder: Party, *, told: bool) -> None:
        fate = self.fate
        doubtful, self.at_agency = self.filed[:1], self.filed[1:]
        match fate.trouble if self.at_agency else Trouble.NONE:
            case Trouble.NONE:
                self.accept(fate.agency, self.filed, told=told)
                self.at_agency = self.filed
            case Trouble.REJECTED:
                self.accept(fate.agency, self.at_agency, rejected=doubtful, told=told)
                self.left_behind = doubtful
                if holder is not fate.receiver:
                    self.take_over()
                    self.wait(1, 8)
                    self._hand_over(holder, fate.receiver, doubtful)
            case trouble:
                self.accept(fate.agency, self.at_agency, missing=doubtful, told=told)
                self.take_over()
                self.wait(5, 30)
                self._search(holder, doubtful, found=trouble is Trouble.MISSING)

    def _search(self, holder: Party, papers: list[int], *, found: bool) -> None:
        for paper in papers:
            self.say(holder, paper, "found" if found else "declared-lost")
        if found:
            self.wait(0.5, 4)
            self._hand_over(holder, self.fate.agency, papers)
            self.at_agency = self.filed
        else:
            self.lost |= set(papers)

    def _hand_over(self, giver: Party, receiver: Party, papers: Sequence[int]) -> None:
        self.offer(giver, receiver, papers)
        self.wait(0.5, 3)
        self.accept(receiver, papers)
