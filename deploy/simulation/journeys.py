"""One dossier's life: a fate, told from counter to counter."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from random import Random

from deploy.simulation.acts import Ask, Kind
from deploy.simulation.books import TERMS, Duty, over_after, working_days
from deploy.simulation.deciding import Deciding
from deploy.simulation.fates import Fate, Lapse, Trouble
from deploy.simulation.hours import office, working_days_after
from deploy.simulation.pen import Act, written
from deploy.simulation.province import Applicant, Party
from deploy.simulation.pushes import VOICES, Ending, Oddity
from logistics.clocks.office_hours import hours_of, local, moment
from logistics.identifiers import PROVINCE
from logistics.party.events import PartyKind

_DAYS_ON_THE_WAY = 3
"""What a desk adds to the procedure's limit when it promises a date."""
_CUT_OFF_SECOND = 15 * 3600
"""What is received later may wait for the next opening (NĐ 309/2026 Đ9)."""
_LAST_ROUND_SECOND = 18 * 3600
_A_MINUTE = timedelta(minutes=1)
_ACROSS_PROVINCES_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Journey:
    """A dossier, and all that is told of it, in the order in which it is told.

    `breaches` are the kinds of the duties that are broken by then, `alarms` of those left open.
    """

    code: str
    applicant: Applicant
    acts: tuple[Act, ...]
    breaches: tuple[str, ...]
    alarms: tuple[str, ...]


def tell(
    fate: Fate, code: str, serial: int, since: datetime, until: datetime, dice: Random
) -> Journey:
    """Tell a fate from its beginning up to `until`; what comes later has not happened yet.

    Its consignments get `serial` and the number after it.
    """
    teller = _Teller(fate, code, serial, since, dice)
    teller.tell()
    acts = sorted((act for act in teller.acts if act.told_at <= until), key=_told_at)
    teller.close_books()
    closed_at = teller.dropped_at or teller.returned_at
    if closed_at is None or closed_at > until:
        teller.books.alarm("no-movement", over_after(_last_heard(acts), TERMS.no_movement))
    return Journey(
        code=code,
        applicant=fate.applicant,
        acts=tuple(acts),
        breaches=tuple(teller.books.breaches(until)),
        alarms=tuple(teller.books.alarms(until)),
    )


def _told_at(act: Act) -> datetime:
    return act.told_at


def _last_heard(acts: Sequence[Act]) -> datetime:
    return max(
        act.told_at if isinstance(act, Ask) else act.occurred_at
        for act in acts
        if (act.kind is not Kind.WAYBILL if isinstance(act, Ask) else act.oddity in _HEARD)
    )


_HEARD = frozenset({None, *Oddity}) - {Oddity.UNKNOWN_WAYBILL, Oddity.GARBLED}


class _Teller(Deciding):
    """Knows which papers are where, and what comes next."""

    def __init__(self, fate: Fate, code: str, serial: int, since: datetime, dice: Random) -> None:
        super().__init__(fate, code, serial, since, dice)
        self.filed = [n for n, each in enumerate(fate.procedure.papers) if each.physical]
        self.at_agency: list[int] = []
        self.left_behind: list[int] = []

    def tell(self) -> None:
        self._receive()
        if not self.filed:
            self.wait(1, 6, by=self.due() if self.started else None)
            self.step(self.fate.agency.code, "taken-over")
        elif not self._send():
            self._complain()
            return
        self.take_over()
        self._bring_back(decided=self.process())
        self._complain()

    # --- at the desk ---

    def _receive(self) -> None:
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
        self.leave_by = self._same_day()
        forward = self._owe_same_day("desk-forward")
        self.papers_leave = self._owe_same_day("desk-forward-papers") if self.filed else None
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

    def _send(self) -> bool:
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

    # --- back to the applicant ---

    def _bring_back(self, *, decided: bool) -> None:
        """Result and originals go back the way that the applicant chose."""
        fate = self.fate
        issued = [len(fate.procedure.papers)] if decided and fate.procedure.result.physical else []
        kept = self.lapse is Lapse.KEPT
        papers, ending = [*(() if kept else self.at_agency), *issued], fate.ending_back
        if not papers:
            self.wait(0.2, 2)
            self._return(fate.agency)
            return
        arrival = self.carry(fate.agency, fate.back_to, papers, fate.carrier_back, ending)
        if arrival:
            receiver = fate.agency if ending is Ending.RETURNED else fate.back_to or fate.agency
            self.accept(receiver, papers, told=arrival.told)
            self.wait(2, 30)
            self._hand_out(receiver, papers)
        elif ending is Ending.LOST:
            self.lost |= set(papers)
        elif ending is not Ending.SILENT:
            self._are_back(papers)
            if decided and fate.carrier_back and VOICES[fate.carrier_back].tells(ending):
                self.returned_at = self.home_at  # The carrier's report has returned the dossier.
            else:
                self._return(fate.agency)
        self._give_back(fate.receiver, self.left_behind)

    def _hand_out(self, holder: Party, papers: Sequence[int]) -> None:
        """Over the counter. An agent takes no steps: the province writes that one down."""
        if holder.role != PartyKind.AGENT:
            self._are_back(papers)
            self._return(holder)
            return
        self._give_back(holder, papers)
        self._return(PROVINCE)

    def _give_back(self, holder: Party, papers: Sequence[int]) -> None:
        self._are_back(papers)
        for paper in papers:
            self.say(holder, paper, "given-back", recipient=self.fate.applicant.name)

    def _are_back(self, papers: Sequence[int]) -> None:
        self.back_at |= dict.fromkeys(papers, self.now)

    def _return(self, party: Party | str) -> None:
        code = party if isinstance(party, str) else party.code
        self.step(code, "returned", recipient=self.fate.applicant.name)
        self.returned_at = self.now

    # --- what the applicant says to that ---

    def _complain(self) -> None:
        """About the post; it has five working days to answer, or seven (TT 17/2017 Đ8)."""
        if not (self.fate.complains and self.fate.carrier):
            return
        self.wait(8, 60)
        is_desk = self.fate.receiver.kind is PartyKind.DESK
        taker = self.fate.receiver.code if is_desk else PROVINCE
        across = self.dice.random() < _ACROSS_PROVINCES_SHARE
        limit = working_days(7 if across else 5)
        runs_out_at = over_after(self.now, limit)
        self.step(taker, "complained", inter_province=across)
        if self.lapse is Lapse.COMPLAINT:
            self.too_late(runs_out_at)
        else:
            self.wait(4, 60)
        self.books.owe("complaint", runs_out_at, self.now)
        self.step(taker, "complaint-answered")
