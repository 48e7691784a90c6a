"""What the one suite needs to know of each carrier; the expected meanings are written out here.

They are those of DOMAIN §4, by hand and not by import, so that a slip in a mapping shows.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
import pytest

from logistics.carriers import Acknowledgement, Carrier, Push, Reading
from logistics.evidence import Authentication
from logistics.waybill.commands import CarrierReport
from logistics.waybill.milestones import Milestone
from partners import ems, ghn, ghtk, viettelpost, vnpost
from partners.carrier import VIETNAM, Compose, Statuses
from partners.ems.mapping import STATUSES as EMS_STATUSES
from partners.ghn.mapping import STATUSES as GHN_STATUSES
from partners.ghtk.mapping import STATUSES as GHTK_STATUSES
from partners.viettelpost.mapping import STATUSES as VIETTELPOST_STATUSES
from partners.vnpost.mapping import STATUSES as VNPOST_STATUSES

PAYLOADS = Path(__file__).parents[1] / "golden" / "payloads"

RECEIVED_AT = datetime(2026, 3, 3, 2, 0, 0, tzinfo=UTC)
OCCURRED_AT = datetime(2026, 3, 2, 8, 50, 12, tzinfo=UTC)
NUMBER = "EJ012345675VN"
"""A number with the right check digit, which every carrier may use."""

M = Milestone


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / name).read_text())


Item = dict[str, Any]
MISSING = object()
"""In place of a field's value: the field is not there."""


def _same(item: Any) -> Any:
    return item


@dataclass(frozen=True, kw_only=True)
class Case:
    """One format of a carrier. `meanings` are its codes by what they mean; `published` its table.

    `unpack` takes the item out of a body's JSON, and `pack` puts it back, in this format.
    """

    name: str
    carrier: Carrier
    compose: Compose
    codes_for: Callable[[Milestone], tuple[str, ...]]
    statuses: Statuses
    meanings: dict[Milestone, str]
    published: frozenset[str]
    number_field: str
    code_field: str
    time_field: str
    note_field: str
    place_field: str | None = None
    returning: frozenset[str] = frozenset()
    personal_fields: tuple[str, ...] = ()
    usual: Authentication = Authentication.URL_SECRET
    acknowledgement: Acknowledgement = field(default_factory=Acknowledgement)
    unpack: Callable[[bytes], Item] = orjson.loads
    envelop: Callable[[Any], Any] = _same
    dump: Callable[[Any], bytes] = orjson.dumps

    @property
    def codes(self) -> list[tuple[str, Milestone]]:
        return [(code, m) for m, codes in self.meanings.items() for code in codes.split()]

    @property
    def a_code(self) -> str:
        """A code that means something, as a sample."""
        return next(code for code, milestone in self.codes if milestone is not M.UNRECOGNISED)

    def item(self, code: str | None = None, /, **fields: Any) -> Item:
        """What a push says in the carrier's own words, with these fields over it."""
        composed = self.compose(NUMBER, code or self.a_code, OCCURRED_AT)
        item = self.unpack(composed.body) | fields
        return {name: value for name, value in item.items() if value is not MISSING}

    def body(self, content: Any) -> bytes:
        """A body around an item, or around a list of them."""
        return self.dump(self.envelop(content))

    def push(self, content: Any, transaction: str = "1234567890") -> Push:
        return pushed(self.carrier, self.body(content), {"EMS-Transaction": transaction})

    def read(self, content: Any) -> Reading:
        return self.carrier.read(self.push(content))

    def report(self, code: str | None = None, /, **fields: Any) -> CarrierReport:
        """What the only report of such a push says."""
        (report,) = self.read(self.item(code, **fields)).reports
        return report


def pushed(
    carrier: Carrier, body: bytes, headers: dict[str, str] | None = None, query: str = ""
) -> Push:
    kept = carrier.kept_headers | {"content-type"}
    lowered = {name.lower(): value for name, value in (headers or {}).items()}
    return Push(
        carrier=carrier.name,
        method="POST",
        query=query,
        headers={name: value for name, value in lowered.items() if name in kept},
        body=body,
        received_at=RECEIVED_AT,
    )


def _published_by_viettelpost() -> Iterable[str]:
    tables = payload("viettelpost_status_codes.json")
    return [*tables["official_21"], *tables["legacy_seen_in_public_code"]]


def _published_by_ems() -> Iterable[str]:
    yield str(payload("ems_webhook.json")["body"]["status_code"])
    yield str(payload("ems_webhook_old.json")["body"]["StatusCode"])
    for row in payload("ems_tracking_response.json")["data"]["__get_status"]:
        yield str(row["status"])


def _vnpost_item(body: bytes) -> Item:
    item: Item = orjson.loads(orjson.loads(body)["Data"])
    return item


def _old_ems_item(body: bytes) -> Item:
    item = orjson.loads(body)
    return {
        "TrackingCode": item["tracking_code"],
        "OrderCode": "ODR22134",
        "Weight": 1000,
        "StatusCode": item["status_code"],
        "StatusName": item["status_name"],
        "Location": item["locate"],
        "Note": None,
        "CreatedAt": f"{OCCURRED_AT.astimezone(VIETNAM):%Y-%m-%d %H:%M:%S}",
    }


def _form_item(body: bytes) -> Item:
    return dict(parse_qsl(body.decode().replace("+", "%2B"), keep_blank_values=True))


def _form(content: Item) -> bytes:
    """As a form is written; it has no null."""
    filled = {name: "" if value is None else value for name, value in content.items()}
    return urlencode(filled, safe=":+").encode()


VIETTELPOST = Case(
    name="viettelpost",
    unpack=lambda body: orjson.loads(body)["DATA"],
    envelop=lambda content: {"DATA": content, "TOKEN": "s3cret"},
    carrier=viettelpost.CARRIER,
    compose=viettelpost.compose,
    codes_for=viettelpost.codes_for,
    statuses=VIETTELPOST_STATUSES,
    meanings={
        M.BOOKED: "100 103 -100",
        M.PICKUP_ASSIGNED: "104 105",
        M.PICKUP_FAILED: "102",
        M.ACCEPTED: "200",
        M.IN_TRANSIT: "300 301 302 303 400 401 402 403 509",
        M.AT_DELIVERY_OFFICE: "507",
        M.OUT_FOR_DELIVERY: "500 508 550",
        M.DELIVERY_FAILED: "506",
        M.DELIVERED: "501",
        M.RETURNING: "505 515 502",
        M.RETURNED: "504",
        M.CANCELLED: "101 107 201",
        M.LOST_OR_DESTROYED: "503",
        M.UNRECOGNISED: "-108 -109 -110 106 202 510 551",
    },
    returning=frozenset({"300", "301", "302", "303", "400", "401", "402", "403", "500", "506"}),
    published=frozenset(_published_by_viettelpost()),
    number_field="ORDER_NUMBER",
    code_field="ORDER_STATUS",
    time_field="ORDER_STATUSDATE",
    note_field="NOTE",
    place_field="LOCATION_CURRENTLY",
    personal_fields=(
        "EMPLOYEE_NAME",
        "EMPLOYEE_PHONE",
        "RECEIVER_FULLNAME",
        "RECEIVER_ADDRESS",
        "RECEIVER_PHONE",
        "SENDER_FULLNAME",
    ),
    usual=Authentication.BODY_TOKEN,
)

VNPOST = Case(
    name="vnpost",
    unpack=_vnpost_item,
    envelop=lambda content: {
        "Data": orjson.dumps(content).decode(),
        "SendDate": "02/03/2026 15:50:13",
        "SignData": "",
    },
    carrier=vnpost.CARRIER,
    compose=vnpost.compose,
    codes_for=vnpost.codes_for,
    statuses=VNPOST_STATUSES,
    meanings={
        M.BOOKED: "20",
        M.ACCEPTED: "70",
        M.DELIVERY_FAILED: "91",
        M.DELIVERED: "100",
        M.RETURNED: "170",
        M.CANCELLED: "10 60 61 62",
        M.UNRECOGNISED: "110 120 161",
    },
    published=frozenset(payload("vnpost_my_status_codes.json")),
    number_field="ItemCode",
    code_field="OrderStatusId",
    time_field="LastUpdateTime",
    note_field="DeliveryNote",
    personal_fields=(
        "SenderFullname",
        "SenderAddress",
        "SenderTel",
        "ReceiverFullname",
        "ReceiverAddress",
        "ReceiverTel",
        "ShipperTel",
    ),
)

EMS = Case(
    name="ems",
    carrier=ems.CARRIER,
    compose=ems.compose,
    codes_for=ems.codes_for,
    statuses=EMS_STATUSES,
    meanings={M.BOOKED: "1 2", M.IN_TRANSIT: "4", M.OUT_FOR_DELIVERY: "11000"},
    published=frozenset(_published_by_ems()),
    number_field="tracking_code",
    code_field="status_code",
    time_field="datetime",
    note_field="note",
    place_field="locate",
    acknowledgement=Acknowledgement(
        content_type="application/json",
        body=b'{"code":"success","transaction":"1234567890"}',
    ),
)

OLD_EMS = replace(
    EMS,
    name="ems-old",
    unpack=_old_ems_item,
    number_field="TrackingCode",
    code_field="StatusCode",
    time_field="CreatedAt",
    note_field="Note",
    place_field="Location",
)

GHN = Case(
    name="ghn",
    carrier=ghn.CARRIER,
    compose=ghn.compose,
    codes_for=ghn.codes_for,
    statuses=GHN_STATUSES,
    meanings={
        M.BOOKED: "ready_to_pick",
        M.PICKUP_ASSIGNED: "picking",
        M.ACCEPTED: "picked",
        M.IN_TRANSIT: "storing transporting sorting",
        M.OUT_FOR_DELIVERY: "delivering",
        M.DELIVERY_FAILED: "delivery_fail",
        M.DELIVERED: "delivered",
        M.RETURNING: (
            "waiting_to_return return return_transporting return_sorting returning return_fail"
        ),
        M.RETURNED: "returned",
        M.CANCELLED: "cancel",
        M.LOST_OR_DESTROYED: "lost damage exception",
        M.UNRECOGNISED: "money_collect_picking money_collect_delivering",
    },
    published=frozenset(payload("ghn_statuses.json")["status"]),
    number_field="OrderCode",
    code_field="Status",
    time_field="Time",
    note_field="Reason",
    place_field="Warehouse",
)

GHTK = Case(
    name="ghtk",
    unpack=_form_item,
    carrier=ghtk.CARRIER,
    compose=ghtk.compose,
    codes_for=ghtk.codes_for,
    statuses=GHTK_STATUSES,
    meanings={
        M.BOOKED: "1 2",
        M.PICKUP_ASSIGNED: "12",
        M.PICKUP_FAILED: "7 8 127 128",
        M.ACCEPTED: "3 123",
        M.OUT_FOR_DELIVERY: "4",
        M.DELIVERY_FAILED: "9 10 49 410",
        M.DELIVERED: "5 6 45",
        M.RETURNING: "20",
        M.RETURNED: "21 11",
        M.CANCELLED: "-1",
        M.LOST_OR_DESTROYED: "13",
    },
    published=frozenset(payload("ghtk_statuses.json")),
    number_field="label_id",
    code_field="status_id",
    time_field="action_time",
    note_field="reason",
    usual=Authentication.QUERY_SECRET,
)

GHTK_FORM = replace(GHTK, name="ghtk-form", dump=_form)

CASES = (VIETTELPOST, VNPOST, EMS, OLD_EMS, GHN, GHTK, GHTK_FORM)
IN_JSON = tuple(case for case in CASES if case is not GHTK_FORM)


def _named(case: Case) -> str:
    return case.name


every_carrier = pytest.mark.parametrize("case", CASES, ids=_named)
every_carrier_in_json = pytest.mark.parametrize("case", IN_JSON, ids=_named)
every_carrier_that_names_places = pytest.mark.parametrize(
    "case", [case for case in CASES if case.place_field], ids=_named
)
every_code = pytest.mark.parametrize(
    ("case", "code", "milestone"),
    [
        pytest.param(case, code, milestone, id=f"{case.name}:{code}")
        for case in CASES
        for code, milestone in case.codes
    ],
)
