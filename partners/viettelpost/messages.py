"""Viettel Post's words: `{"DATA": {…}, "TOKEN": "…"}`."""

from pydantic import BaseModel

from partners.carrier import Flag, Text

PERSONAL = ("EMPLOYEE_", "RECEIVER_", "SENDER_")
"""How fields begin that name persons; they are never read."""


class Order(BaseModel):
    """What `DATA` holds, as far as we read it; all may be missing, any may be text or a number."""

    ORDER_NUMBER: Text = ""
    ORDER_STATUS: Text = ""
    STATUS_NAME: Text = ""
    ORDER_STATUSDATE: Text = ""
    """`dd/MM/yyyy HH:mm:ss`, with no zone."""
    LOCATION_CURRENTLY: Text = ""
    LOCALION_CURRENTLY: Text = ""
    """The older spelling of the same, still sent to older accounts."""
    IS_RETURNING: Flag = False
