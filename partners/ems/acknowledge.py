"""What EMS wants to hear: its transaction number."""

import orjson

from logistics.carriers import Acknowledgement, Push
from partners.ems.messages import TRANSACTION


def acknowledge(push: Push) -> Acknowledgement:
    """`{"code":"success","transaction":"<ems-transaction>"}`, whatever the body was."""
    transaction = push.headers.get(TRANSACTION, "")
    # A header may hold bytes that are no text; they come as surrogates, which JSON cannot hold.
    readable = transaction.encode("utf-8", "replace").decode()
    body = orjson.dumps({"code": "success", "transaction": readable})
    return Acknowledgement(content_type="application/json", body=body)
