"""What only VNPost does: JSON within JSON."""

from dataclasses import replace

import orjson
import pytest

from logistics.carriers import Unreadable
from tests.support.carriers import VNPOST, payload, pushed


def read(data: object) -> object:
    return VNPOST.carrier.read(pushed(VNPOST.carrier, orjson.dumps({"Data": data})))


def test_the_data_may_be_an_object_as_well_as_its_text() -> None:
    assert read(VNPOST.item()) == VNPOST.read(VNPOST.item())


@pytest.mark.parametrize("data", [None, "", "{", "null", "5", '"{}"', [], 5, True])
def test_an_envelope_around_nothing_cannot_be_read(data: object) -> None:
    with pytest.raises(Unreadable):
        read(data)


def test_a_push_with_every_documented_field_is_read() -> None:
    shape = payload("vnpost_my_webhook_shape.json")["inner"]
    values = {"string": "1", "number": 2, "boolean": False}
    everything = {name: values[kind] for name, kind in shape.items()}
    assert set(VNPOST.item()) <= set(everything)
    full, plain = VNPOST.report("100", **(everything | VNPOST.item("100"))), VNPOST.report("100")
    assert replace(full, content_digest=plain.content_digest) == plain


def test_the_post_code_of_acceptance_is_a_place_of_the_acceptance_only() -> None:
    assert VNPOST.report("70", AcceptancePoscode="870000").place == "870000"
    assert VNPOST.report("100", AcceptancePoscode="870000").place is None


def test_a_repeat_is_known_by_id_status_and_time() -> None:
    report = VNPOST.report("70", Id="8812", LastUpdateTime="02/03/2026 15:50:12")
    assert report.repeat_key == "8812|70|02/03/2026 15:50:12"


def test_the_time_of_sending_is_no_part_of_what_a_report_says() -> None:
    inner = orjson.dumps(VNPOST.item()).decode()
    first, again = (
        VNPOST.carrier.read(
            pushed(VNPOST.carrier, orjson.dumps({"Data": inner, "SendDate": at, "SignData": at}))
        )
        for at in ("02/03/2026 15:50:13", "02/03/2026 15:55:13")
    )
    assert first == again
