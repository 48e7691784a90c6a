"""Viettel Post: one endpoint per account gets all orders, unknown ones too; resent up to 5 times."""

from logistics.carriers import Carrier
from logistics.evidence import Authentication
from partners.carrier import plain_acknowledgement
from partners.viettelpost.compose import compose
from partners.viettelpost.mapping import codes_for, read
from partners.viettelpost.verify import presented

__all__ = ["CARRIER", "codes_for", "compose"]

CARRIER = Carrier(
    name="viettelpost",
    usual_credential=Authentication.BODY_TOKEN,
    presented=presented,
    read=read,
    acknowledge=plain_acknowledgement,
)
