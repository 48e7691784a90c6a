"""The log is the contract: what was stored once is read for good, and is written the same way."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import get_args

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logistics.errors import UnknownEvent
from logistics.event_types import EVENT_TYPES, EventType, encode, recorded_from
from logistics.evidence import Source, SourceKind
from logistics.identifiers import PROVINCE, PartyCode, StreamId, StreamKind
from logistics.party.events import PartySuspended
from logistics.recorded import Event, Metadata, Recorded
from logistics.waybill.events import WaybillBooked

GOLDEN = Path(__file__).parents[1] / "golden" / "events"
NEWEST = [pytest.param(each, each.version, id=each.name) for each in EVENT_TYPES]
OLDER = [
    pytest.param(each, version, id=f"{each.name}.v{version}")
    for each in EVENT_TYPES
    for version in range(1, each.version)
]
VIETNAM = timezone(timedelta(hours=7))
METADATA = Metadata(
    recorded_at=datetime(2026, 3, 2, 1, 30, tzinfo=UTC),
    actor=PROVINCE,
    source=Source(kind=SourceKind.SYSTEM),
    correlation_id="c-1",
)

# JSON as it is stored holds 64 bits; a quantity needs a few.
st.register_type_strategy(int, st.integers(-(2**63), 2**63 - 1))

# No event holds a time without zone, so none is made up here.
st.register_type_strategy(
    datetime,
    st.datetimes(
        min_value=datetime(1900, 1, 1),  # noqa: DTZ001  # Hypothesis wants bounds without zone.
        max_value=datetime(2200, 1, 1),  # noqa: DTZ001  # Likewise.
        timezones=st.sampled_from([UTC, VIETNAM, timezone(-timedelta(hours=3, minutes=30))]),
    ),
)


def golden(event_type: EventType, version: int) -> bytes:
    return (GOLDEN / f"{event_type.name}.v{version}.json").read_bytes().removesuffix(b"\n")


def read(name: str, stored: bytes) -> Recorded:
    return recorded_from(1, "party:p", 1, name, stored)


def suspended(occurred_at: datetime) -> PartySuspended:
    return PartySuspended(party=PartyCode("p"), occurred_at=occurred_at)


def test_every_event_has_a_stored_name() -> None:
    assert {each.cls for each in EVENT_TYPES} == set(get_args(Event))


def test_every_stored_version_has_a_golden_file_and_no_file_is_left_over() -> None:
    versions = {
        f"{each.name}.v{version}.json"
        for each in EVENT_TYPES
        for version in range(1, each.version + 1)
    }
    assert {path.name for path in GOLDEN.iterdir()} == versions


@pytest.mark.parametrize(("event_type", "version"), NEWEST)
def test_the_newest_version_is_read_and_written_byte_for_byte(
    event_type: EventType, version: int
) -> None:
    stored = golden(event_type, version)
    recorded = read(event_type.name, stored)
    assert type(recorded.event) is event_type.cls
    assert encode(recorded.event, recorded.metadata) == (event_type.name, stored)


@pytest.mark.parametrize(("event_type", "version"), OLDER)
def test_an_older_version_is_read_as_the_newest(event_type: EventType, version: int) -> None:
    recorded = read(event_type.name, golden(event_type, version))
    assert type(recorded.event) is event_type.cls
    assert recorded.version == version


def test_a_booking_from_before_services_had_none_and_adopted_nothing() -> None:
    booked = next(each for each in EVENT_TYPES if each.cls is WaybillBooked)
    event = read(booked.name, golden(booked, 1)).event
    assert isinstance(event, WaybillBooked)
    assert event.service is None
    assert event.adopted == ()


@pytest.mark.parametrize("cls", [pytest.param(each.cls, id=each.name) for each in EVENT_TYPES])
@settings(max_examples=10, deadline=None)  # Making the first reader of a class takes its time.
@given(data=st.data())
def test_whatever_an_event_says_is_read_back(cls: type[Event], data: st.DataObject) -> None:
    event = data.draw(st.from_type(cls))
    metadata = data.draw(st.from_type(Metadata))
    recorded = read(*encode(event, metadata))
    assert recorded.event == event
    assert recorded.metadata == metadata


def test_how_it_came_to_be_known_is_read_with_the_stream_it_is_in() -> None:
    name, stored = encode(suspended(METADATA.recorded_at), METADATA)
    recorded = recorded_from(7, "waybill:viettelpost:VTP1", 3, name, stored)
    assert recorded.position == 7
    assert recorded.stream == StreamId(StreamKind.WAYBILL, "viettelpost:VTP1")
    assert recorded.stream_version == 3
    assert recorded.recorded_at == METADATA.recorded_at


def test_the_same_instant_gives_the_same_bytes_in_whatever_zone_it_was_claimed() -> None:
    there = datetime(2026, 3, 2, 8, 30, 0, 123456, tzinfo=VIETNAM)
    _, stored = encode(suspended(there), METADATA)
    assert encode(suspended(there.astimezone(UTC)), METADATA)[1] == stored
    assert orjson.loads(stored)["data"]["occurred_at"] == "2026-03-02T01:30:00.123456Z"


def test_a_time_without_zone_is_not_stored() -> None:
    with pytest.raises(TypeError):
        encode(suspended(datetime(2026, 3, 2)), METADATA)  # noqa: DTZ001  # The fault to be found.


def test_an_event_is_not_decoded_until_it_is_asked_for() -> None:
    name, stored = encode(suspended(METADATA.recorded_at), METADATA)
    recorded = read(name, stored.replace(b'"party":"p"', b'"party":[]'))
    with pytest.raises(ValueError, match="party"):
        _ = recorded.event


def test_an_unknown_event_is_named() -> None:
    _, stored = encode(suspended(METADATA.recorded_at), METADATA)
    with pytest.raises(UnknownEvent, match=r"party\.renamed version 1"):
        read("party.renamed", stored)


@pytest.mark.parametrize("version", [0, 2])
def test_a_version_that_was_never_written_is_refused(version: int) -> None:
    name, stored = encode(suspended(METADATA.recorded_at), METADATA)
    stored = stored.replace(b'"event_version":1', b'"event_version":%d' % version)
    with pytest.raises(UnknownEvent, match=f"version {version}"):
        read(name, stored)
