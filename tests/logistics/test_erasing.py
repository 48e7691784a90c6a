"""What is personal in a dossier can be erased on its own, wherever it was said."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import Cursor
from structlog.testing import capture_logs

from logistics.erasing import erase_dossier, traces_of
from logistics.errors import NotFound
from logistics.event_store import EventStore
from logistics.evidence import Source, SourceKind
from logistics.handling import Envelope, Handling
from logistics.handover.events import RejectedPaper
from logistics.identifiers import (
    CITIZEN,
    DossierCode,
    SealedRef,
    StreamId,
    dossier_stream,
    handover_stream,
    paper_stream,
)
from logistics.in_memory_event_store import InMemoryEventStore
from logistics.personal_data import SealedItem, Vault, insert_sealed
from logistics.postgres_event_store import PostgresEventStore
from logistics.recorded import Metadata
from logistics.waybill.events import Purpose
from logistics.waybill.milestones import Milestone
from tests.support.stories import (
    AGENCY,
    DOSSIER,
    HANDOVER,
    MONDAY,
    PROVINCE,
    WAYBILL,
    a_dossier,
    accept,
    booking,
    offer,
    paper,
    parties,
    report,
)

OTHER = DossierCode("H46.20-260716-0002")
METADATA = Metadata(
    recorded_at=MONDAY,
    actor=PROVINCE,
    source=Source(kind=SourceKind.SYSTEM),
    correlation_id="c-1",
)
MINE = a_dossier(paper(1), paper(2))
THEIRS = a_dossier(paper(3), code=OTHER)


def told(store: EventStore, *commands: object) -> EventStore:
    handling = Handling(store)
    for command in (*parties(), *commands):
        handling.handle(Envelope(command=command, metadata=METADATA))
    return store


def rejecting(*reasons: str) -> Any:
    """An acceptance that rejects the first papers, for these reasons."""
    return replace(
        accept(paper(3)),
        rejected=tuple(
            RejectedPaper(paper=paper(number), reason=SealedRef(reason))
            for number, reason in enumerate(reasons, 1)
        ),
    )


def subjects(store: EventStore) -> set[StreamId]:
    return set(traces_of(store, DOSSIER).subjects)


OWN = {dossier_stream(DOSSIER), paper_stream(paper(1)), paper_stream(paper(2))}


def test_a_dossier_and_its_papers_are_traced_and_nothing_of_another_dossier() -> None:
    store = told(InMemoryEventStore(), MINE, THEIRS)
    assert subjects(store) == OWN


def test_a_handover_of_one_dossier_alone_is_traced() -> None:
    store = told(InMemoryEventStore(), MINE, offer(paper(1)), accept(paper(1)))
    assert subjects(store) == {*OWN, handover_stream(HANDOVER)}


def test_a_handover_shared_with_another_dossier_keeps_all_but_the_reasons_for_the_papers() -> None:
    shared = offer(paper(1), paper(2), paper(3))
    store = told(InMemoryEventStore(), MINE, THEIRS, shared, rejecting("S-torn", "S-wrong-name"))
    traces = traces_of(store, DOSSIER)
    assert set(traces.subjects) == OWN
    assert traces.refs == ("S-torn", "S-wrong-name")


def test_the_receipts_of_its_consignments_are_traced_whether_they_came_before_or_after_booking() -> (
    None
):
    store = told(
        InMemoryEventStore(),
        MINE,
        report(Milestone.ACCEPTED, 1, key="early"),
        booking(paper(1), paper(2), to=CITIZEN, purpose=Purpose.RETURN),
        report(Milestone.IN_TRANSIT, 2, key="late"),
    )
    traces = traces_of(store, DOSSIER)
    assert traces.receipts == ("R-early", "R-late")
    assert WAYBILL.stream in traces.subjects


def test_a_consignment_shared_with_another_dossier_keeps_its_receipts() -> None:
    store = told(
        InMemoryEventStore(),
        MINE,
        THEIRS,
        booking(paper(1), paper(3), to=AGENCY, dossiers=(DOSSIER, OTHER)),
        report(Milestone.ACCEPTED, 2),
    )
    traces = traces_of(store, DOSSIER)
    assert set(traces.subjects) == OWN
    assert traces.receipts == ()


def test_a_dossier_that_nobody_received_is_not_found() -> None:
    with pytest.raises(NotFound):
        traces_of(InMemoryEventStore(), DOSSIER)


# ------------------------------------------------------------------------------ on a real database


@pytest.fixture
def store(database_url: str) -> Iterator[PostgresEventStore]:
    with closing(PostgresEventStore(database_url)) as store:
        yield store


@pytest.fixture
def cursor(database_url: str) -> Iterator[Cursor[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection.cursor()


def left(cursor: Cursor[Any]) -> set[str]:
    return {row[0] for row in cursor.execute("SELECT ref FROM sealed").fetchall()}


def test_erasing_leaves_other_dossiers_and_every_event_and_a_line_without_data(
    store: PostgresEventStore, cursor: Cursor[Any]
) -> None:
    vault = Vault([bytes(32)])
    mine = vault.seal("person", str(dossier_stream(DOSSIER)), {"name": "Nguyễn Thị Hoa"})
    reason = vault.seal("text", str(handover_stream(HANDOVER)), "rách, của bà Hoa")
    theirs = vault.seal("person", str(dossier_stream(OTHER)), {"name": "Lê Văn Tám"})
    signature = vault.seal("text", str(handover_stream(HANDOVER)), "Trần Thị Bưu")
    kept: list[SealedItem] = [theirs, signature]
    insert_sealed(cursor, [mine, reason, *kept])
    told(store, MINE, THEIRS, offer(paper(1), paper(3)), rejecting(reason.ref))
    before = store.read(0, 500)
    with capture_logs() as lines:
        erase_dossier(store, cursor, DOSSIER)
        erase_dossier(store, cursor, DOSSIER)
    assert left(cursor) == {item.ref for item in kept}
    assert store.read(0, 500) == before
    assert [line["event"] for line in lines] == ["personal-data-erased"] * 2
    assert [line["count"] for line in lines] == [2, 0]
    assert "Hoa" not in str(lines)


def test_an_erasure_that_is_undone_has_erased_nothing(
    store: PostgresEventStore, cursor: Cursor[Any]
) -> None:
    mine = Vault([bytes(32)]).seal("text", str(dossier_stream(DOSSIER)), "ghi chú")
    insert_sealed(cursor, [mine])
    told(store, MINE)
    with cursor.connection.transaction(force_rollback=True):
        erase_dossier(store, cursor, DOSSIER)
        assert left(cursor) == set()
    assert left(cursor) == {mine.ref}
