"""A push as Viettel Post writes it."""

from datetime import datetime
from typing import Unpack

from partners.carrier import Composed, Facts, as_number, day_first, in_json, status_of
from partners.viettelpost.mapping import STATUSES


def compose(number: str, code: str, occurred_at: datetime, **facts: Unpack[Facts]) -> Composed:
    """One `{DATA, TOKEN}` with the names of persons masked, as in the shape of 2025."""
    data = {
        "ORDER_NUMBER": number,
        "ORDER_REFERENCE": "",
        "ORDER_STATUSDATE": day_first(occurred_at),
        "ORDER_STATUS": as_number(code),
        "STATUS_NAME": facts.get("text", status_of(code, STATUSES).text),
        "LOCATION_CURRENTLY": facts.get("place", ""),
        "NOTE": facts.get("note", ""),
        "MONEY_COLLECTION": 0,
        "EMPLOYEE_NAME": "[masked]",
        "EMPLOYEE_PHONE": "[masked]",
        "RECEIVER_FULLNAME": "[masked]",
        "IS_RETURNING": facts.get("returning", False),
        "POD": {"IMAGES": []},
        "REASON_CODE": None,
        **facts.get("fields", {}),
    }
    return in_json({"DATA": data, "TOKEN": facts.get("secret", "")})
