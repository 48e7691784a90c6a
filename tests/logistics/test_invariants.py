"""What holds whatever anybody does, in whatever order (properties over command sequences)."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from logistics.dossier.commands import NewPaper, Step
from logistics.errors import LuanChuyenError
from logistics.handover.events import HandoverAccepted, HandoverOffered
from logistics.identifiers import CITIZEN, HandoverId, PaperId, PartyCode
from logistics.paper.events import PaperKind, PaperTransferred
from logistics.recorded import Event
from logistics.streams import fold, stream_of
from logistics.waybill.commands import ReportMilestone
from logistics.waybill.events import Purpose
from logistics.waybill.milestones import Milestone
from logistics.waybill.state import Waybill, standing
from tests.support.stories import (
    AGENCY,
    DESK,
    OTHER_DESK,
    PAPERS,
    POST,
    WAYBILL,
    Story,
    a_dossier,
    a_story,
    accept,
    at,
    booking,
    cancel,
    offer,
    paper,
    refuse,
    report,
    step,
)

PARTIES = st.sampled_from([DESK, OTHER_DESK, AGENCY, POST])
HANDOVERS = st.sampled_from([HandoverId(f"H-{number}") for number in range(4)])
SOME_PAPERS = st.lists(st.sampled_from(PAPERS), min_size=1, max_size=3, unique=True)
HOURS = st.integers(min_value=1, max_value=200)
RESULT = NewPaper(paper=paper(9), name="Kết quả", kind=PaperKind.ORIGINAL)


def _answer(handover: HandoverId, split: Sequence[int], by: PartyCode, hours: int) -> object:
    said: dict[int, list[PaperId]] = {0: [], 1: [], 2: []}
    for each, kind in zip(PAPERS, split, strict=True):
        if kind in said:
            said[kind].append(each)
    return accept(
        *said[0], rejected=said[1], missing=said[2], by=by, handover=handover, hours=hours
    )


OFFERS = st.builds(
    lambda papers, giver, to, handover, hours: offer(
        *papers, giver=giver, to=to, handover=handover, hours=hours
    ),
    SOME_PAPERS,
    PARTIES,
    PARTIES,
    HANDOVERS,
    HOURS,
)
ANSWERS = st.builds(_answer, HANDOVERS, st.tuples(*[st.integers(0, 3)] * 3), PARTIES, HOURS)
CLOSINGS = st.builds(
    lambda close, by, handover, hours: close(by=by, handover=handover, hours=hours),
    st.sampled_from([cancel, refuse]),
    PARTIES,
    HANDOVERS,
    HOURS,
)
BOOKINGS = st.builds(
    lambda papers, sender, to, hours: booking(
        *papers, sender=sender, to=to, purpose=Purpose.SEND, hours=hours
    ),
    SOME_PAPERS,
    PARTIES,
    st.sampled_from([DESK, OTHER_DESK, AGENCY, CITIZEN]),
    HOURS,
)
REUSED_ON_RETURN = {Milestone.IN_TRANSIT, Milestone.OUT_FOR_DELIVERY, Milestone.DELIVERY_FAILED}
REPORTS = st.builds(
    lambda milestone, hours: report(
        milestone,
        hours,
        on_return=Milestone.RETURNING if milestone in REUSED_ON_RETURN else None,
    ),
    st.sampled_from(list(Milestone)),
    HOURS,
)
STEPS = st.builds(
    lambda name, by, hours: step(
        name,
        by=by,
        hours=hours,
        results=(RESULT,) if name is Step.DECIDED else (),
        new_date=at(500) if name is Step.APOLOGISED else None,
    ),
    st.sampled_from(list(Step)),
    PARTIES,
    HOURS,
)
COMMANDS = st.lists(st.one_of(OFFERS, ANSWERS, CLOSINGS, BOOKINGS, REPORTS, STEPS), max_size=30)


def told(commands: Sequence[object]) -> Story:
    """The story of whatever is allowed of these commands."""
    story = a_story(a_dossier())
    for command in commands:
        try:
            story.when(command)
        except LuanChuyenError:
            assert not isinstance(command, ReportMilestone)  # Reports are never refused.
    return story


@given(COMMANDS)
@settings(max_examples=300, deadline=None)
def test_a_paper_is_handed_on_only_by_its_one_custodian(commands: list[object]) -> None:
    holder: dict[PaperId, PartyCode] = dict.fromkeys(PAPERS, DESK)
    by_handover: dict[PaperId, HandoverId] = {}
    for event in told(commands).events:
        if not isinstance(event, PaperTransferred) or event.paper not in holder:
            continue
        if by_handover.get(event.paper) != event.handover:  # Else: the same move, dated better.
            assert event.giver == holder[event.paper]
        holder[event.paper] = event.receiver
        by_handover[event.paper] = event.handover


@given(COMMANDS)
@settings(max_examples=300, deadline=None)
def test_what_a_receiver_answers_is_what_was_offered(commands: list[object]) -> None:
    offered: dict[HandoverId, set[PaperId]] = {}
    for event in told(commands).events:
        if isinstance(event, HandoverOffered):
            offered[event.handover] = set(event.papers)
        if isinstance(event, HandoverAccepted):
            rejected = {each.paper for each in event.rejected}
            answered = [*event.accepted, *rejected, *event.missing]
            assert set(answered) == offered[event.handover]
            assert len(answered) == len(set(answered))


@given(COMMANDS)
@settings(max_examples=300, deadline=None)
def test_an_open_offer_is_by_the_custodian_and_on_one_handover(commands: list[object]) -> None:
    story = told(commands)
    for each in PAPERS:
        state = story.paper(each)
        if state.offer is not None:
            handover = story.world.handover(state.offer.handover)
            assert handover is not None
            assert each in handover.papers
            assert handover.giver == state.custodian


@given(COMMANDS, st.data())
@settings(max_examples=200, deadline=None)
def test_replaying_any_prefix_never_raises_and_gives_the_live_state(
    commands: list[object], data: st.DataObject
) -> None:
    story = told(commands)
    cut = data.draw(st.integers(0, len(story.events)))
    for start in (0, cut):  # A prefix, and a tail whose beginning is missing.
        streams = {stream_of(event) for event in story.events}
        for stream in streams:
            fold(stream, _of(stream, story.events[start:] if start else story.events[:cut]))
    for stream in {stream_of(event) for event in story.events}:
        assert fold(stream, _of(stream, story.events)) == story.world[stream]


def _of(stream: object, events: Sequence[Event]) -> list[Event]:
    return [event for event in events if stream_of(event) == stream]


CARRIER_STORIES = st.lists(REPORTS, max_size=7, unique_by=lambda each: each.report.repeat_key)
RECEIVERS = st.sampled_from([AGENCY, CITIZEN])


def visible(story: Story) -> object:
    """What anybody can ask of a consignment and its papers."""
    waybill = story.world.waybill(WAYBILL)
    assert isinstance(waybill, Waybill)
    papers = [story.paper(each) for each in PAPERS]
    return (
        standing(waybill.reports),
        {each.repeat_key for each in waybill.reports},
        [
            (
                each.custodian,
                each.since,
                each.condition,
                each.offer and (each.offer.receiver, each.offer.occurred_at),
            )
            for each in papers
        ],
    )


@given(CARRIER_STORIES, RECEIVERS, st.data())
@settings(max_examples=500, deadline=None)
def test_the_same_reports_in_any_order_and_number_fold_to_the_same_state(
    reports: list[ReportMilestone], receiver: PartyCode, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(reports))
    repeats = data.draw(st.lists(st.sampled_from(shuffled), max_size=3)) if shuffled else []
    book = booking(to=receiver, hours=0)
    one = a_story(a_dossier(), book, *reports)
    other = a_story(a_dossier(), book, *shuffled, *repeats)
    assert visible(one) == visible(other)


@given(CARRIER_STORIES, RECEIVERS, st.data())
@settings(max_examples=300, deadline=None)
def test_it_does_not_matter_when_between_its_reports_a_waybill_is_booked(
    reports: list[ReportMilestone], receiver: PartyCode, data: st.DataObject
) -> None:
    book = booking(to=receiver, hours=0)
    cut = data.draw(st.integers(0, len(reports)))
    one = a_story(a_dossier(), book, *reports)
    other = a_story(a_dossier(), *reports[:cut], book, *reports[cut:])
    assert visible(one) == visible(other)
