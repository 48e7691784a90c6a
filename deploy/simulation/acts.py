"""What parties ask of the service: requests whose papers and handovers are still without an id."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What an acknowledged request counts as."""

    DOSSIER = "dossiers received"
    STEP = "steps of dossiers"
    WAYBILL = "waybills booked"
    OFFER = "handovers offered"
    ACCEPTANCE = "handovers accepted"
    PAPER = "steps of papers"


@dataclass(frozen=True, slots=True)
class Nth:
    """A paper by its place in the dossier; results come after what was filed."""

    place: int


@dataclass(frozen=True, slots=True)
class Offered:
    """Wait until a carrier's report has put the papers before this party."""

    receiver: str


@dataclass(frozen=True, slots=True)
class Held:
    """Wait until a carrier's report has brought the paper into this party's hands."""

    paper: int
    holder: str


Awaited = Offered | Held | None


@dataclass(slots=True)
class Known:
    """What the answers so far have told about a dossier."""

    papers: list[str] = field(default_factory=list)
    handover: str = ""
    lookup_code: str = ""
    position: int = 0

    def learn(self, answer: dict[str, Any]) -> None:
        """Take from an answer what later requests need."""
        self.papers += [paper["paper_id"] for paper in answer.get("papers") or ()]
        self.handover = answer.get("handover_id", self.handover)
        self.lookup_code = answer.get("lookup_code", self.lookup_code)
        self.position = answer["position"]

    def sees(self, awaited: Offered | Held, transfer: dict[str, Any]) -> bool:
        """Whether the dossier stands as awaited; an awaited offer is the one to answer next."""
        if isinstance(awaited, Held):
            paper = self.papers[awaited.paper]
            holders = {each["paper_id"]: each["holder"] for each in transfer["papers"]}
            return bool(holders[paper] == awaited.holder)
        for handover in transfer["open_handovers"]:
            if handover["to"] == awaited.receiver:
                self.handover = handover["handover_id"]
                return True
        return False

    def named(self, value: Any) -> Any:
        """A body with ids in the place of `Nth`."""
        match value:
            case Nth(place):
                return self.papers[place]
            case dict():
                return {name: self.named(each) for name, each in value.items()}
            case list():
                return [self.named(each) for each in value]
        return value


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of one party, sent at `told_at`.

    Its path may name the dossier's papers (`{0}`, `{1}`, …) and the last `{handover}`.
    """

    kind: Kind
    party: str
    path: str
    body: dict[str, Any]
    told_at: datetime
    awaits: Awaited = None

    def resolved(self, known: Known) -> tuple[str, dict[str, Any]]:
        """Path and body, once the ids are known."""
        path = self.path.format(*known.papers, handover=known.handover)
        return path, known.named(self.body)
