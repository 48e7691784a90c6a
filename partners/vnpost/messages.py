"""VNPost's words (my.vnpost): `{"Data": "<json text>", "SendDate": "…", "SignData": "…"}`."""

from pydantic import BaseModel

from partners.carrier import Text

PERSONAL = ("Sender", "Receiver", "Shipper")
"""How fields begin that name persons; they are never read."""


class Order(BaseModel):
    """What the text in `Data` holds, as far as we read it; all may be missing."""

    Id: Text = ""
    ItemCode: Text = ""
    """The number of the consignment; `OrderCode` is the customer's own."""
    OrderStatusId: Text = ""
    LastUpdateTime: Text = ""
    """`dd/MM/yyyy HH:mm:ss`, with no zone."""
    AcceptancePoscode: Text = ""
