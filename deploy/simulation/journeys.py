"""One dossier's life: a fate, told from counter to counter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from deploy.simulation.acts import Ask, Kind
from deploy.simulation.books import TERMS, over_after, working_days
from deploy.simulation.fates import Fate, Lapse
from deploy.simulation.pen import Act
from deploy.simulation.province import Applicant, Party
from deploy.simulation.pushes import VOICES, Ending, Oddity
from deploy.simulation.sending import Sending
from logistics.identifiers import PROVINCE
from logistics.party.events import PartyKind

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


class _Teller(Sending):
    """Knows which papers are where, and what comes next."""

    def tell(self) -> None:
        self.receive()
        if not self.filed:
            self.wait(1, 6, by=self.due() if self.started else None)
            self.step(self.fate.agency.code, "taken-over")
        elif not self.send():
            self._complain()
            return
        self.take_over()
        self._bring_back(decided=self.process())
        self._complain()

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
            else:  # Who keeps originals would give them back by returning the dossier itself.
                self._return(PROVINCE if kept else fate.agency)
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
