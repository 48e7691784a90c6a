"""Whatever waits for whom: in each lane the first one only is under way, and nothing is forgotten."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from webhooks.lanes import Lanes, Waiting

NOON = datetime(2026, 8, 3, 5, tzinfo=UTC)
LANES = st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=3, unique=True).map(tuple)


def lanes_of(named: list[tuple[str, ...]]) -> Lanes:
    lanes = Lanes()
    for position, each in enumerate(named):
        lanes.add(Waiting(position, each, 0, NOON))
    return lanes


@given(named=st.lists(LANES, max_size=40), seed=st.integers(0, 2**32))
def test_every_notice_goes_once_and_never_before_one_of_its_lanes(
    named: list[tuple[str, ...]], seed: int
) -> None:
    lanes, dice = lanes_of(named), Random(seed)
    now, under_way, gone = NOON, [], []
    while lanes:
        while (taken := lanes.take(now)) is not None:
            under_way.append(taken)
        held = [lane for each in under_way for lane in each.lanes]
        assert len(held) == len(set(held))
        dice.shuffle(under_way)
        each = under_way.pop()
        if dice.random() < 0.3:
            lanes.retry(each.position, now + timedelta(seconds=dice.randrange(9)))
            now += timedelta(seconds=3)
        else:
            lanes.done(each.position)
            gone.append(each.position)
        if not under_way:
            now += timedelta(seconds=9)
    assert sorted(gone) == list(range(len(named)))
    for lane in "ABCDE":
        in_lane = [position for position in gone if lane in named[position]]
        assert in_lane == sorted(in_lane)


def test_what_is_due_later_is_taken_later_and_may_be_hurried() -> None:
    lanes = lanes_of([("A",), ("A",), ("B",)])
    first = lanes.take(NOON)
    assert first is not None
    lanes.retry(first.position, NOON + timedelta(hours=2))
    other = lanes.take(NOON)
    assert other is not None
    assert (first.position, other.position) == (0, 2)
    assert lanes.take(NOON) is None
    assert lanes.next_due(NOON) == NOON + timedelta(hours=2)
    lanes.hurry(NOON)
    assert lanes.take(NOON) is first


def test_a_probe_takes_what_is_due_soonest_when_nothing_is_due() -> None:
    lanes = lanes_of([("A",), ("B",)])
    for hours in (2, 1):
        taken = lanes.take(NOON)
        assert taken is not None
        lanes.retry(taken.position, NOON + timedelta(hours=hours))
    soonest = lanes.take_soonest(NOON)
    assert soonest is not None
    assert soonest.position == 1
