"""A carrier's report is evidence of the carrier's side (DESIGN §1.3; RELIABILITY 2, 7, 8)."""

from datetime import datetime

from logistics.dossier.commands import NewPaper, Step
from logistics.dossier.events import DossierReturned
from logistics.dossier.state import Phase
from logistics.evidence import Word
from logistics.handover.events import HandoverAccepted, HandoverOffered
from logistics.identifiers import CITIZEN, HandoverId, PartyCode
from logistics.paper.events import PaperKind
from logistics.paper.state import Condition
from logistics.waybill.commands import RecallWaybill, RedirectWaybill
from logistics.waybill.events import Purpose, WaybillBooked, WaybillReported
from logistics.waybill.milestones import Milestone
from logistics.waybill.state import standing
from tests.support.stories import (
    AGENCY,
    DESK,
    DOSSIER,
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
    offer,
    paper,
    refuse,
    report,
    step,
)

ACCEPTED, IN_TRANSIT, DELIVERED = Milestone.ACCEPTED, Milestone.IN_TRANSIT, Milestone.DELIVERED


def stands(story: Story) -> Milestone | None:
    waybill = story.world.waybill(WAYBILL)
    assert waybill is not None
    now = standing(waybill.reports)
    return now.milestone if now else None


def test_accepted_accepts_the_open_handover_to_the_operator_in_full() -> None:
    story = a_story(a_dossier(), booking(), offer(to=POST, waybill=WAYBILL))
    story.given(report(ACCEPTED, 3))
    assert story.holders() == [POST] * 3
    assert story.offers() == []
    assert story.paper(PAPERS[0]).word is Word.REPORT


def test_accepted_without_a_handover_stands_for_both_sides() -> None:
    story = a_story(a_dossier(), booking())
    events = story.when(report(ACCEPTED, 3))
    offered, accepted = events[1], events[2]
    assert isinstance(offered, HandoverOffered)
    assert isinstance(accepted, HandoverAccepted)
    assert offered.known_by.word is accepted.known_by.word is Word.REPORT
    assert offered.known_by.receipt == "R-accepted@3"
    assert story.holders() == [POST] * 3


def test_a_handover_to_somebody_else_is_not_accepted_by_a_report() -> None:
    story = a_story(a_dossier(), booking(), offer(to=OTHER_DESK))
    story.given(report(ACCEPTED, 3))
    assert story.holders() == [DESK] * 3


def test_delivered_to_a_party_offers_and_the_carrier_stays_custodian() -> None:
    story = a_story(a_dossier(), booking(), report(ACCEPTED, 3), report(DELIVERED, 9))
    assert story.holders() == [POST] * 3
    assert [each.receiver for each in story.offers()] == [AGENCY]


def test_the_agency_signs_for_what_was_delivered() -> None:
    story = a_story(a_dossier(), booking(), report(ACCEPTED, 3), report(DELIVERED, 9))
    handover = story.offers()[0].id
    story.given(accept(*PAPERS[:2], missing=[PAPERS[2]], handover=handover, hours=10))
    assert story.holders() == [AGENCY, AGENCY, POST]
    assert story.paper(PAPERS[2]).condition is Condition.MISSING


def test_what_was_called_missing_is_not_offered_again_on_a_carriers_word() -> None:
    story = a_story(a_dossier(), booking(), report(ACCEPTED, 3), report(DELIVERED, 9))
    handover = story.offers()[0].id
    story.given(accept(*PAPERS[:2], missing=[PAPERS[2]], handover=handover, hours=10))
    story.given(report(DELIVERED, 30))
    assert story.offers() == []


def test_delivered_twice_offers_once() -> None:
    story = a_story(a_dossier(), booking(), report(ACCEPTED, 3), report(DELIVERED, 9))
    story.given(report(DELIVERED, 12))
    assert len(story.offers()) == 1


def test_what_the_agency_refused_is_offered_again_when_it_is_brought_again() -> None:
    story = a_story(a_dossier(), booking(), report(ACCEPTED, 3), report(DELIVERED, 9))
    first = story.offers()[0].id
    story.given(refuse(handover=first, hours=10))
    story.given(report(DELIVERED, 9.5))
    assert story.offers() == []
    story.given(report(DELIVERED, 30))
    assert [each.receiver for each in story.offers()] == [AGENCY]
    assert story.offers()[0].id != first


def test_delivered_alone_shows_that_the_carrier_had_it() -> None:
    story = a_story(a_dossier(), booking(), report(DELIVERED, 9))
    assert story.holders() == [POST] * 3
    assert [each.receiver for each in story.offers()] == [AGENCY]


def test_a_late_accepted_report_dates_custody_better() -> None:
    story = a_story(a_dossier(), booking(), report(DELIVERED, 9), report(ACCEPTED, 3))
    assert story.paper(PAPERS[0]).since == at(3)


def test_what_the_operator_signed_is_not_re_dated_by_a_report() -> None:
    story = a_story(a_dossier(), booking(), offer(to=POST, waybill=WAYBILL))
    story.given(accept(*PAPERS, by=POST, hours=2), report(ACCEPTED, 1))
    assert story.paper(PAPERS[0]).since == at(2)
    assert story.paper(PAPERS[0]).word is Word.SIGNATURE


def test_a_late_report_does_not_reopen_a_delivered_waybill() -> None:
    story = a_story(a_dossier(), booking(), report(ACCEPTED, 3), report(DELIVERED, 9))
    story.given(report(IN_TRANSIT, 5))
    assert stands(story) is DELIVERED
    waybill = story.world.waybill(WAYBILL)
    assert waybill is not None
    assert len(waybill.reports) == 3


def test_an_exact_repeat_changes_nothing() -> None:
    story = a_story(a_dossier(), booking(), report(ACCEPTED, 3))
    assert story.when(report(ACCEPTED, 3)) == []


def test_the_same_key_with_another_body_is_kept_as_a_conflict() -> None:
    story = a_story(a_dossier(), booking(), report(ACCEPTED, 3, key="k", digest="one"))
    conflict = story.when(report(IN_TRANSIT, 4, key="k", digest="two"))[0]
    assert isinstance(conflict, WaybillReported)
    assert conflict.conflict
    assert story.when(report(ACCEPTED, 3, key="k", digest="one")) == []
    assert story.when(report(IN_TRANSIT, 4, key="k", digest="two")) == []


def test_reports_before_the_booking_are_adopted_by_it() -> None:
    story = a_story(a_dossier(), report(ACCEPTED, 3), report(IN_TRANSIT, 5))
    assert story.holders() == [DESK] * 3
    booked = story.when(booking(hours=6))[0]
    assert isinstance(booked, WaybillBooked)
    assert [each.milestone for each in booked.adopted] == [ACCEPTED, IN_TRANSIT]
    assert story.holders() == [POST] * 3
    assert story.paper(PAPERS[0]).since == at(3)


def test_returned_offers_the_papers_to_the_sender() -> None:
    story = a_story(a_dossier(), booking(), report(ACCEPTED, 3), report(Milestone.RETURNED, 50))
    assert story.holders() == [POST] * 3
    assert [each.receiver for each in story.offers()] == [DESK]


def test_returned_after_delivered_takes_the_offer_back_to_the_sender() -> None:
    story = a_story(a_dossier(), booking(), report(ACCEPTED, 3), report(DELIVERED, 9))
    story.given(report(Milestone.RETURNED, 50))
    assert [each.receiver for each in story.offers()] == [DESK]


def test_a_waybill_takes_its_papers_only_once() -> None:
    story = a_story(a_dossier(), booking(), report(ACCEPTED, 3), report(Milestone.RETURNED, 50))
    story.given(accept(*PAPERS, by=DESK, handover=story.offers()[0].id, hours=51))
    story.given(report(IN_TRANSIT, 20), report(Milestone.RETURNED, 52))
    assert story.holders() == [DESK] * 3
    assert story.offers() == []


def test_lost_is_declared_for_what_the_carrier_holds() -> None:
    story = a_story(a_dossier(), booking(), report(ACCEPTED, 3))
    story.given(report(Milestone.LOST_OR_DESTROYED, 30))
    assert story.holders() == [POST] * 3
    assert {story.paper(each).condition for each in PAPERS} == {Condition.LOST}


def test_lost_and_then_delivered_has_been_found() -> None:
    story = a_story(a_dossier(), booking(), report(ACCEPTED, 3))
    story.given(report(Milestone.LOST_OR_DESTROYED, 30), report(DELIVERED, 60))
    assert {story.paper(each).condition for each in PAPERS} == {Condition.HELD}
    assert [each.receiver for each in story.offers()] == [AGENCY]


def test_an_unrecognised_code_is_kept_and_moves_nothing() -> None:
    story = a_story(a_dossier(), booking(), report(Milestone.UNRECOGNISED, 3))
    assert stands(story) is None
    assert story.holders() == [DESK] * 3


def test_a_reused_code_means_the_return_leg_behind_the_start_of_a_return() -> None:
    returning = Milestone.RETURNING
    story = a_story(a_dossier(), booking(), report(ACCEPTED, 3))
    story.given(report(Milestone.OUT_FOR_DELIVERY, 40, on_return=returning))
    assert stands(story) is Milestone.OUT_FOR_DELIVERY
    story.given(report(returning, 30))
    assert stands(story) is returning


def decided_and_sent_back(*, to: PartyCode = CITIZEN) -> Story:
    """The agency has the originals, decided, and sent result and originals back by post."""
    story = a_story(a_dossier(), offer(), accept(*PAPERS))
    result = NewPaper(paper=paper(9), name="Giấy khai sinh", kind=PaperKind.ORIGINAL)
    story.given(step(Step.DECIDED, results=(result,)))
    return story.given(
        booking(*PAPERS, paper(9), sender=AGENCY, to=to, purpose=Purpose.RETURN, hours=49)
    )


def test_delivered_to_the_citizen_gives_result_and_originals_back() -> None:
    story = decided_and_sent_back().given(report(ACCEPTED, 50))
    events = story.when(report(DELIVERED, 60))
    assert story.holders(*PAPERS, paper(9)) == [CITIZEN] * 4
    returned = events[-1]
    assert isinstance(returned, DossierReturned)
    assert returned.known_by.word is Word.REPORT
    dossier = story.world.dossier(DOSSIER)
    assert dossier is not None
    assert dossier.phase is Phase.RETURNED


def test_nothing_reported_later_takes_the_papers_from_the_citizen() -> None:
    story = decided_and_sent_back().given(report(ACCEPTED, 50), report(DELIVERED, 60))
    story.given(report(Milestone.RETURNED, 70), report(Milestone.LOST_OR_DESTROYED, 71))
    assert story.holders(*PAPERS, paper(9)) == [CITIZEN] * 4


def test_originals_without_the_result_do_not_return_the_dossier() -> None:
    story = a_story(a_dossier(), offer(), accept(*PAPERS))
    result = NewPaper(paper=paper(9), name="Giấy khai sinh", kind=PaperKind.ORIGINAL)
    story.given(step(Step.DECIDED, results=(result,)))
    story.given(booking(*PAPERS, sender=AGENCY, to=CITIZEN, purpose=Purpose.RETURN, hours=49))
    story.given(report(DELIVERED, 60))
    dossier = story.world.dossier(DOSSIER)
    assert dossier is not None
    assert dossier.phase is Phase.DECIDED


def test_booking_twice_changes_nothing_and_booking_otherwise_is_refused() -> None:
    story = a_story(a_dossier(), booking())
    assert story.when(booking()) == []
    assert story.refusal(booking(PAPERS[0])) == "waybill-exists"


def test_only_the_sender_books_what_it_holds() -> None:
    story = a_story(a_dossier())
    assert story.refusal(booking(by=OTHER_DESK)) == "not-the-sender"
    assert story.refusal(booking(sender=OTHER_DESK)) == "not-the-custodian"
    assert story.refusal(booking(to=DESK)) == "no-such-receiver"
    assert story.refusal(booking(paper(9))) == "unknown-paper"


def redirect(to: PartyCode, hours: float = 5) -> RedirectWaybill:
    return RedirectWaybill(
        waybill=WAYBILL,
        receiver=to,
        reason=None,
        signed_by=None,
        by_party=DESK,
        occurred_at=at(hours),
    )


def recall(occurred_at: datetime) -> RecallWaybill:
    return RecallWaybill(
        waybill=WAYBILL, reason=None, signed_by=None, by_party=DESK, occurred_at=occurred_at
    )


def test_a_redirected_consignment_is_offered_to_the_new_receiver() -> None:
    story = a_story(a_dossier(), booking(), report(ACCEPTED, 3), redirect(OTHER_DESK))
    story.given(report(DELIVERED, 9))
    assert [each.receiver for each in story.offers()] == [OTHER_DESK]


def test_a_recalled_consignment_is_offered_to_the_sender() -> None:
    story = a_story(a_dossier(), booking(), report(ACCEPTED, 3), recall(at(5)))
    assert story.when(recall(at(6))) == []
    story.given(report(DELIVERED, 9))
    assert [each.receiver for each in story.offers()] == [DESK]


def test_after_delivery_nothing_is_redirected_or_recalled() -> None:
    story = a_story(a_dossier(), booking(), report(ACCEPTED, 3), report(DELIVERED, 9))
    assert story.refusal(redirect(OTHER_DESK, 10)) == "already-ended"
    assert story.refusal(recall(at(10))) == "already-ended"


def test_a_missing_paper_is_found_by_the_carrier_and_handed_over() -> None:
    story = a_story(a_dossier(), booking(), report(ACCEPTED, 3), report(DELIVERED, 9))
    handover = story.offers()[0].id
    story.given(accept(*PAPERS[:2], missing=[PAPERS[2]], handover=handover, hours=10))
    second = HandoverId("H-2")
    story.given(offer(PAPERS[2], giver=POST, handover=second, hours=20))
    story.given(accept(PAPERS[2], handover=second, hours=21))
    assert story.holders() == [AGENCY] * 3
