"""GHTK: a form or JSON, a secret in its URL, and exactly 200 for an answer."""

from logistics.carriers import Carrier
from logistics.evidence import Authentication
from partners.carrier import plain_acknowledgement
from partners.ghtk.compose import compose
from partners.ghtk.mapping import codes_for, read
from partners.ghtk.verify import PARAMETER, presented

__all__ = ["CARRIER", "codes_for", "compose"]

CARRIER = Carrier(
    name="ghtk",
    usual_credential=Authentication.QUERY_SECRET,
    presented=presented,
    read=read,
    acknowledge=plain_acknowledgement,
    secret_parameters=(PARAMETER,),
)
