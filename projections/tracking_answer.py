"""What a look-up is answered: where the dossier is now, what comes next, when it is due, what was."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from logistics.clocks.calendar import worked_days_between
from logistics.clocks.office_hours import VIETNAM
from logistics.clocks.vietnam import vietnam
from logistics.identifiers import CITIZEN
from logistics.party.events import PartyKind
from logistics.waybill.milestones import Milestone
from logistics.waybill.state import effective_milestones
from logistics.web.fields import Answer
from projections.tracking import Consignment, Tracking

HolderKind = Literal["desk", "agent", "kiosk", "operator", "agency", "province", "citizen"]

NextStep = Literal[
    "forward",
    "carry",
    "take-over",
    "decide",
    "supplement",
    "payment",
    "resume",
    "return",
    "collect",
    "deliver",
]

# What a citizen is told of a consignment; the rest is the operator's own business.
_TOLD: Final = frozenset(
    {
        Milestone.ACCEPTED,
        Milestone.IN_TRANSIT,
        Milestone.AT_DELIVERY_OFFICE,
        Milestone.OUT_FOR_DELIVERY,
        Milestone.DELIVERY_FAILED,
        Milestone.DELIVERED,
        Milestone.RETURNING,
        Milestone.RETURNED,
        Milestone.LOST_OR_DESTROYED,
    }
)
_WAITS: Final[Mapping[str, NextStep]] = {
    "supplement-requested": "supplement",
    "payment-requested": "payment",
    "suspended": "resume",
}
_CLOSED: Final = frozenset({"returned", "refused", "withdrawn"})


class TrackedStep(Answer):
    """Something that happened: a step of the dossier, or a milestone of a consignment."""

    step: str
    occurred_at: datetime
    kind: Literal["step", "consignment"]
    operator: str | None = None


class TrackedNow(Answer):
    """Who has the dossier's papers now, by kind, since when; or who is working on it."""

    step: str
    holder: HolderKind
    since: datetime


class TrackingAnswer(Answer):
    """A dossier, for whoever filed it."""

    procedure: str | None
    received_at: datetime
    now: TrackedNow
    next: NextStep | None
    due_at: datetime | None
    finished: bool
    last_news_at: datetime
    working_days_without_news: int
    steps: list[TrackedStep]


@dataclass(frozen=True, slots=True)
class PartyKnown:
    """What is said of a party: its kind, and the name if it is a company."""

    kind: PartyKind
    name: str


def tracking_answer(
    row: Tracking, parties: Mapping[str, PartyKnown], now: datetime
) -> TrackingAnswer:
    """Tell a citizen what there is to tell."""
    steps = sorted(_steps(row, parties), key=lambda each: each.occurred_at)
    last = row["steps"][-1][0]
    last_news = max(each.occurred_at for each in steps)
    finished = last in _CLOSED
    days = worked_days_between(
        vietnam(), last_news.astimezone(VIETNAM).date(), now.astimezone(VIETNAM).date()
    )
    return TrackingAnswer(
        procedure=row["procedure"],
        received_at=datetime.fromisoformat(row["steps"][0][1]),
        now=_now(row, parties, last),
        next=None if finished else _next(row, last),
        due_at=_time(row["promised_at"]),
        finished=finished,
        last_news_at=last_news,
        working_days_without_news=0 if finished else days,
        steps=steps,
    )


def _steps(row: Tracking, parties: Mapping[str, PartyKnown]) -> Iterator[TrackedStep]:
    for step, at in row["steps"]:
        yield TrackedStep(step=step, occurred_at=datetime.fromisoformat(at), kind="step")
    for consignment in row["consignments"].values():
        known = parties.get(consignment["operator"])
        for milestone, told in _history(consignment):
            if milestone in _TOLD:
                yield TrackedStep(
                    step=milestone.value,
                    occurred_at=told.occurred_at,
                    kind="consignment",
                    operator=known.name if known else None,
                )


@dataclass(frozen=True, slots=True)
class _Told:
    milestone: Milestone
    milestone_on_return: Milestone | None
    occurred_at: datetime


def _history(consignment: Consignment) -> list[tuple[Milestone, _Told]]:
    return effective_milestones(
        _Told(
            Milestone(milestone),
            Milestone(on_return) if on_return else None,
            datetime.fromisoformat(at),
        )
        for at, milestone, on_return in consignment["reports"]
    )


def _now(row: Tracking, parties: Mapping[str, PartyKnown], last: str) -> TrackedNow:
    """The latest hands that any of the papers came into; without papers, whoever works on it."""
    held = [(datetime.fromisoformat(at), holder) for holder, at in row["holders"].values()]
    if held:
        since, holder = max(held)
    else:
        at_desk = last in {"received", "returned"}
        holder = row["desk"] if at_desk else row["agency"]
        since = datetime.fromisoformat(row["steps"][-1][1])
    return TrackedNow(step=last, holder=_kind(holder, parties), since=since)


def _kind(holder: str, parties: Mapping[str, PartyKnown]) -> HolderKind:
    if holder == CITIZEN:
        return "citizen"
    known = parties.get(holder)
    return known.kind.value if known else "agency"


def _next(row: Tracking, last: str) -> NextStep:
    """What happens next, if all goes as it should."""
    if last in _WAITS:
        return _WAITS[last]
    if last == "decided":
        way = row["return_way"]
        return "deliver" if way == "post" else "collect" if way in {"desk", "agent"} else "return"
    if last == "received":
        return "forward"
    if last == "forwarded":
        return "take-over"
    return "decide"


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
