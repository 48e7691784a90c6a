"""A push as EMS writes it, in its present format."""

from datetime import datetime
from hashlib import sha256
from typing import Unpack

from partners.carrier import Composed, Facts, as_number, day_first, in_json, status_of
from partners.ems.mapping import STATUSES
from partners.ems.messages import TRANSACTION


def compose(number: str, code: str, occurred_at: datetime, **facts: Unpack[Facts]) -> Composed:
    """One tracking message; the same facts get the same transaction, as a repeat has."""
    content = {
        "tracking_code": number,
        "order_code": "",
        "status_code": as_number(code),
        "status_name": facts.get("text", status_of(code, STATUSES).text),
        "note": facts.get("note", ""),
        "locate": facts.get("place", ""),
        "datetime": day_first(occurred_at),
        "total_weight": 0,
        "money_collect": 0,
        "total_fee": 0,
        **facts.get("fields", {}),
    }
    said = f"{number}|{code}|{content['datetime']}".encode()
    transaction = str(int.from_bytes(sha256(said).digest()[:5]))
    return in_json(content, {TRANSACTION: facts.get("transaction", transaction)})
