"""Due times at the command line, for an officer to check by hand and for others to compare with."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from logistics.clocks.derivation import derivation
from logistics.clocks.office_hours import DEFAULT_HOURS, VIETNAM, OfficeHours
from logistics.clocks.vietnam import vietnam
from logistics.clocks.working_time import Limit, Office, due_at
from logistics.errors import Fault, Invalid
from logistics.web.fields import read_time

_WORDS: Final = 2


def due_lines(start: str, limit: str, hours: OfficeHours | None) -> Iterator[str]:
    """The due time, and then what each day counts for. Raises `Invalid`."""
    began, allowed = _read(start, limit, "--")
    office = _office(hours)
    yield _due(began, allowed, office)
    yield from derivation(began, allowed, office)
    yield f"Lịch: {office.calendar.version}; giờ làm việc: {office.hours}"


def due_line(line: str, hours: OfficeHours | None) -> str:
    """The due time of a line that says `start limit`. Raises `Invalid`."""
    words = line.split()
    if len(words) != _WORDS:
        raise Invalid([Fault("line", "A line says a start and a limit")])
    return _due(*_read(words[0], words[1], ""), _office(hours))


def _due(start: datetime, limit: Limit, office: Office) -> str:
    try:
        due = due_at(start, limit, office)
    except ValueError as error:
        raise Invalid([Fault("start", str(error))]) from None
    return "" if due is None else due.astimezone(VIETNAM).isoformat()


def _read(start: str, limit: str, prefix: str) -> tuple[datetime, Limit]:
    """Read both, and tell the faults of both."""
    faults: list[Fault] = []
    began = allowed = None
    try:
        began = read_time(start)
    except ValueError as error:
        faults.append(Fault(f"{prefix}start", str(error)))
    try:
        allowed = Limit.parse(limit)
    except ValueError as error:
        faults.append(Fault(f"{prefix}limit", str(error)))
    if began is None or allowed is None:
        raise Invalid(faults)
    return began, allowed


def _office(hours: OfficeHours | None) -> Office:
    return Office(vietnam(), hours or DEFAULT_HOURS)
