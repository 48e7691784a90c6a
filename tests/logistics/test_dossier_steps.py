"""The legal order of a dossier's steps, and who may take which."""

import pytest

from logistics.dossier.commands import NewPaper, Step
from logistics.dossier.events import Channel
from logistics.dossier.state import Dossier, Phase, portal_status
from logistics.identifiers import CITIZEN, PROVINCE, HandoverId, PartyCode
from logistics.paper.events import PaperKind
from tests.support.stories import (
    AGENCY,
    DESK,
    DOSSIER,
    OTHER_DESK,
    PAPERS,
    Story,
    a_dossier,
    a_story,
    accept,
    at,
    offer,
    paper,
    step,
)

RESULT = NewPaper(paper=paper(9), name="Giấy khai sinh", kind=PaperKind.ORIGINAL)


def taken_over() -> Story:
    return a_story(a_dossier(), step(Step.TAKEN_OVER, hours=3))


def dossier(story: Story) -> Dossier:
    found = story.world.dossier(DOSSIER)
    assert found is not None
    return found


def status(story: Story) -> int:
    found = dossier(story)
    return portal_status(found.phase, found.channel, found.closed_as)


def test_a_dossier_is_received_once() -> None:
    assert a_story(a_dossier()).refusal(a_dossier()) == "dossier-exists"


def test_an_agency_nobody_registered_is_named() -> None:
    nobody = a_dossier(competent_agency=PartyCode("nobody"))
    assert a_story().refusal(nobody) == "unknown-party"


def test_an_agency_does_not_receive_at_the_counter() -> None:
    assert a_story().refusal(a_dossier(by_party=AGENCY)) == "wrong-party-kind"


def test_the_straight_way_reaches_every_portal_status_in_turn() -> None:
    story = a_story(a_dossier())
    seen = [status(story)]
    for name in (
        Step.FORWARDED,
        Step.TAKEN_OVER,
        Step.ASSIGNED,
        Step.SUPPLEMENT_REQUESTED,
        Step.SUPPLEMENT_RECEIVED,
        Step.PAYMENT_REQUESTED,
        Step.PAYMENT_MADE,
        Step.SUSPENDED,
        Step.RESUMED,
        Step.DECIDED,
        Step.RETURNED,
    ):
        party = DESK if name is Step.FORWARDED else AGENCY
        story.given(step(name, by=party))
        seen.append(status(story))
    assert seen == [2, 2, 4, 4, 5, 4, 6, 4, 8, 4, 9, 10]


def test_a_dossier_filed_online_is_newly_registered_until_somebody_takes_it() -> None:
    story = a_story(a_dossier(channel=Channel.ONLINE))
    assert status(story) == 1
    assert status(story.given(step(Step.TAKEN_OVER))) == 4


@pytest.mark.parametrize("name", [Step.ASSIGNED, Step.DECIDED, Step.RESUMED, Step.PAYMENT_MADE])
def test_a_step_out_of_order_is_refused(name: Step) -> None:
    assert a_story(a_dossier()).refusal(step(name)) == "out-of-order"


def test_a_pause_ends_only_with_what_it_waited_for() -> None:
    story = taken_over().given(step(Step.SUPPLEMENT_REQUESTED))
    assert story.refusal(step(Step.DECIDED)) == "out-of-order"
    assert story.refusal(step(Step.RESUMED)) == "out-of-order"


def test_an_agency_asks_for_a_supplement_once() -> None:
    story = taken_over().given(step(Step.SUPPLEMENT_REQUESTED), step(Step.SUPPLEMENT_RECEIVED))
    assert story.refusal(step(Step.SUPPLEMENT_REQUESTED)) == "supplement-already-requested"


def test_what_the_province_relays_has_happened_already() -> None:
    story = taken_over().given(step(Step.SUPPLEMENT_REQUESTED), step(Step.SUPPLEMENT_RECEIVED))
    story.given(step(Step.SUPPLEMENT_REQUESTED, by=PROVINCE))
    assert dossier(story).supplements == 2


def test_an_apology_names_a_later_date_and_is_made_once() -> None:
    story = taken_over()
    assert story.refusal(step(Step.APOLOGISED)) == "new-date-missing"
    assert story.refusal(step(Step.APOLOGISED, new_date=at(1))) == "new-date-past"
    story.given(step(Step.APOLOGISED, new_date=at(24 * 14)))
    assert dossier(story).promised_at == at(24 * 14)
    assert story.refusal(step(Step.APOLOGISED, new_date=at(24 * 30))) == "already-apologised"


def test_only_the_competent_agency_decides() -> None:
    assert taken_over().refusal(step(Step.DECIDED, by=DESK)) == "not-your-step"


def test_a_stranger_takes_no_step() -> None:
    assert a_story(a_dossier()).refusal(step(Step.FORWARDED, by=OTHER_DESK)) == "not-your-step"


def test_the_agency_holds_the_results_it_issued() -> None:
    story = taken_over().given(step(Step.DECIDED, results=(RESULT,)))
    assert story.holders(RESULT.paper) == [AGENCY]


def test_returning_gives_back_whatever_the_desk_holds() -> None:
    story = taken_over().given(step(Step.DECIDED, results=(RESULT,)))
    story.given(offer(RESULT.paper, giver=AGENCY, to=DESK), accept(RESULT.paper, by=DESK))
    story.given(step(Step.RETURNED, by=DESK, hours=60))
    assert story.holders(*PAPERS, RESULT.paper) == [CITIZEN] * 4
    assert story.when(step(Step.RETURNED, by=DESK, hours=61)) == []


def test_a_desk_where_the_papers_wait_may_return_them() -> None:
    story = taken_over().given(step(Step.DECIDED, results=(RESULT,)))
    story.given(offer(RESULT.paper, giver=AGENCY, to=OTHER_DESK))
    assert story.refusal(step(Step.RETURNED, by=OTHER_DESK)) == "not-your-step"
    story.given(accept(RESULT.paper, by=OTHER_DESK), step(Step.RETURNED, by=OTHER_DESK))
    assert story.holders(RESULT.paper, *PAPERS) == [CITIZEN, DESK, DESK, DESK]


def test_a_withdrawn_dossier_gives_its_papers_back_and_stays_withdrawn() -> None:
    story = a_story(a_dossier(), step(Step.WITHDRAWN, by=DESK))
    story.given(step(Step.RETURNED, by=DESK))
    assert story.holders() == [CITIZEN] * 3
    assert dossier(story).phase is Phase.RETURNED
    assert status(story) == 7


def test_what_a_handover_brought_about_may_be_written_down_once_more() -> None:
    story = a_story(a_dossier(), offer(), accept(*PAPERS))
    assert story.when(step(Step.TAKEN_OVER)) == []


def test_papers_given_back_move_no_more() -> None:
    story = a_story(a_dossier(), step(Step.WITHDRAWN, by=DESK), step(Step.RETURNED, by=DESK))
    assert story.refusal(offer(handover=HandoverId("H-2"))) == "given-back"
