"""Writes acts down, one after the other, with a watch in the other hand."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from deploy.simulation.acts import Ask, Awaited, Held, Kind, Nth, Offered
from deploy.simulation.books import Books
from deploy.simulation.hours import a_moment_of, is_open, next_open
from deploy.simulation.province import Party, a_name
from deploy.simulation.pushes import Push
from logistics.clocks.office_hours import local
from logistics.clocks.vietnam import vietnam
from logistics.identifiers import CITIZEN
from partners.carrier import VIETNAM

Act = Ask | Push
_ATTEMPTS = 40


def written(moment: datetime) -> str:
    """A time as the contract wants it."""
    return moment.astimezone(VIETNAM).isoformat()


class Pen:
    """What is written down happens now; `wait` moves the watch on.

    `told` says that only a carrier's report makes an act possible, so that it waits for it.
    """

    def __init__(self, dossier: str, since: datetime, dice: Random) -> None:
        self.dossier = dossier
        self.now = since.replace(microsecond=0)
        self.dice = dice
        self.acts: list[Act] = []
        self.books = Books()

    def wait(self, fewest_hours: float, most_hours: float, by: datetime | None = None) -> None:
        """Let time pass until somebody is at the counter again, but not beyond `by`."""
        passed = timedelta(seconds=round(3600 * self.dice.uniform(fewest_hours, most_hours)))
        moved = next_open(self.now + passed, self.dice)
        if by is not None and self.now < by < moved:
            self.sometime(by)
        else:
            self.now = moved

    def sometime(self, by: datetime) -> None:
        """Any moment of office time up to `by`, or overtime where there is none left."""
        seconds = int((by - self.now).total_seconds())
        if seconds <= 0:
            self.wait(0.2, 2)  # It is late already, and done as soon as can be.
            return
        drawn = [
            self.now + timedelta(seconds=self.dice.randint(0, seconds)) for _ in range(_ATTEMPTS)
        ]
        self.now = next(filter(is_open, drawn), drawn[0])

    def too_late(self, due: datetime) -> None:
        """Let the day of a due time pass: go on in the course of the next working day."""
        day = vietnam().next_worked(max(local(due)[0], local(self.now)[0]) + 1)
        self.now = a_moment_of(day, self.dice)

    def ask(
        self, kind: Kind, party: str, path: str, body: dict[str, Any], awaits: Awaited = None
    ) -> None:
        self.acts.append(Ask(kind, party, path, body, self.now, awaits))

    def step(self, party: str, step: str, **more: Any) -> None:
        """A step of the dossier."""
        body = {"step": step, "occurred_at": written(self.now), "by": a_name(self.dice), **more}
        self.ask(Kind.STEP, party, f"/v1/dossiers/{self.dossier}/steps", body)

    def say(self, holder: Party, paper: int, step: str, *, told: bool = False, **more: Any) -> None:
        """What a holder says of a paper."""
        body = {"step": step, **self._signed(), **more}
        awaits = Held(paper, holder.code) if told else None
        path = f"/v1/papers/{{{paper}}}/steps"
        self.ask(Kind.PAPER, holder.code, path, body, awaits)

    def offer(
        self,
        giver: Party,
        receiver: Party | None,
        papers: Sequence[int],
        *,
        waybill: dict[str, str] | None = None,
        told: bool = False,
    ) -> None:
        """Papers on the counter."""
        body = {
            "from": giver.code,
            "to": receiver.code if receiver else CITIZEN,
            "papers": [Nth(paper) for paper in papers],
            "waybill": waybill,
            "seal_no": f"NP{self.dice.randrange(10**6):06}",
            "place": giver.name,
            **self._signed(),
        }
        awaits = Held(papers[0], giver.code) if told else None
        self.ask(Kind.OFFER, giver.code, "/v1/handovers", body, awaits)

    def accept(
        self,
        receiver: Party,
        papers: Sequence[int],
        *,
        rejected: Sequence[int] = (),
        missing: Sequence[int] = (),
        told: bool = False,
    ) -> None:
        """The receiver's answer to the last offer, or to what a carrier's report put before it."""
        reason = "Thiếu chữ ký của người nộp"
        body = {
            "accepted": [Nth(paper) for paper in papers],
            "rejected": [{"paper_id": Nth(paper), "reason": reason} for paper in rejected],
            "missing": [Nth(paper) for paper in missing],
            "place": receiver.name,
            **self._signed(),
        }
        path = "/v1/handovers/{handover}/acceptance"
        awaits = Offered(receiver.code) if told else None
        self.ask(Kind.ACCEPTANCE, receiver.code, path, body, awaits)

    def _signed(self) -> dict[str, str]:
        return {"at": written(self.now), "by": a_name(self.dice)}
