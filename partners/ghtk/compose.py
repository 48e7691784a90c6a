"""A push as GHTK writes it: a form, with the plus sign of its time left bare."""

from datetime import datetime
from typing import Unpack
from urllib.parse import urlencode

from partners.carrier import VIETNAM, Composed, Facts
from partners.ghtk.verify import PARAMETER


def compose(number: str, code: str, occurred_at: datetime, **facts: Unpack[Facts]) -> Composed:
    """One parcel's push; the secret goes into the query."""
    content = {
        "label_id": number,
        "partner_id": "",
        "action_time": occurred_at.astimezone(VIETNAM).isoformat(timespec="seconds"),
        "status_id": code,
        "reason_code": "",
        "reason": facts.get("note", ""),
        "weight": "2.4",
        "fee": "0",
        "return_part_package": "0",
        **facts.get("fields", {}),
    }
    secret = facts.get("secret")
    return Composed(
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        query=urlencode({PARAMETER: secret}) if secret else "",
        body=urlencode(content, safe=":+").encode(),
    )
