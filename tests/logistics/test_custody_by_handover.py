"""Custody moves only by a two-sided handover (RELIABILITY 16, 17)."""

import pytest

from logistics.dossier.commands import Step
from logistics.handover.events import HandoverAccepted
from logistics.handover.state import Stage
from logistics.identifiers import HandoverId, PaperId, PartyCode
from logistics.paper.events import PaperFound, PaperKind
from logistics.paper.state import Condition
from tests.support.stories import (
    AGENCY,
    DESK,
    HANDOVER,
    OTHER_DESK,
    PAPERS,
    a_dossier,
    a_story,
    accept,
    cancel,
    offer,
    paper,
    refuse,
    step,
)

TEN = tuple(paper(number) for number in range(1, 11))


def test_the_receiver_of_a_dossier_holds_its_papers() -> None:
    story = a_story(a_dossier())
    assert story.holders() == [DESK] * 3


def test_an_offer_alone_moves_nothing() -> None:
    story = a_story(a_dossier(), offer())
    assert story.holders() == [DESK] * 3
    assert [each.id for each in story.offers()] == [HANDOVER]


def test_an_accepted_handover_moves_each_paper() -> None:
    story = a_story(a_dossier(), offer(), accept(*PAPERS))
    assert story.holders() == [AGENCY] * 3
    assert story.offers() == []


def test_offered_ten_accepted_nine_missing_one_splits_custody() -> None:
    story = a_story(a_dossier(*TEN), offer(*TEN), accept(*TEN[:9], missing=[TEN[9]]))
    assert story.holders(*TEN) == [AGENCY] * 9 + [DESK]
    assert story.paper(TEN[9]).condition is Condition.MISSING


def test_the_missing_one_is_later_found_and_both_lists_stay_as_they_were() -> None:
    story = a_story(a_dossier(*TEN), offer(*TEN), accept(*TEN[:9], missing=[TEN[9]]))
    second = HandoverId("H-2")
    found = story.when(offer(TEN[9], handover=second, hours=5))
    story.given(accept(TEN[9], handover=second, hours=6))
    assert isinstance(found[0], PaperFound)
    assert story.holders(*TEN) == [AGENCY] * 10
    first = story.world.handover(HANDOVER)
    assert first is not None
    assert first.papers == TEN
    assert first.answer is not None
    assert first.answer.missing == {TEN[9]}


@pytest.mark.parametrize(
    "answer",
    [
        accept(*PAPERS[:2]),
        accept(*PAPERS, paper(4)),
        accept(*PAPERS, PAPERS[0]),
        accept(*PAPERS, missing=[PAPERS[0]]),
        accept(*PAPERS[:2], rejected=[PAPERS[1]]),
    ],
)
def test_counts_that_do_not_reconcile_are_refused(answer: object) -> None:
    assert a_story(a_dossier(), offer()).refusal(answer) == "does-not-reconcile"


def test_a_rejected_paper_stays_with_the_giver() -> None:
    story = a_story(a_dossier(), offer(), accept(*PAPERS[:2], rejected=[PAPERS[2]]))
    assert story.holders() == [AGENCY, AGENCY, DESK]
    assert story.paper(PAPERS[2]).condition is Condition.REJECTED


def test_an_extra_paper_is_named_and_gets_no_custodian_by_guess() -> None:
    story = a_story(a_dossier(), offer())
    accepted = story.when(accept(*PAPERS, extra=["Bản sao hộ khẩu"]))[0]
    assert isinstance(accepted, HandoverAccepted)
    assert [each.name for each in accepted.extra] == ["Bản sao hộ khẩu"]


def test_nobody_but_the_custodian_can_offer() -> None:
    story = a_story(a_dossier())
    assert story.refusal(offer(giver=OTHER_DESK)) == "not-the-custodian"


def test_nobody_can_offer_for_somebody_else() -> None:
    assert a_story(a_dossier()).refusal(offer(by=OTHER_DESK)) == "not-the-giver"


def test_nobody_but_the_named_receiver_can_accept() -> None:
    story = a_story(a_dossier(), offer())
    assert story.refusal(accept(*PAPERS, by=OTHER_DESK)) == "not-the-receiver"


def test_a_paper_on_offer_cannot_be_offered_again() -> None:
    story = a_story(a_dossier(), offer())
    again = offer(PAPERS[0], to=OTHER_DESK, handover=HandoverId("H-2"))
    assert story.refusal(again) == "on-offer"


def test_pressing_accept_twice_changes_nothing() -> None:
    story = a_story(a_dossier(), offer(), accept(*PAPERS))
    assert story.when(accept(*PAPERS)) == []


def test_a_second_acceptance_with_another_answer_is_refused() -> None:
    story = a_story(a_dossier(), offer(), accept(*PAPERS))
    second = accept(*PAPERS[:2], missing=[PAPERS[2]])
    assert story.refusal(second) == "not-acceptable"


def test_a_cancelled_offer_frees_its_papers() -> None:
    story = a_story(a_dossier(), offer(), cancel())
    assert story.refusal(accept(*PAPERS)) == "not-acceptable"
    story.given(offer(handover=HandoverId("H-2")))
    assert story.holders() == [DESK] * 3


def test_only_the_giver_cancels_and_only_the_receiver_refuses() -> None:
    story = a_story(a_dossier(), offer())
    assert story.refusal(cancel(by=AGENCY)) == "not-the-giver"
    assert story.refusal(refuse(by=DESK)) == "not-the-receiver"


def test_a_refused_handover_leaves_custody_where_it_was() -> None:
    story = a_story(a_dossier(), offer(), refuse())
    assert story.holders() == [DESK] * 3
    closed = story.world.handover(HANDOVER)
    assert closed is not None
    assert closed.stage is Stage.REFUSED
    assert story.when(refuse()) == []


def test_an_electronic_paper_is_not_handed_over() -> None:
    story = a_story(a_dossier(paper(1), kind=PaperKind.ELECTRONIC))
    assert story.refusal(offer(paper(1))) == "not-a-physical-paper"


def test_an_unknown_receiver_is_refused() -> None:
    story = a_story(a_dossier())
    assert story.refusal(offer(to=PartyCode("nobody"))) == "unknown-party"


def test_an_unknown_paper_is_not_found() -> None:
    assert a_story(a_dossier()).refusal(offer(PaperId("P-99"))) == "unknown-paper"


def test_the_agency_that_signs_for_the_papers_takes_the_dossier_over() -> None:
    story = a_story(a_dossier(), offer(), accept(*PAPERS))
    assert story.refusal(step(Step.REFUSED, by=OTHER_DESK)) == "not-your-step"
    story.given(step(Step.DECIDED))
