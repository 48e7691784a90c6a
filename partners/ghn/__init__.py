"""GHN: no credential of its own; sends 10 times, 5 seconds apart, until it hears 200."""

from logistics.carriers import Carrier
from logistics.evidence import Authentication
from partners.carrier import plain_acknowledgement
from partners.ghn.compose import compose
from partners.ghn.mapping import codes_for, read
from partners.ghn.verify import presented

__all__ = ["CARRIER", "codes_for", "compose"]

CARRIER = Carrier(
    name="ghn",
    usual_credential=Authentication.URL_SECRET,
    presented=presented,
    read=read,
    acknowledge=plain_acknowledgement,
)
