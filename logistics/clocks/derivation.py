"""How a due time comes about, a line a day, so that an officer can check it by hand.

It walks from day to day as a person would, and not by the arithmetic of `working_time`, so each of
the two proves the other in the tests.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Final

from logistics.clocks.office_hours import local
from logistics.clocks.working_time import Limit, Office, Pause, Unit, due_at

_WEEKDAYS: Final = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
_FIRST_DAY: Final = "ngày bắt đầu, không tính (BLDS 2015 Đ147.2)"
_ROLLED: Final = "ngày cuối là ngày nghỉ, chuyển sang ngày làm việc tiếp theo (BLDS 2015 Đ148.5)"


def derivation(
    start: datetime, limit: Limit, office: Office, pauses: Sequence[Pause] = ()
) -> tuple[str, ...]:
    """Tell in Vietnamese what each day from the start to the due date counts for."""
    due = due_at(start, limit, office, pauses)
    last = _last_day(due, pauses)
    tell = _hours if limit.unit is Unit.WORKING_HOURS else _days
    return tuple(tell(start, limit, office, pauses, last))


def _last_day(due: datetime | None, pauses: Sequence[Pause]) -> int:
    """The due date, or the day on which the open pause began that keeps it from coming."""
    if due is not None:
        return local(due)[0]
    return local(min(pause.start for pause in pauses if pause.end is None))[0]


def _days(
    start: datetime, limit: Limit, office: Office, pauses: Sequence[Pause], last: int
) -> Iterator[str]:
    begun, first = local(start)[0], office.started(start)
    counted = 0
    for day in range(begun, last + 1):
        worked = office.calendar.is_worked(day)
        of_kind = worked or limit.unit is Unit.CALENDAR_DAYS
        if day < first:
            told = _why_not(office, day, worked)
        elif day == first:
            told = _FIRST_DAY
        elif of_kind and _stands(pauses, office.closing(day)):
            told = "tạm dừng, không tính"
        elif not of_kind:
            told = _why_not(office, day, worked)
        elif counted >= limit.n:
            told = _ROLLED
        else:
            counted += 1
            told = f"ngày thứ {counted}{_special(office, day)}"
        yield f"{day_named(day)}: {told}"


def _hours(
    start: datetime, limit: Limit, office: Office, pauses: Sequence[Pause], last: int
) -> Iterator[str]:
    left = round(limit.n * 3600)
    begun = local(start)[0]
    for day in range(begun, last + 1):
        if not office.calendar.is_worked(day):
            yield f"{day_named(day)}: {_why_not(office, day, worked=False)}"
            continue
        spent = min(left, _open_seconds(start, office, pauses, day))
        left -= spent
        yield (f"{day_named(day)}: tính {_span(spent)}, còn {_span(left)}{_special(office, day)}")


def _open_seconds(start: datetime, office: Office, pauses: Sequence[Pause], day: int) -> int:
    """Office seconds of a day that count: behind the start, and outside every pause."""
    cuts = [_seconds_of(start, day, before=0)]
    spans = [
        (
            _seconds_of(p.start, day, before=0),
            _seconds_of(p.end, day, before=0) if p.end else 86_400,
        )
        for p in pauses
    ]
    total = 0
    for opens, closes in office.hours.sessions:
        at = max(opens, cuts[0])
        for begun, ended in sorted(spans):
            if begun < closes and ended > at:
                total += max(0, min(begun, closes) - at)
                at = max(at, ended)
        total += max(0, closes - at)
    return total


def _seconds_of(at: datetime, day: int, before: int) -> int:
    """Where a moment lies on a day: the second of the day, or its nearer end."""
    its_day, second = local(at)
    if its_day == day:
        return second
    return before if its_day < day else 86_400


def _stands(pauses: Sequence[Pause], at: datetime) -> bool:
    return any(p.start <= at and (p.end is None or at < p.end) for p in pauses)


def _why_not(office: Office, day: int, worked: bool) -> str:
    return (
        "sau giờ làm việc, tính từ ngày làm việc tiếp theo" if worked else why_closed(office, day)
    )


def why_closed(office: Office, day: int) -> str:
    """Why nobody works on a day."""
    return f"nghỉ, {office.calendar.why(day) or 'cuối tuần'}"


def _special(office: Office, day: int) -> str:
    why = office.calendar.why(day)
    return f" ({why})" if why else ""


def day_named(day: int) -> str:
    """A day as people say it: `Thứ Hai 03/08/2026`."""
    named = date.fromordinal(day)
    return f"{_WEEKDAYS[named.weekday()]} {named:%d/%m/%Y}"


def _span(seconds: int) -> str:
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} giờ {minutes:02} phút"
