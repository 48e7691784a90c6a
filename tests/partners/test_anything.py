"""Whatever arrives, a carrier's plug raises `Unreadable` and nothing else, and so loses nothing."""

import re
from contextlib import suppress
from datetime import timedelta
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from logistics.carriers import Push, Reading, Unreadable
from tests.support.carriers import MISSING, NUMBER, RECEIVED_AT, Case, every_carrier, pushed

CODE = re.compile(r"[A-Za-z0-9./_-]{1,64}", re.ASCII)

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["0", "1", "true", "31/12/9999 23:59:59", "9999-12-31T23:59:59-23:59"])
    | st.sampled_from(["0001-01-01T00:00:00+14:00", "\0", "\u202e", "x" * 5000, "200", NUMBER])
)
json = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
header_values = st.text(st.characters(codec=None, exclude_characters="\r\n"), max_size=40)
headers = st.fixed_dictionaries(
    {}, optional={"ems-transaction": header_values, "authorization": header_values}
)


def read(push: Push, case: Case) -> Reading:
    try:
        return case.carrier.read(push)
    except Unreadable:
        return Reading(reports=())


def storable(reading: Reading) -> None:
    """What the log, the views and the web take for granted of a report."""
    for report in reading.reports:
        assert CODE.fullmatch(report.number)
        assert report.occurred_at.utcoffset() == timedelta(0)
        assert report.occurred_at <= RECEIVED_AT + timedelta(minutes=10)
        assert len(report.content_digest) == 32
        texts = [report.original_code, report.original_text, report.place or ""]
        for text in (*texts, report.occurred_at_text, report.repeat_key):
            assert len(text) <= 300
            assert text.isprintable()


@every_carrier
@given(body=st.binary(max_size=200), kept=headers)
@settings(deadline=None, max_examples=100)
def test_any_bytes_are_read_or_unreadable(case: Case, body: bytes, kept: dict[str, str]) -> None:
    push = pushed(case.carrier, body, kept)
    storable(read(push, case))
    case.carrier.acknowledge(push)
    case.carrier.presented(None, "hash=" + kept.get("authorization", ""), kept, body)


@every_carrier
@given(content=json, kept=headers)
@settings(deadline=None, max_examples=100)
def test_any_json_is_read_or_unreadable(case: Case, content: Any, kept: dict[str, str]) -> None:
    storable(read(pushed(case.carrier, orjson.dumps(content), kept), case))
    for inner in (content, orjson.dumps(content).decode()):
        body = orjson.dumps({"DATA": inner, "Data": inner, "TOKEN": content})
        storable(read(pushed(case.carrier, body, kept), case))
        case.carrier.presented(None, "", kept, body)


@every_carrier
@given(data=st.data(), kept=headers)
@settings(deadline=None, max_examples=150)
def test_a_push_with_anything_in_its_fields_is_read_or_unreadable(
    case: Case, data: st.DataObject, kept: dict[str, str]
) -> None:
    changed = st.dictionaries(st.sampled_from(sorted(case.item())), json | st.just(MISSING))
    item = case.item(**data.draw(changed))
    with suppress(TypeError, UnicodeEncodeError):  # Not every text can be written at all.
        storable(read(pushed(case.carrier, case.body(item), kept), case))


@every_carrier
@given(text=st.text(st.characters(exclude_categories=["Cs"])), deep=st.integers(1, 1500))
@settings(deadline=None, max_examples=50)
def test_broken_and_nested_pushes_are_read_or_unreadable(case: Case, text: str, deep: int) -> None:
    body = case.body(case.item())
    cut = len(text) * 7 % len(body)
    for broken in (body[:cut], body[:cut] + text.encode() + body[cut:], b"[" * deep + body):
        storable(read(pushed(case.carrier, broken), case))
