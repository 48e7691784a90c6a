"""When limits run out: sentences of the law, properties, and an oracle that walks minute by minute."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logistics.clocks.calendar import worked_days_between
from logistics.clocks.derivation import derivation
from logistics.clocks.office_hours import DEFAULT_HOURS, VIETNAM, OfficeHours, local
from logistics.clocks.vietnam import vietnam
from logistics.clocks.working_time import Limit, Office, Pause, Unit, due_at, runs_out_at

CALENDAR = vietnam()
OFFICE = Office(CALENDAR, DEFAULT_HOURS)
CASES = 20_000


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


def due(start: str, limit: str, *pauses: tuple[str, str | None]) -> str | None:
    spans = [Pause(at(begun), at(ended) if ended else None) for begun, ended in pauses]
    answer = due_at(at(start), Limit.parse(limit), OFFICE, spans)
    return None if answer is None else answer.strftime("%Y-%m-%d %H:%M")


# --- sentences ---


def test_the_first_day_is_not_counted() -> None:
    assert due("2026-08-03 08:00", "1wd") == "2026-08-04 17:00"


def test_a_start_on_friday_at_16_55_counts_for_friday() -> None:
    assert due("2026-08-07 16:55", "1wd") == "2026-08-10 17:00"


def test_a_start_after_closing_is_one_at_the_next_opening() -> None:
    assert due("2026-08-07 17:01", "1wd") == "2026-08-11 17:00"
    assert due("2026-08-07 17:01", "1wh") == "2026-08-10 08:30"


def test_a_start_in_the_lunch_break_runs_from_the_afternoons_opening() -> None:
    assert due("2026-08-03 12:00", "1wh") == "2026-08-03 14:30"


def test_office_minutes_go_on_over_lunch_and_night() -> None:
    assert due("2026-08-03 11:00", "1wh") == "2026-08-03 14:00"
    assert due("2026-08-03 16:30", "1wh") == "2026-08-04 08:00"


def test_a_make_up_saturday_is_worked() -> None:
    # 2026-01-02 is off and made up for on Saturday 2026-01-10 (12729/VPCP-KGVX).
    assert due("2026-01-09 09:00", "1wd") == "2026-01-10 17:00"
    assert due("2025-12-31 09:00", "1wd") == "2026-01-05 17:00"


def test_a_limit_goes_on_behind_tet() -> None:
    # Off from Monday 2026-02-16 to Friday 2026-02-20.
    assert due("2026-02-13 09:00", "1wd") == "2026-02-23 17:00"


def test_calendar_days_roll_from_a_holiday_to_the_next_worked_day() -> None:
    # 2026-08-31 to 2026-09-02 are off.
    assert due("2026-08-28 09:00", "3cd") == "2026-09-03 17:00"


def test_a_supplement_across_tet_takes_out_worked_days_only() -> None:
    asked, given_ = "2026-02-12 10:00", "2026-02-24 10:00"
    # Thursday, Friday, and Monday behind Tết stand still.
    assert due("2026-02-11 09:00", "3wd", (asked, given_)) == "2026-02-26 17:00"


def test_overlapping_pauses_count_once() -> None:
    one = due("2026-08-03 08:00", "5wd", ("2026-08-04 08:00", "2026-08-06 08:00"))
    both = due(
        "2026-08-03 08:00",
        "5wd",
        ("2026-08-04 08:00", "2026-08-06 08:00"),
        ("2026-08-05 08:00", "2026-08-06 08:00"),
    )
    assert one == both == "2026-08-12 17:00"


def test_a_request_on_the_last_day_keeps_the_limit_from_running_out() -> None:
    assert due("2026-08-03 08:00", "1wd", ("2026-08-04 10:00", None)) is None
    assert (
        due("2026-08-03 08:00", "1wd", ("2026-08-04 10:00", "2026-08-06 09:00"))
        == "2026-08-06 17:00"
    )


def test_a_pause_within_office_hours_takes_out_its_minutes() -> None:
    assert due("2026-08-03 08:00", "2wh", ("2026-08-03 09:00", "2026-08-03 09:30")) == (
        "2026-08-03 10:30"
    )


def test_half_a_day_is_half_the_office_hours() -> None:
    assert due("2026-08-03 08:00", "1.5wd") == "2026-08-05 11:15"


def test_whole_days_run_out_with_their_last_day_and_hours_with_their_minute() -> None:
    day, hour = Limit.parse("1wd"), Limit.parse("1wh")
    assert runs_out_at(at("2026-08-04 17:00"), day) == at("2026-08-05 00:00")
    assert runs_out_at(at("2026-08-04 09:10"), hour) == at("2026-08-04 09:11")


@pytest.mark.parametrize("text", ["", "3", "wd", "0wd", "-1wd", "1.5cd", "3 weeks", "1e9wd"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"limit|calendar days"):
        Limit.parse(text)


@pytest.mark.parametrize("text", ["", "8-12", "08:00-08:00", "13:00-17:00, 08:00-12:00", "x"])
def test_what_are_no_office_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="office hours"):
        OfficeHours.parse(text)


def test_days_outside_the_calendar_are_not_guessed() -> None:
    with pytest.raises(ValueError, match="covers"):
        due_at(at("2035-12-30 08:00"), Limit.parse("30wd"), OFFICE)


def test_a_derivation_has_a_line_for_each_day_and_names_holidays() -> None:
    lines = derivation(at("2026-02-13 09:00"), Limit.parse("1wd"), OFFICE)
    assert len(lines) == 11
    assert lines[0].startswith("Thứ Sáu 13/02/2026: ngày bắt đầu")
    assert "Tết Nguyên Đán" in lines[4]
    assert lines[-1] == "Thứ Hai 23/02/2026: ngày thứ 1"


# --- properties ---

STARTS = st.datetimes(
    datetime(2025, 1, 2),  # noqa: DTZ001  # Hypothesis wants bounds without zone.
    datetime(2027, 6, 30),  # noqa: DTZ001  # Likewise.
    timezones=st.just(VIETNAM),
).map(lambda moment: moment.replace(microsecond=0))
LIMITS = st.one_of(
    st.integers(1, 30).map(lambda n: Limit.parse(f"{n}wd")),
    st.integers(1, 60).map(lambda n: Limit.parse(f"{n}wh")),
    st.integers(1, 45).map(lambda n: Limit.parse(f"{n}cd")),
)


@st.composite
def pauses(draw: st.DrawFn, start: datetime) -> Pause:
    begun = start + timedelta(minutes=draw(st.integers(-2000, 20_000)))
    return Pause(begun, begun + timedelta(minutes=draw(st.integers(0, 15_000))))


@given(data=st.data(), start=STARTS, limit=LIMITS)
def test_another_pause_never_makes_anything_due_earlier(
    data: st.DataObject, start: datetime, limit: Limit
) -> None:
    some = data.draw(st.lists(pauses(start), max_size=3))
    more = data.draw(pauses(start))
    before = due_at(start, limit, OFFICE, some)
    after = due_at(start, limit, OFFICE, [*some, more])
    assert before is not None
    assert after is not None
    assert after >= before


@given(start=STARTS, limit=LIMITS, later=st.integers(0, 20_000))
def test_a_later_start_is_never_due_earlier(start: datetime, limit: Limit, later: int) -> None:
    first = due_at(start, limit, OFFICE)
    second = due_at(start + timedelta(minutes=later), limit, OFFICE)
    assert first is not None
    assert second is not None
    assert second >= first


@given(first=STARTS, parts=st.lists(st.integers(0, 10_000), min_size=2, max_size=4))
def test_the_parts_of_an_interval_sum_to_the_whole(first: datetime, parts: list[int]) -> None:
    moments = [first]
    for minutes in parts:
        moments.append(moments[-1] + timedelta(minutes=minutes))
    rulers = [OFFICE.seconds_before(each) for each in moments]
    assert sum(b - a for a, b in pairwise(rulers)) == rulers[-1] - rulers[0]
    days = [each.date() for each in moments]
    whole = worked_days_between(CALENDAR, days[0], days[-1])
    assert sum(worked_days_between(CALENDAR, a, b) for a, b in pairwise(days)) == whole


# --- the oracle ---


def walked(start: datetime, limit: Limit, hours: OfficeHours, spans: Sequence[Pause]) -> datetime:
    """The due time, by going on minute by minute, and from day to day for limits in days."""
    if limit.unit is Unit.WORKING_HOURS:
        return _walked_minutes(start, limit, hours, spans)
    return _walked_days(start, limit, hours, spans)


def _is_worked(day: date) -> bool:
    if day in CALENDAR.days_worked:
        return True
    return day.weekday() < 5 and day not in CALENDAR.days_off


def _stands(spans: Sequence[Pause], moment: datetime) -> bool:
    return any(span.start <= moment and (span.end is None or moment < span.end) for span in spans)


def _walked_minutes(
    start: datetime, limit: Limit, hours: OfficeHours, spans: Sequence[Pause]
) -> datetime:
    left, minute = int(limit.n * 60), start
    while True:
        of_day = (minute.hour * 60 + minute.minute) * 60
        is_open = any(opens <= of_day < closes for opens, closes in hours.sessions)
        if is_open and _is_worked(minute.date()) and not _stands(spans, minute):
            left -= 1
        minute += timedelta(minutes=1)
        if left == 0:
            return minute


def _walked_days(
    start: datetime, limit: Limit, hours: OfficeHours, spans: Sequence[Pause]
) -> datetime:
    closing = timedelta(seconds=hours.closing)
    midnight = start.replace(hour=0, minute=0, second=0)
    day = midnight if start <= midnight + closing else midnight + timedelta(days=1)
    while not _is_worked(day.date()):
        day += timedelta(days=1)
    left = int(limit.n)
    while left:
        day += timedelta(days=1)
        counts = limit.unit is Unit.CALENDAR_DAYS or _is_worked(day.date())
        if counts and not _stands(spans, day + closing):
            left -= 1
    while not _is_worked(day.date()):
        day += timedelta(days=1)
    return day + closing


def test_an_oracle_that_walks_agrees_on_twenty_thousand_random_cases() -> None:
    dice = Random(2026)
    all_hours = [
        DEFAULT_HOURS,
        OfficeHours.parse("07:00-11:30, 13:00-16:30"),
        OfficeHours.parse("08:00-12:00"),
        OfficeHours.parse("07:30-11:30, 13:30-17:00, 18:00-20:00"),
    ]
    first = datetime(2025, 1, 2, tzinfo=VIETNAM)
    for _ in range(CASES):
        start = first + timedelta(minutes=dice.randrange(1_300_000))
        unit = dice.choice(["wd", "wh", "cd"])
        limit = Limit.parse(f"{dice.randrange(1, 7 if unit == 'wh' else 25)}{unit}")
        hours = dice.choice(all_hours)
        spans = []
        for _ in range(dice.choice([0, 0, 1, 2])):
            begun = start + timedelta(minutes=dice.randrange(-500, 3000))
            spans.append(Pause(begun, begun + timedelta(minutes=dice.randrange(3000))))
        office = Office(CALENDAR, hours)
        answer = due_at(start, limit, office, spans)
        assert answer == walked(start, limit, hours, spans), (start, limit, hours, spans)
        if dice.random() < 0.05:
            last = derivation(start, limit, office, spans)[-1]
            assert f"{answer:%d/%m/%Y}" in last
            assert local(answer)[0] >= local(start)[0]
