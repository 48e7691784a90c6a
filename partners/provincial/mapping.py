"""Our events in the portal's words: the dossier when its status changes, a row for all that happens.

Pure. Nothing personal is in a record made here; what the portal wants to know of the applicant is
put in when it is sent (`with_applicant`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from logistics.clocks.basis import Basis
from logistics.clocks.obligation import Obligation
from logistics.clocks.obligations import obligations
from logistics.dossier_facts import DossierFacts, time
from logistics.dossier_facts.standing import phase_of, promised_at
from logistics.recorded import Recorded
from partners.provincial.messages import (
    ADD_PROGRESS,
    CHANNELS,
    LONGEST_NAME,
    RETURN_WAYS,
    SYNC_DOSSIER,
    portal_time,
)
from partners.provincial.progress import Happening, happenings

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One thing to tell the portal. `part` tells the rows of one event apart."""

    dossier: str
    position: int
    service: str
    part: int = 0
    record: Record
    is_updating: bool = False

    @property
    def key(self) -> tuple[str, int, str, int]:
        return (self.dossier, self.position, self.service, self.part)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a record needs beside the facts: what parties are called, and what clocks go by."""

    names: Mapping[str, str]
    basis: Basis

    def name(self, party: str) -> str:
        return self.names.get(party, party)


def pushes_of(
    before: DossierFacts | None, facts: DossierFacts, recorded: Recorded, around: Surroundings
) -> Iterator[Push]:
    """What the portal is to hear of an event that led from the facts `before` to these."""
    dossier = facts["dossier"]
    if before is None or _shown(before) != _shown(facts):
        yield Push(
            dossier=dossier,
            position=recorded.position,
            service=SYNC_DOSSIER,
            record=dossier_record(facts, around),
            is_updating=before is not None,
        )
    for part, happening in enumerate(happenings(facts, recorded, around.name)):
        yield Push(
            dossier=dossier,
            position=recorded.position,
            service=ADD_PROGRESS,
            part=part,
            record=progress_record(facts, happening, around),
        )


def dossier_record(facts: DossierFacts, around: Surroundings) -> Record:
    """The record of `DongBoHoSoMC`; what we do not know is empty, as the portal takes it."""
    received = portal_time(time(facts["received_at"]))
    digitised = any(step["step"] == "digitised" for step in facts["steps"])
    return {
        "MaHoSo": facts["dossier"],
        "MaTTHC": facts["procedure"],
        "TenTTHC": facts["procedure_name"] or "",
        "MaLinhVuc": "",
        "TenLinhVuc": facts["field"] or "",
        "KenhThucHien": CHANNELS[facts["channel"]],
        **with_applicant({}, None),
        "LoaiDoiTuong": "",
        "MaDoiTuong": "",
        "ThongTinKhac": "",
        "Email": "",
        "Fax": "",
        "TrichYeuHoSo": facts["procedure_name"] or "",
        "NgayTiepNhan": received,
        "NgayHenTra": portal_time(promised_at(facts) or _due(_processing(facts, around.basis))),
        "TrangThaiHoSo": str(phase_of(facts).portal_status),
        "NgayTra": _last(facts, "returned"),
        "ThongTinTra": "",
        "HinhThuc": RETURN_WAYS[facts["return_to"]["way"]],
        "NgayKetThucXuLy": _last(facts, "decided"),
        "DonViXuLy": around.name(facts["agency"]),
        "GhiChu": "",
        "NoiNopHoSo": around.name(facts["desk"]),
        "HoSoCoThanhPhanSoHoa": "1" if digitised else "0",
        "TaiKhoanDuocXacThucVoiVNeID": "",
        "DuocThanhToanTrucTuyen": "",
        "NgayTuChoi": _last(facts, "refused"),
        "NgayNopHoSo": received,
        "TaiLieuNop": [],
        "DanhSachLePhi": [],
        "DanhSachHoSoBoSung": [],
        "DanhSachGiayToKetQua": [],
        "DSKetNoiCSDL": [],
    }


def with_applicant(record: Record, person: Mapping[str, str | None] | None) -> Record:
    """The record with what the portal wants to know of the applicant; empty once that is erased."""
    known = person or {}
    number = known.get("id_number")
    return {
        **record,
        "ChuHoSo": known.get("name") or "",
        "SoDienThoai": known.get("phone") or "",
        "DinhDanhCHS": [{"LoaiDinhDanh": "", "SoDinhDanh": number}] if number else [],
    }


def progress_record(facts: DossierFacts, happening: Happening, around: Surroundings) -> Record:
    """The record of `CapNhatTienDoHoSoMC`; who acts is an office, never a person."""
    name = around.name(happening.party)
    clock = _clock_of(facts, happening, around.basis)
    started = time(facts["received_at"]) if clock is None else clock.started.at
    return {
        "MaHoSo": facts["dossier"],
        "NguoiXuLy": name[:LONGEST_NAME],
        "ChucDanh": "",
        "ThoiDiemXuLy": portal_time(happening.at),
        "PhongBanXuLy": name,
        "NoiDungXuLy": happening.text,
        "TrangThai": str(phase_of(facts).portal_status),
        "NgayBatDau": portal_time(started),
        "NgayKetThucTheoQuyDinh": portal_time(
            promised_at(facts) if clock is None else clock.due_at
        ),
    }


def _shown(facts: DossierFacts) -> tuple[int, datetime | None]:
    """What of a dossier the portal is told anew when it changes."""
    return phase_of(facts).portal_status, promised_at(facts)


def _last(facts: DossierFacts, step: str) -> str:
    times = [time(each["at"]) for each in facts["steps"] if each["step"] == step]
    return portal_time(times[-1] if times else None)


def _clock_of(facts: DossierFacts, happening: Happening, basis: Basis) -> Obligation | None:
    """The duty that the acting party was at, the newest of several; else that of the agency."""
    duties = obligations(facts, basis)
    own = [
        each
        for each in duties
        if each.obligor == happening.party
        and each.started.at <= happening.at
        and (each.met is None or happening.at <= each.met.at)
    ]
    return max(own, key=lambda each: each.started.at, default=None) or _the_agencys(duties)


def _processing(facts: DossierFacts, basis: Basis) -> Obligation | None:
    return _the_agencys(obligations(facts, basis))


def _the_agencys(duties: tuple[Obligation, ...]) -> Obligation | None:
    return next((each for each in duties if each.kind == "processing"), None)


def _due(duty: Obligation | None) -> datetime | None:
    return None if duty is None else duty.due_at
