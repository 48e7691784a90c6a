"""One dossier's life: a fate, told from counter to counter."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from random import Random

from deploy.simulation.acts import Kind
from deploy.simulation.carriage import Carriage
from deploy.simulation.fates import Course, Fate, Trouble
from deploy.simulation.hours import working_days_after
from deploy.simulation.pen import Act, written
from deploy.simulation.province import Applicant, Party
from deploy.simulation.pushes import VOICES, Ending
from logistics.identifiers import PROVINCE
from logistics.party.events import PartyKind

_PAUSES = {
    Course.PAYMENT: ("payment-requested", "payment-made", 24),
    Course.SUPPLEMENT: ("supplement-requested", "supplement-received", 72),
    Course.SUSPENSION: ("suspended", "resumed", 96),
}
"""How a pause begins and ends, and the most hours that it takes."""
_DAYS_ON_THE_WAY = 3
"""What a desk adds to the procedure's limit when it promises a date."""


@dataclass(frozen=True, slots=True)
class Journey:
    """A dossier, and all that is told of it, in the order in which it is told."""

    code: str
    applicant: Applicant
    acts: tuple[Act, ...]


def tell(
    fate: Fate, code: str, serial: int, since: datetime, until: datetime, dice: Random
) -> Journey:
    """Tell a fate from its beginning up to `until`; what comes later has not happened yet.

    Its consignments get `serial` and the number after it.
    """
    teller = _Teller(fate, code, serial, since, dice)
    teller.tell()
    acts = sorted((act for act in teller.acts if act.told_at <= until), key=_told_at)
    return Journey(code, fate.applicant, tuple(acts))


def _told_at(act: Act) -> datetime:
    return act.told_at


class _Teller(Carriage):
    """Knows which papers are where, and what comes next."""

    def __init__(self, fate: Fate, code: str, serial: int, since: datetime, dice: Random) -> None:
        super().__init__(code, serial, since, dice)
        self.fate = fate
        self.filed = [n for n, each in enumerate(fate.procedure.papers) if each.physical]
        self.at_agency: list[int] = []
        self.left_behind: list[int] = []

    def tell(self) -> None:
        self._receive()
        if self.filed and not self._send():
            return
        if not self.filed:
            self.wait(1, 6)
            self.step(self.fate.agency.code, "taken-over")
        self._bring_back(decided=self._process())

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
            "non_territorial": fate.agency.commune != fate.receiver.commune,
            "applicant": asdict(fate.applicant),
            "papers": [asdict(paper) for paper in procedure.papers],
            "return_to": self._return_wish(),
        }
        self.ask(Kind.DOSSIER, fate.receiver.code, "/v1/dossiers", body)
        self.now += timedelta(minutes=self.dice.randrange(3, 20))
        is_desk = fate.receiver.kind is PartyKind.DESK
        self.step(fate.receiver.code if is_desk else PROVINCE, "forwarded")

    def _return_wish(self) -> dict[str, str]:
        if not self.filed:
            return {"way": "electronic"}
        if self.fate.back_to:
            return {"way": self.fate.back_to.role, "party": self.fate.back_to.code}
        street = f"{self.dice.randrange(1, 400)} đường Lý Thường Kiệt"
        return {"way": "post", "address": f"{street}, {self.fate.receiver.commune}"}

    # --- at the agency ---

    def _send(self) -> bool:
        """Bring the papers to the agency, which counts them; False when they do not get there."""
        fate = self.fate
        arrival = self.carry(fate.receiver, fate.agency, self.filed, fate.carrier, fate.ending)
        if arrival is None:
            return False
        doubtful, self.at_agency = self.filed[:1], self.filed[1:]
        match fate.trouble if self.at_agency else Trouble.NONE:
            case Trouble.NONE:
                self.accept(fate.agency, self.filed, told=arrival.told)
                self.at_agency = self.filed
            case Trouble.REJECTED:
                self.accept(fate.agency, self.at_agency, rejected=doubtful, told=arrival.told)
                self.left_behind = doubtful
                if arrival.holder is not fate.receiver:
                    self.wait(1, 8)
                    self._hand_over(arrival.holder, fate.receiver, doubtful)
            case trouble:
                self.accept(fate.agency, self.at_agency, missing=doubtful, told=arrival.told)
                self.wait(5, 30)
                self._search(arrival.holder, doubtful, found=trouble is Trouble.MISSING)
        return True

    def _search(self, holder: Party, papers: list[int], *, found: bool) -> None:
        for paper in papers:
            self.say(holder, paper, "found" if found else "declared-lost")
        if found:
            self.wait(0.5, 4)
            self._hand_over(holder, self.fate.agency, papers)
            self.at_agency = self.filed

    def _hand_over(self, giver: Party, receiver: Party, papers: Sequence[int]) -> None:
        self.offer(giver, receiver, papers)
        self.wait(0.5, 3)
        self.accept(receiver, papers)

    def _process(self) -> bool:
        """The agency works on it; True when it decides."""
        agency, course, procedure = self.fate.agency.code, self.fate.course, self.fate.procedure
        self.wait(0.5, 3)
        self.step(agency, "assigned")
        self.wait(1, 8)
        if course in {Course.REFUSED, Course.WITHDRAWN}:
            self.step(agency, course)
            return False
        if course is Course.APOLOGY:
            new_date = working_days_after(self.now, procedure.working_days + 7)
            self.step(agency, "apologised", new_date=written(new_date))
        if course in _PAUSES:
            begins, ends, most_hours = _PAUSES[course]
            self.step(agency, begins, note="Đã báo người nộp")
            self.wait(2, most_hours)
            self.step(agency, ends)
        self.wait(2 * procedure.working_days, 14 * procedure.working_days)
        document = f"{self.dice.randrange(1, 4000)}/QĐ"
        self.step(agency, "decided", document_no=document, results=[asdict(procedure.result)])
        return True

    # --- back to the applicant ---

    def _bring_back(self, *, decided: bool) -> None:
        """Result and originals go back the way that the applicant chose."""
        fate = self.fate
        issued = [len(fate.procedure.papers)] if decided and fate.procedure.result.physical else []
        papers, ending = [*self.at_agency, *issued], fate.ending_back
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
        elif ending not in {Ending.LOST, Ending.SILENT}:
            told = decided and fate.carrier_back and VOICES[fate.carrier_back].tells(ending)
            if not told:  # Otherwise the carrier's report has returned the dossier already.
                self._return(fate.agency)
        self._give_back(fate.receiver, self.left_behind)

    def _hand_out(self, holder: Party, papers: Sequence[int]) -> None:
        """Over the counter. An agent takes no steps: the province writes that one down."""
        if holder.role != PartyKind.AGENT:
            self._return(holder)
            return
        self._give_back(holder, papers)
        self._return(PROVINCE)

    def _give_back(self, holder: Party, papers: Sequence[int]) -> None:
        for paper in papers:
            self.say(holder, paper, "given-back", recipient=self.fate.applicant.name)

    def _return(self, party: Party | str) -> None:
        code = party if isinstance(party, str) else party.code
        self.step(code, "returned", recipient=self.fate.applicant.name)
