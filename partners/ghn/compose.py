"""A push as GHN writes it."""

from datetime import UTC, datetime
from typing import Unpack

from partners.carrier import Composed, Facts, in_json, status_of
from partners.ghn.mapping import STATUSES


def compose(number: str, code: str, occurred_at: datetime, **facts: Unpack[Facts]) -> Composed:
    """One order's push."""
    moment = occurred_at.astimezone(UTC).isoformat(timespec="milliseconds")
    kind = "create" if code == "ready_to_pick" else "switch_status"
    return in_json(
        {
            "CODAmount": 0,
            "CODTransferDate": None,
            "ClientOrderCode": "",
            "Description": facts.get("text", status_of(code, STATUSES).text),
            "OrderCode": number,
            "Reason": facts.get("note", ""),
            "ReasonCode": "",
            "Status": code,
            "Time": moment.replace("+00:00", "Z"),
            "Type": facts.get("kind", kind),
            "Warehouse": facts.get("place", ""),
            "Weight": 10,
            **facts.get("fields", {}),
        }
    )
