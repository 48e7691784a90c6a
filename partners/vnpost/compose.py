"""A push as VNPost writes it: JSON text within JSON."""

from datetime import datetime
from typing import Unpack

import orjson

from partners.carrier import Composed, Facts, as_number, day_first, in_json


def compose(number: str, code: str, occurred_at: datetime, **facts: Unpack[Facts]) -> Composed:
    """One envelope, with the names of persons masked; its signature is none."""
    order = {
        "Id": f"id-{number}",
        "ItemCode": number,
        "OrderCode": "",
        "OrderStatusId": as_number(code),
        "SenderFullname": "[masked]",
        "SenderTel": "[masked]",
        "ReceiverFullname": "[masked]",
        "ReceiverAddress": "[masked]",
        "ReceiverTel": "[masked]",
        "ShipperTel": "[masked]",
        "AcceptancePoscode": facts.get("place", ""),
        "DeliveryNote": facts.get("note", ""),
        "IsReturn": facts.get("returning", False),
        "LastUpdateTime": day_first(occurred_at),
        **facts.get("fields", {}),
    }
    return in_json(
        {
            "Data": orjson.dumps(order).decode(),
            "SendDate": day_first(occurred_at),
            "SignData": "",
        }
    )
