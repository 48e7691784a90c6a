"""What the provincial portal is told of an event, in its own words and nothing personal."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from logistics.clocks.office_hours import VIETNAM
from logistics.dossier import events as dossier
from logistics.dossier.events import Channel, ReturnTo, ReturnWay
from logistics.dossier_facts import DossierFacts, evolve_facts
from logistics.evidence import KnownBy, Word
from logistics.handover.events import (
    HandoverAccepted,
    HandoverCancelled,
    HandoverOffered,
    HandoverRefused,
)
from logistics.identifiers import CITIZEN, HandoverId, PartyCode
from logistics.recorded import Event
from logistics.waybill.milestones import Milestone
from partners.provincial.mapping import Push, Surroundings, pushes_of, with_applicant
from partners.provincial.messages import MILESTONES, STEPS, portal_time
from tests.support.carriers import payload
from tests.support.clocked import (
    AGENCY,
    BASIS,
    CODE,
    DESK,
    PAPER,
    POST,
    STEP,
    at,
    booked,
    entrusted,
    received,
    reported,
)
from tests.support.projecting import as_recorded
from tests.support.provincial import FIELDS, PERSON, PROGRESS, SYNC, TIME, TIMES

SIGNED = KnownBy(word=Word.SIGNATURE)
NAMES: dict[str, str] = {
    DESK: "Trung tâm Phục vụ hành chính công xã Tân Hồng",
    AGENCY: "Văn phòng đăng ký đất đai tỉnh Đồng Tháp, Chi nhánh khu vực Hồng Ngự",
    POST: "Bưu điện tỉnh",
}
MONDAY = "2026-08-10T09:00"
RECEIVED = received("2026-08-10T08:00", procedure_name="Đăng ký biến động đất đai")


def pushes(*events: Event) -> list[Push]:
    """What the portal is told of all of these."""
    facts: DossierFacts | None = None
    told: list[Push] = []
    for recorded in as_recorded(events):
        before, facts = facts, evolve_facts(facts, recorded)
        if facts is not None:
            told += pushes_of(before, facts, recorded, Surroundings(NAMES, BASIS))
    return told


def last(*events: Event) -> dict[str, Any]:
    """The last row of progress."""
    told = [each for each in pushes(*events) if each.service == PROGRESS]
    return told[-1].record


def statuses(*events: Event) -> list[str]:
    return [each.record["TrangThaiHoSo"] for each in pushes(*events) if each.service == SYNC]


def step(event: type[Any], when: str = MONDAY, **other: Any) -> Event:
    made: Event = event(**STEP, occurred_at=at(when), **other)
    return made


def offered(giver: PartyCode = DESK, receiver: PartyCode = AGENCY) -> HandoverOffered:
    return HandoverOffered(
        handover=HandoverId("H"), giver=giver, receiver=receiver, papers=(PAPER,),
        dossiers=(CODE,), waybill=None, seal_number=None, place=None, signed_by=None,
        known_by=SIGNED, occurred_at=at(MONDAY),
    )  # fmt: skip


def accepted(giver: PartyCode = DESK, receiver: PartyCode = AGENCY) -> HandoverAccepted:
    return HandoverAccepted(
        handover=HandoverId("H"), giver=giver, receiver=receiver, dossiers=(CODE,),
        accepted=(PAPER,), rejected=(), missing=(), extra=(), waybill=None, place=None,
        signed_by=None, known_by=SIGNED, occurred_at=at("2026-08-10T10:30:05"),
    )  # fmt: skip


HELD = (RECEIVED, entrusted("2026-08-10T08:00"))
ONLINE = replace(RECEIVED, channel=Channel.ONLINE)
DECIDED = step(dossier.DossierDecided)
RETURNED = step(dossier.DossierReturned, known_by=SIGNED)
TAKEN_OVER = step(dossier.DossierTakenOver)


@pytest.mark.parametrize(
    ("status", "events"),
    [
        ("1", [ONLINE]),
        ("2", [RECEIVED]),
        ("3", [RECEIVED, step(dossier.DossierRefused)]),
        ("4", [RECEIVED, TAKEN_OVER]),
        ("5", [RECEIVED, TAKEN_OVER, step(dossier.DossierSupplementRequested)]),
        ("6", [RECEIVED, TAKEN_OVER, step(dossier.DossierPaymentRequested)]),
        ("7", [RECEIVED, step(dossier.DossierWithdrawn)]),
        ("8", [RECEIVED, TAKEN_OVER, step(dossier.DossierSuspended)]),
        ("9", [RECEIVED, TAKEN_OVER, DECIDED]),
        ("10", [RECEIVED, TAKEN_OVER, DECIDED, RETURNED]),
    ],
)
def test_every_status_of_the_portal_is_pushed_when_it_is_reached(
    status: str, events: list[Event]
) -> None:
    assert statuses(*events)[-1] == status
    assert len(statuses(*events)) == len(events)
    assert last(*events)["TrangThai"] == status


@pytest.mark.parametrize(
    ("paused", "resumed"),
    [
        (dossier.DossierSupplementRequested, dossier.DossierSupplementReceived),
        (dossier.DossierPaymentRequested, dossier.DossierPaymentMade),
        (dossier.DossierSuspended, dossier.DossierResumed),
    ],
)
def test_a_dossier_goes_on_where_it_was_after_a_pause(
    paused: type[Any], resumed: type[Any]
) -> None:
    assert statuses(RECEIVED, TAKEN_OVER, step(paused), step(resumed))[-1] == "4"


def test_a_step_that_changes_no_status_makes_a_row_and_no_more() -> None:
    digitised = pushes(RECEIVED, step(dossier.DossierDigitised))[2:]
    assert [each.service for each in digitised] == [PROGRESS]
    assert digitised[0].record["NoiDungXuLy"] == "Số hóa thành phần hồ sơ"


def test_the_first_push_creates_and_every_later_one_updates() -> None:
    told = [each for each in pushes(RECEIVED, TAKEN_OVER, DECIDED) if each.service == SYNC]
    assert [each.is_updating for each in told] == [False, True, True]


def test_an_apology_pushes_the_new_date_though_the_status_stays() -> None:
    new_date = at("2026-08-20T17:00")
    told = pushes(RECEIVED, TAKEN_OVER, step(dossier.DossierApologised, new_date=new_date))
    sync = [each.record for each in told if each.service == SYNC][-1]
    assert (sync["TrangThaiHoSo"], sync["NgayHenTra"]) == ("4", "20260820170000")


@pytest.mark.parametrize(("step_name", "text"), STEPS.items())
def test_every_step_has_words_in_vietnamese(step_name: str, text: str) -> None:
    known = {each for each in dir(dossier) if each.startswith("Dossier")}
    assert f"Dossier{step_name.title().replace('-', '')}" in known
    assert not text.isascii()


def test_records_have_exactly_the_fields_of_their_service_and_its_times() -> None:
    told = pushes(
        *HELD,
        offered(),
        accepted(),
        booked(MONDAY),
        reported(MONDAY, Milestone.ACCEPTED),
        TAKEN_OVER,
        DECIDED,
        RETURNED,
    )
    assert {each.service for each in told} == {SYNC, PROGRESS}
    for each in told:
        assert set(each.record) == FIELDS[each.service]
        assert all(TIME.fullmatch(each.record[name]) for name in TIMES if name in each.record)


def test_times_are_those_of_vietnam_to_the_second() -> None:
    assert portal_time(datetime(2026, 8, 10, 17, 5, 9, tzinfo=UTC)) == "20260811000509"
    assert portal_time(datetime(2026, 12, 31, 23, 59, 59, tzinfo=VIETNAM)) == "20261231235959"
    assert portal_time(None) == ""


def test_the_dossier_is_described_by_its_offices_and_its_procedure() -> None:
    by_post = ReturnTo(way=ReturnWay.POST)
    [sync, _] = pushes(replace(RECEIVED, channel=Channel.POST, return_to=by_post))
    expected = {
        "MaHoSo": CODE, "MaTTHC": "1.01", "TenTTHC": "Đăng ký biến động đất đai",
        "TenLinhVuc": "Đất đai", "KenhThucHien": "3", "HinhThuc": "1",
        "DonViXuLy": NAMES[AGENCY], "NoiNopHoSo": NAMES[DESK],
        "NgayTiepNhan": "20260810080000", "NgayTra": "", "HoSoCoThanhPhanSoHoa": "0",
    }  # fmt: skip
    assert {name: sync.record[name] for name in expected} == expected


def test_channels_and_ways_of_return_are_words_of_the_portal() -> None:
    enums = payload("dvcqg_enums.json")
    for channel in Channel:
        [sync, _] = pushes(replace(RECEIVED, channel=channel))
        assert sync.record["KenhThucHien"] in enums["KenhThucHien"]
    for way in ReturnWay:
        [sync, _] = pushes(replace(RECEIVED, return_to=ReturnTo(way=way)))
        assert sync.record["HinhThuc"] in {*enums["HinhThuc(tra ket qua)"], ""}


def test_without_a_promise_the_date_of_return_is_the_agencys_legal_one() -> None:
    [sync, row] = pushes(RECEIVED)
    assert sync.record["NgayHenTra"] == "20260817170000"  # Five working days.
    assert row.record["NgayBatDau"] == "20260810080000"


def test_a_promise_stands_before_the_computed_date() -> None:
    [sync, _] = pushes(replace(RECEIVED, promised_at=at("2026-08-14T11:00")))
    assert sync.record["NgayHenTra"] == "20260814110000"


def test_the_agencys_row_shows_its_own_deadline() -> None:
    row = last(RECEIVED, TAKEN_OVER)
    assert row["NgayKetThucTheoQuyDinh"] == "20260817170000"
    assert row["PhongBanXuLy"] == NAMES[AGENCY]


def test_while_the_clock_stands_still_there_is_no_deadline() -> None:
    row = last(RECEIVED, TAKEN_OVER, step(dossier.DossierSupplementRequested, "2026-08-11T09:00"))
    assert row["NgayKetThucTheoQuyDinh"] == ""


def test_a_long_name_is_cut_only_where_the_portal_cuts_it() -> None:
    row = last(RECEIVED, TAKEN_OVER)
    assert row["NguoiXuLy"] == NAMES[AGENCY][:50] != NAMES[AGENCY]
    assert row["PhongBanXuLy"] == NAMES[AGENCY]


ENDED: dict[str, Any] = {
    "handover": HandoverId("H"),
    "dossiers": (CODE,),
    "reason": None,
    "signed_by": None,
}


@pytest.mark.parametrize(
    ("ended", "party", "text"),
    [
        (None, DESK, f"Bàn giao 1 giấy tờ cho {NAMES[AGENCY]}"),
        (accepted(), AGENCY, f"Đã nhận bàn giao 1/1 giấy tờ từ {NAMES[DESK]}"),
        (
            HandoverRefused(**ENDED, occurred_at=at(MONDAY)),
            AGENCY,
            f"Từ chối nhận bàn giao từ {NAMES[DESK]}",
        ),
        (
            HandoverCancelled(**ENDED, occurred_at=at(MONDAY)),
            DESK,
            f"Hủy bàn giao cho {NAMES[AGENCY]}",
        ),
    ],
)
def test_each_side_of_a_handover_makes_a_row(ended: Event | None, party: str, text: str) -> None:
    row = last(*HELD, offered(), *([ended] if ended else []))
    assert (row["PhongBanXuLy"], row["NoiDungXuLy"]) == (NAMES[party], text)


def test_an_acceptance_is_dated_when_it_was_signed() -> None:
    assert last(*HELD, offered(), accepted())["ThoiDiemXuLy"] == "20260810103005"


def test_the_applicant_is_named_by_what_he_is() -> None:
    row = last(*HELD, offered(receiver=CITIZEN))
    assert row["NoiDungXuLy"] == "Bàn giao 1 giấy tờ cho người nộp hồ sơ"


@pytest.mark.parametrize("milestone", [each for each in Milestone if each in MILESTONES])
def test_every_milestone_of_the_post_makes_a_row(milestone: Milestone) -> None:
    row = last(*HELD, booked(MONDAY), reported("2026-08-10T15:00", milestone))
    assert row["NoiDungXuLy"] == f"{MILESTONES[milestone]} (phiếu gửi 1)"
    assert (row["PhongBanXuLy"], row["ThoiDiemXuLy"]) == ("Bưu điện tỉnh", "20260810150000")


def test_every_milestone_but_the_unrecognised_has_words() -> None:
    assert set(Milestone) - set(MILESTONES) == {Milestone.UNRECOGNISED}


def test_what_nobody_understands_is_not_told_on() -> None:
    before = pushes(*HELD, booked(MONDAY))
    assert pushes(*HELD, booked(MONDAY), reported(MONDAY, Milestone.UNRECOGNISED)) == before


def test_reports_that_came_before_the_booking_make_rows_when_it_adopts_them() -> None:
    early = reported("2026-08-10T08:30", Milestone.ACCEPTED).report
    rows = [each.record for each in pushes(*HELD, replace(booked(MONDAY), adopted=(early,)))]
    assert [row["NoiDungXuLy"] for row in rows[2:]] == [
        "Lập phiếu gửi bưu chính (phiếu gửi 1)",
        "Bưu chính đã nhận bưu gửi (phiếu gửi 1)",
    ]
    assert rows[-1]["ThoiDiemXuLy"] == "20260810083000"


def test_a_code_used_again_on_the_way_back_means_the_way_back() -> None:
    returning = reported("2026-08-11T09:00", Milestone.RETURNING)
    again = reported("2026-08-12T09:00", Milestone.IN_TRANSIT)
    report = replace(again.report, milestone_on_return=Milestone.RETURNING)
    row = last(*HELD, booked(MONDAY), returning, replace(again, report=report))
    assert row["NoiDungXuLy"] == "Bưu gửi đang chuyển hoàn (phiếu gửi 1)"


def test_two_pushes_never_share_a_key() -> None:
    early = reported("2026-08-10T08:30", Milestone.ACCEPTED).report
    told = pushes(*HELD, offered(), accepted(), replace(booked(MONDAY), adopted=(early,)))
    assert len({each.key for each in told}) == len(told)


def test_nothing_personal_is_in_a_record_until_it_is_sent() -> None:
    [sync, _] = pushes(RECEIVED)
    assert (sync.record["ChuHoSo"], sync.record["SoDienThoai"]) == ("", "")
    sent = with_applicant(sync.record, PERSON)
    assert (sent["ChuHoSo"], sent["SoDienThoai"]) == (PERSON["name"], PERSON["phone"])
    assert [each["SoDinhDanh"] for each in sent["DinhDanhCHS"]] == [PERSON["id_number"]]
    assert with_applicant(sent, None) == sync.record
