"""What the facts say now: the phase of the dossier, the holder of a paper, the milestone of a waybill."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from logistics.dossier.events import Channel
from logistics.dossier.state import PAUSES, Phase, portal_status
from logistics.dossier_facts.shapes import DossierFacts, PaperFact, WaybillFact, time
from logistics.identifiers import CITIZEN
from logistics.waybill.milestones import Milestone
from logistics.waybill.state import Standing, effective_milestones, standing

_PHASES: Final = frozenset(Phase)
_RESUMING: Final = frozenset({"supplement-received", "payment-made", "resumed"})
_CLOSING: Final = frozenset({Phase.REFUSED, Phase.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class PhaseNow:
    """Where a dossier stands; `closed_as` when it was refused or withdrawn."""

    phase: Phase
    closed_as: Phase | None
    portal_status: int


def phase_of(facts: DossierFacts) -> PhaseNow:
    """The phase after all steps, in the order of the log, as the rules went through them."""
    phase, resumes_to, closed_as = Phase.RECEIVED, Phase.RECEIVED, None
    for each in facts["steps"]:
        step = each["step"]
        if step in _RESUMING:
            phase = resumes_to
        elif step in _PHASES:
            entered = Phase(step)
            if entered in PAUSES and phase not in PAUSES:
                resumes_to = phase
            closed_as = entered if entered in _CLOSING else closed_as
            phase = entered
    return PhaseNow(phase, closed_as, portal_status(phase, Channel(facts["channel"]), closed_as))


@dataclass(frozen=True, slots=True)
class Holder:
    """Who answers for a paper, and since when."""

    party: str
    since: datetime


def holder_of(paper: PaperFact) -> Holder:
    """The applicant once it was given back, else whoever got it last."""
    if paper["condition"] == "given_back":
        return Holder(CITIZEN, time(paper["changed_at"]))
    last = paper["custody"][-1]
    return Holder(last["holder"], time(last["at"]))


def state_of(paper: PaperFact) -> str:
    """What to say of a paper in one word; an offer shows when nothing else is the matter."""
    return "offered" if paper["condition"] == "held" and paper["offer"] else paper["condition"]


@dataclass(frozen=True, slots=True)
class Told:
    """A report, in the shape that folding a waybill wants."""

    milestone: Milestone
    milestone_on_return: Milestone | None
    occurred_at: datetime
    position: int


def reports_of(waybill: WaybillFact) -> list[Told]:
    """What the operator reported, as it came in."""
    return [
        Told(
            Milestone(each["milestone"]),
            Milestone(each["on_return"]) if each["on_return"] else None,
            time(each["at"]),
            each["position"],
        )
        for each in waybill["reports"]
    ]


def history_of(waybill: WaybillFact) -> list[tuple[Milestone, Told]]:
    """The reports by the time they claim, each with what its code means there."""
    return effective_milestones(reports_of(waybill))


def standing_of(waybill: WaybillFact) -> Standing[Told] | None:
    """Where a consignment stands."""
    return standing(reports_of(waybill))


def promised_at(facts: DossierFacts) -> datetime | None:
    """The date that the applicant was promised: that of an apology, once there is one."""
    new_dates = [step["new_date"] for step in facts["steps"] if "new_date" in step]
    promised = new_dates[-1] if new_dates else facts["promised_at"]
    return None if promised is None else time(promised)


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that was heard of a dossier, when, and the position of the event."""

    at: datetime
    position: int


def last_heard(facts: DossierFacts) -> Heard:
    """The latest that was heard of a dossier, its papers and its consignments."""
    return Heard(*max(_heard(facts)))


def _heard(facts: DossierFacts) -> Iterator[tuple[datetime, int]]:
    yield time(facts["received_at"]), facts["received_position"]
    for step in facts["steps"]:
        yield (time(step["at"]), step["position"])
    for paper in facts["papers"].values():
        yield (time(paper["changed_at"]), paper["changed_position"])
    for offered in facts["handovers"].values():
        yield (time(offered["offered_at"]), offered["offered_position"])
    for waybill in facts["waybills"].values():
        for report in waybill["reports"]:
            yield (time(report["at"]), report["position"])


def filed_originals(facts: DossierFacts) -> Sequence[tuple[str, PaperFact]]:
    """The originals that the applicant filed and is to have back."""
    return [
        (paper_id, paper)
        for paper_id, paper in facts["papers"].items()
        if paper["kind"] == "original" and paper["origin"] == "applicant"
    ]
