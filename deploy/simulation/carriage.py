"""How papers get from one to another: by messenger, or by a carrier that pushes what happens."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from deploy.simulation.acts import Kind, Nth
from deploy.simulation.pen import Pen, written
from deploy.simulation.province import OPERATORS, Party
from deploy.simulation.pushes import VOICES, Ending, Oddity, Push, consignment
from logistics.identifiers import CITIZEN
from logistics.party.events import PartyKind

_SIGNED_OVER_SHARE = 0.6
"""How many senders write the handover to the carrier down; the others let the first scan tell it."""
_BOOKED_LATE_SHARE = 0.04
_POSTCODE = "870000"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Papers that wait for a signature: who has them, and whether only a carrier's report says so."""

    holder: Party
    told: bool


class Carriage(Pen):
    """Carries papers; its consignments are numbered from `serial` on."""

    def __init__(self, dossier: str, serial: int, since: datetime, dice: Random) -> None:
        super().__init__(dossier, since, dice)
        self.serial = serial

    def carry(
        self,
        giver: Party,
        receiver: Party | None,
        papers: Sequence[int],
        carrier: str | None,
        ending: Ending,
    ) -> Arrival | None:
        """Carry papers to a party, or to the citizen; None when nobody is left to sign for them.

        What a carrier has no code for its people write down at the counter.
        """
        self.wait(0.2, 4)
        if carrier is None:
            self.offer(giver, receiver, papers)
            self.wait(0.5, 5)
            return Arrival(giver, told=False)
        self._consign(giver, receiver, papers, carrier, ending)
        operator, tells = OPERATORS[carrier], VOICES[carrier].tells(ending)
        receiver = giver if ending is Ending.RETURNED else receiver
        if ending is Ending.SILENT:
            return None
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
    ) -> None:
        """Book a consignment, hand it in, and let its carrier push what becomes of it."""
        number, operator = VOICES[carrier].number(self.serial), OPERATORS[carrier]
        body = {
            "operator": operator.code,
            "number": number,
            "purpose": "return" if giver.kind is PartyKind.AGENCY else "send",
            "from": giver.code,
            "to": receiver.code if receiver else CITIZEN,
            "dossiers": [self.dossier],
            "papers": [Nth(paper) for paper in papers],
            "at": written(self.now),
        }
        booked = len(self.acts)
        self.ask(Kind.WAYBILL, giver.code, "/v1/waybills", body)
        self.now += timedelta(minutes=self.dice.randrange(2, 30))
        if self.dice.random() < _SIGNED_OVER_SHARE:
            waybill = {"operator": operator.code, "number": number}
            self.offer(giver, operator, papers, waybill=waybill)
        scans = self._scans(carrier, ending)
        pushes = consignment(carrier, self.serial, scans, _POSTCODE, self.dice)
        if pushes[0].oddity is None and self.dice.random() < _BOOKED_LATE_SHARE:
            self._book_late(booked, pushes)
        self.acts += pushes
        self.serial += 1

    def _scans(self, carrier: str, ending: Ending) -> list[tuple[str, datetime]]:
        scans = []
        for code in VOICES[carrier].codes(ending):
            self.wait(0.5, 5)
            scans.append((code, self.now))
        return scans

    def _book_late(self, booked: int, pushes: list[Push]) -> None:
        """The sender writes all of it down only after the carrier has told of it."""
        pushes[0] = replace(pushes[0], oddity=Oddity.BEFORE_BOOKING)
        for place, act in enumerate(self.acts[booked:]):
            told_at = pushes[0].told_at + timedelta(seconds=1 + place)
            self.acts[booked + place] = replace(act, told_at=told_at)
