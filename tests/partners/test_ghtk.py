"""What only GHTK does: forms, with a plus sign that it does not escape."""

from datetime import UTC, datetime

import pytest

from logistics.carriers import Unreadable
from tests.support.carriers import GHTK, GHTK_FORM, OCCURRED_AT, pushed


def occurred_at(body: bytes) -> datetime:
    (report,) = GHTK.carrier.read(pushed(GHTK.carrier, body)).reports
    return report.occurred_at


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-02T15:50:12+07:00",
        "2026-03-02T15:50:12%2B07:00",
        "2026-03-02T15%3A50%3A12%2B07%3A00",
        "2026-03-02T15:50:12+0700",
        "2026-03-02+15:50:12",
        "2026-03-02T09:50:12%2B01:00",
    ],
)
def test_a_form_keeps_the_zone_of_its_time(written: str) -> None:
    body = f"label_id=S1.A1.17373471&status_id=5&action_time={written}"
    assert occurred_at(body.encode()) == OCCURRED_AT


def test_a_form_and_json_say_the_same() -> None:
    form, json = GHTK_FORM.report("5", weight="2.4"), GHTK.report("5", weight=2.4)
    assert form == json


def test_what_a_body_is_shows_in_the_body_and_not_in_its_content_type() -> None:
    body = b' \r\n {"label_id": "S1", "status_id": 5, "action_time": "2026-03-02T08:50:12Z"}'
    push = pushed(GHTK.carrier, body, {"Content-Type": "application/x-www-form-urlencoded"})
    assert GHTK.carrier.read(push).reports[0].number == "S1"
    assert occurred_at(body) == datetime(2026, 3, 2, 8, 50, 12, tzinfo=UTC)


def test_a_form_of_too_many_fields_cannot_be_read() -> None:
    body = b"&".join([b"label_id=S1"] * 101)
    with pytest.raises(Unreadable) as refused:
        GHTK.carrier.read(pushed(GHTK.carrier, body))
    assert refused.value.reason == "not-a-form"
