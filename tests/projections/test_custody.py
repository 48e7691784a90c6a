"""Where is each original, who holds it and since when?"""

from datetime import UTC, datetime
from typing import Any

from logistics.dossier.commands import NewPaper, Step
from logistics.identifiers import CITIZEN
from logistics.paper.commands import DeclarePaperLost, GiveBackPaper, ReportPaperFound
from logistics.paper.events import PaperKind
from logistics.waybill.events import Purpose
from logistics.waybill.milestones import Milestone
from projections.custody import CUSTODY, Custody, state_of
from tests.support.projecting import folded
from tests.support.stories import (
    AGENCY,
    DESK,
    HANDOVER,
    POST,
    Story,
    a_dossier,
    a_story,
    accept,
    at,
    booking,
    cancel,
    offer,
    paper,
    report,
    step,
)


def custody(story: Story, number: int = 1) -> Custody:
    found: Custody = folded(CUSTODY, story.events)[paper(number)]
    return found


def states(story: Story) -> list[str]:
    return [state_of(row) for row in folded(CUSTODY, story.events).values()]


def since(row: Any) -> datetime:
    return datetime.fromisoformat(row["since"]).astimezone(UTC)


def test_the_desk_that_received_a_paper_holds_it_from_then_on() -> None:
    row = custody(a_story(a_dossier()))
    assert (row["holder"], since(row), row["from"], state_of(row)) == (DESK, at(0), None, "held")


def test_an_offered_paper_stays_with_its_giver_until_the_receiver_accepts() -> None:
    story = a_story(a_dossier(), offer(to=AGENCY, hours=1))
    row = custody(story)
    assert (row["holder"], state_of(row)) == (DESK, "offered")
    assert row["offered"] is not None
    assert (row["offered"]["handover"], row["offered"]["to"]) == (HANDOVER, AGENCY)

    row = custody(story.given(accept(*(paper(n) for n in (1, 2, 3)), hours=2)))
    assert (row["holder"], row["from"], since(row)) == (AGENCY, DESK, at(2))
    assert (row["offered"], state_of(row)) == (None, "held")


def test_a_withdrawn_offer_leaves_the_paper_where_it_was() -> None:
    row = custody(a_story(a_dossier(), offer(hours=1), cancel(hours=2)))
    assert (row["holder"], since(row), state_of(row)) == (DESK, at(0), "held")


def test_accepted_missing_and_rejected_papers_go_separate_ways() -> None:
    story = a_story(a_dossier(), offer(), accept(paper(1), missing=[paper(2)], rejected=[paper(3)]))
    rows = folded(CUSTODY, story.events).values()
    assert [row["holder"] for row in rows] == [AGENCY, DESK, DESK]
    assert states(story) == ["held", "missing", "rejected"]


def test_a_missing_paper_that_is_found_is_held_by_its_custodian_again() -> None:
    story = a_story(a_dossier(), offer(), accept(paper(1), paper(2), missing=[paper(3)]))
    story.given(ReportPaperFound(paper=paper(3), note=None, by_party=DESK, occurred_at=at(5)))
    row = custody(story, 3)
    assert (row["holder"], since(row), state_of(row)) == (DESK, at(0), "held")


def test_a_lost_paper_is_lost_by_its_custodian() -> None:
    story = a_story(
        a_dossier(), DeclarePaperLost(paper=paper(1), note=None, by_party=DESK, occurred_at=at(5))
    )
    assert states(story) == ["lost", "held", "held"]


def test_a_late_report_dates_the_carriers_custody_back_and_nothing_else() -> None:
    story = a_story(a_dossier(), booking(), report(Milestone.IN_TRANSIT, 5))
    assert (custody(story)["holder"], since(custody(story))) == (POST, at(5))
    story.given(report(Milestone.ACCEPTED, 3))
    assert (custody(story)["holder"], since(custody(story))) == (POST, at(3))
    assert custody(story)["from"] == DESK


def test_delivered_to_a_party_is_an_offer_by_the_carrier_and_no_transfer() -> None:
    row = custody(
        a_story(
            a_dossier(),
            booking(),
            report(Milestone.ACCEPTED, 3),
            report(Milestone.DELIVERED, 9),
        )
    )
    assert (row["holder"], state_of(row)) == (POST, "offered")
    assert row["offered"] is not None
    assert row["offered"]["to"] == AGENCY


def test_delivered_to_the_citizen_gives_the_paper_back_once_and_for_all() -> None:
    story = a_story(
        a_dossier(),
        booking(to=CITIZEN, purpose=Purpose.RETURN),
        report(Milestone.ACCEPTED, 3),
        report(Milestone.DELIVERED, 9),
    )
    row = custody(story)
    assert (row["holder"], row["from"], state_of(row)) == (CITIZEN, POST, "given_back")
    assert since(row) == at(9)
    story.given(report(Milestone.DELIVERED, 8))
    assert since(custody(story)) == at(8)


def test_a_result_is_held_by_the_agency_that_issued_it() -> None:
    result = NewPaper(paper=paper(9), name="Kết quả", kind=PaperKind.ORIGINAL)
    story = a_story(
        a_dossier(),
        step(Step.FORWARDED, by=DESK, hours=1),
        step(Step.TAKEN_OVER, hours=2),
        step(Step.DECIDED, hours=40, results=(result,)),
    )
    row = custody(story, 9)
    assert (row["holder"], row["origin"], since(row)) == (AGENCY, "result", at(40))


def test_a_paper_given_back_at_the_counter_is_the_citizens() -> None:
    story = a_story(
        a_dossier(),
        step(Step.WITHDRAWN, by=DESK, hours=3),
        GiveBackPaper(
            paper=paper(1),
            signed_by=None,
            recipient=None,
            note=None,
            by_party=DESK,
            occurred_at=at(4),
        ),
    )
    assert states(story) == ["given_back", "held", "held"]


def test_what_befalls_a_paper_nobody_entrusted_makes_no_row() -> None:
    story = a_story(a_dossier(), offer())
    assert (
        folded(CUSTODY, [each for each in story.events if "Entrusted" not in str(type(each))]) == {}
    )
