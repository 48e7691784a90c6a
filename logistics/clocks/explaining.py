"""How the due time of an obligation came about, a line a day, in words that an officer can check."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from logistics.clocks.basis import Basis
from logistics.clocks.derivation import day_named, derivation, why_closed
from logistics.clocks.obligation import Obligation
from logistics.clocks.office_hours import VIETNAM, local
from logistics.clocks.working_time import Limit, Office, Pause, due_at
from logistics.dossier_facts import DossierFacts, time

_A_CLOCK: Final = re.compile(r"\d{2}:\d{2}")


def explained(each: Obligation, facts: DossierFacts, basis: Basis) -> tuple[str, ...]:
    """The lines of an obligation; the last one says what else than counting set the date."""
    office = Office(basis.calendar, each.hours)
    try:
        limit = Limit.parse(each.limit)
    except ValueError:
        return tuple(_stated(each, office))
    pauses = [Pause(p.started.at, p.ended.at if p.ended else None) for p in each.pauses]
    counted = derivation(each.started.at, limit, office, pauses)
    if each.due_at is None or each.due_at == due_at(each.started.at, limit, office, pauses):
        return counted
    return (*counted, _moved(each.due_at, facts))


def _stated(each: Obligation, office: Office) -> Iterator[str]:
    """A day that the law names: nothing is counted but the days on which nobody works."""
    first = local(each.started.at)[0]
    last = local(each.due_at)[0] if each.due_at else first
    yield f"{day_named(first)}: bắt đầu {_clock(each.started.at)}; {_said(each)}"
    for day in range(min(first + 1, last), last):
        if not office.calendar.is_worked(day):
            yield f"{day_named(day)}: {why_closed(office, day)}"
    if each.due_at is not None:
        yield f"{day_named(last)}: hạn {_clock(each.due_at)}"


def _said(each: Obligation) -> str:
    """A limit that names a time of the day, or a day before another one."""
    cut_off = _A_CLOCK.search(each.limit)
    if cut_off is not None:
        said = f"nhận trước {cut_off[0]} thì trong ngày làm việc"
        return f"{said}, nhận sau đó thì đầu ngày làm việc tiếp theo"
    return "chậm nhất 1 ngày trước khi hết hạn giải quyết"


def _moved(due: datetime, facts: DossierFacts) -> str:
    """What set another date than counting gives: an apology, else the promised date."""
    apologies = [step for step in facts["steps"] if step["step"] == "apologised"]
    if apologies:
        said = time(apologies[-1]["at"]).astimezone(VIETNAM)
        return f"Thư xin lỗi ngày {said:%d/%m/%Y} hẹn lại: {_told(due)} (NĐ 61/2018 Đ19)"
    return f"Ngày hẹn trả trên giấy tiếp nhận: {_told(due)}"


def _told(at: datetime) -> str:
    return f"{at.astimezone(VIETNAM):%H:%M %d/%m/%Y}"


def _clock(at: datetime) -> str:
    return f"{at.astimezone(VIETNAM):%H:%M}"
