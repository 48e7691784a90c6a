"""EMS: two formats, no credential of its own, and an answer that must name the transaction."""

from logistics.carriers import Carrier
from logistics.evidence import Authentication
from partners.ems.acknowledge import acknowledge
from partners.ems.compose import compose
from partners.ems.mapping import codes_for, read
from partners.ems.messages import TRANSACTION
from partners.ems.verify import presented

__all__ = ["CARRIER", "codes_for", "compose"]

CARRIER = Carrier(
    name="ems",
    usual_credential=Authentication.URL_SECRET,
    presented=presented,
    read=read,
    acknowledge=acknowledge,
    kept_headers=frozenset({TRANSACTION}),
)
