"""How papers get from one to another: by messenger, or by a carrier that pushes what happens."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from deploy.simulation.acts import Kind, Nth
from deploy.simulation.books import due_after, over_after, working_days
from deploy.simulation.fates import Lapse
from deploy.simulation.pen import Pen, written
from deploy.simulation.province import OPERATORS, Party
from deploy.simulation.pushes import VOICES, Ending, Oddity, Push, Voice, consignment
from logistics.identifiers import CITIZEN
from logistics.party.events import PartyKind

_SIGNED_OVER_SHARE = 0.6
"""How many senders write the handover to the carrier down; the others let the first scan tell it."""
_BOOKED_LATE_SHARE = 0.04
_POSTCODE = "870000"
_LEG = working_days(2)
"""From one place of a province to another (TT 17/2017 Đ7.2)."""
_INVITATION = working_days(2)
_AT_THE_COUNTER = timedelta(minutes=45)
_QUEUE = timedelta(minutes=10)
_ROUND = timedelta(minutes=90)
Scans = list[tuple[str, datetime]]


@dataclass(frozen=True, slots=True)
class Arrival:
    """Papers that wait for a signature: who has them, and whether only a carrier's report says so."""

    holder: Party
    told: bool


class Carriage(Pen):
    """Carries papers; its consignments are numbered from `serial` on."""

    def __init__(
        self, dossier: str, serial: int, since: datetime, lapse: Lapse | None, dice: Random
    ) -> None:
        super().__init__(dossier, since, dice)
        self.serial = serial
        self.lapse = lapse
        self.left_at: datetime | None = None
        self.home_at: datetime | None = None

    def carry(
        self,
        giver: Party,
        receiver: Party | None,
        papers: Sequence[int],
        carrier: str | None,
        ending: Ending,
        leave_by: datetime | None = None,
    ) -> Arrival | None:
        """Carry papers to a party, or to the citizen; None when nobody is left to sign for them.

        What a carrier has no code for its people write down at the counter.
        """
        self.wait(0.1, 4, by=leave_by and leave_by - _AT_THE_COUNTER)
        if carrier is None:
            self.offer(giver, receiver, papers)
            if self.lapse is not Lapse.UNCONFIRMED:
                self.wait(0.2, 5, by=leave_by)
            return Arrival(giver, told=False)
        self._consign(giver, receiver, papers, carrier, ending, leave_by)
        operator, tells = OPERATORS[carrier], VOICES[carrier].tells(ending)
        receiver = giver if ending is Ending.RETURNED else receiver
        if ending is Ending.SILENT:
            return None
        if not tells or self.lapse is not Lapse.UNSIGNED:
            self.wait(0.2, 3)
        if ending is Ending.LOST or receiver is None:
            step = "declared-lost" if ending is Ending.LOST else "given-back"
            for paper in () if tells else papers:
                self.say(operator, paper, step, told=True)
            return None
        if not tells:
            self.offer(operator, receiver, papers, told=True)
        return Arrival(operator, told=tells)

    def _consign(
        self,
        giver: Party,
        receiver: Party | None,
        papers: Sequence[int],
        carrier: str,
        ending: Ending,
        leave_by: datetime | None,
    ) -> None:
        """Book a consignment, hand it in, and let its carrier push what becomes of it."""
        number, operator = VOICES[carrier].number(self.serial), OPERATORS[carrier]
        purpose = "return" if giver.kind is PartyKind.AGENCY else "send"
        body = {
            "operator": operator.code,
            "number": number,
            "purpose": purpose,
            "from": giver.code,
            "to": receiver.code if receiver else CITIZEN,
            "dossiers": [self.dossier],
            "papers": [Nth(paper) for paper in papers],
            "at": written(self.now),
        }
        booked = len(self.acts)
        self.ask(Kind.WAYBILL, giver.code, "/v1/waybills", body)
        self.now += timedelta(minutes=self.dice.randrange(2, 20))
        if self.dice.random() < _SIGNED_OVER_SHARE:
            waybill = {"operator": operator.code, "number": number}
            self.offer(giver, operator, papers, waybill=waybill)
        scans = self._scans(VOICES[carrier], ending, purpose, receiver is None, leave_by)
        self.home_at = self.now
        pushes = consignment(carrier, self.serial, scans, _POSTCODE, self.dice)
        if pushes[0].oddity is None and self.dice.random() < _BOOKED_LATE_SHARE:
            self._book_late(booked, pushes)
        self.acts += pushes
        self.serial += 1

    # --- the way of a consignment ---

    def _scans(
        self, voice: Voice, ending: Ending, purpose: str, home: bool, leave_by: datetime | None
    ) -> Scans:
        handed_in = self.now
        self.now += _QUEUE
        if leave_by is None:
            self.wait(0.1, 3)
        else:
            self.sometime(leave_by)
        self.left_at = self.now
        rest = voice.out[voice.taken + 1 :]
        queueing = max(handed_in, self.now - _ROUND)
        scans = _spread(voice.out[: voice.taken], queueing, self.now)
        scans.append((voice.out[voice.taken], self.now))
        if ending is Ending.SILENT or ending is Ending.LOST:
            self._owe_leg(voice, purpose, None)
            if ending is Ending.LOST:
                scans += self._lose(voice, rest)
            return scans
        return scans + self._attempts(voice, rest, ending, purpose, home)

    def _lose(self, voice: Voice, rest: tuple[str, ...]) -> Scans:
        taken = self.now
        self.wait(5, 48)
        scans = _spread(rest[:1], taken, self.now)
        return [*scans, (voice.lost, self.now)] if voice.lost else scans

    def _attempts(
        self, voice: Voice, rest: tuple[str, ...], ending: Ending, purpose: str, home: bool
    ) -> Scans:
        """To the door: once, or again, or again and back."""
        taken = self.now
        due = due_after(taken, _LEG)
        late = {"send": Lapse.POSTAL_SEND, "return": Lapse.POSTAL_RETURN}[purpose]
        again = voice.again if ending in {Ending.SECOND_ATTEMPT, Ending.RETURNED} else ()
        if self.lapse is late:
            self.too_late(due)
        else:
            # Who delivers to an agency at the second attempt does that in time too.
            self.wait(3, 8 if again and purpose == "send" else 40, by=due)
        first = self.now
        morning = max(taken, first - _ROUND)
        scans = [*_spread(rest[:-1], taken, morning), *_spread(rest[-1:], morning, first)]
        if again:
            scans += self._second_attempt(again, home, due if purpose == "send" else None)
        if ending is Ending.RETURNED and voice.back:
            scans += self._back(voice, self.now)
        elif voice.delivered:
            scans.append((voice.delivered, self.now))
        self._owe_leg(voice, purpose, first if purpose == "return" else self.now, taken)
        return scans

    def _second_attempt(self, again: tuple[str, ...], home: bool, by: datetime | None) -> Scans:
        failed = self.now
        due = due_after(failed, _INVITATION)
        if home and self.lapse is Lapse.INVITATION:
            self.too_late(due)
        else:
            self.wait(2, 30, by=by or due)
        if home:
            self.books.owe("invitation", over_after(failed, _INVITATION), self.now)
        on_the_round = _spread(again[1:], max(failed, self.now - _ROUND), self.now)
        return [(again[0], failed), *on_the_round]

    def _back(self, voice: Voice, failed: datetime) -> Scans:
        self.wait(6, 40)
        again = [(code, failed) for code in voice.again[:1]]
        way = _spread(voice.back[:-1], failed, self.now)
        return [*again, *way, (voice.back[-1], self.now)]

    def _owe_leg(
        self, voice: Voice, purpose: str, done: datetime | None, taken: datetime | None = None
    ) -> None:
        """Who never says that it has accepted a parcel owes no leg of its way."""
        if voice.accepts:
            self.books.owe(f"postal-{purpose}", over_after(taken or self.now, _LEG), done)

    def _book_late(self, booked: int, pushes: list[Push]) -> None:
        """The sender writes all of it down only after the carrier has told of it."""
        pushes[0] = replace(pushes[0], oddity=Oddity.BEFORE_BOOKING)
        for place, act in enumerate(self.acts[booked:]):
            told_at = pushes[0].told_at + timedelta(seconds=1 + place)
            self.acts[booked + place] = replace(act, told_at=told_at)


def _spread(codes: Sequence[str], start: datetime, end: datetime) -> Scans:
    """Scans in between, at equal distances."""
    pause = (end - start) / (len(codes) + 1)
    return [
        (code, (start + pause * place).replace(microsecond=0))
        for place, code in enumerate(codes, 1)
    ]
