"""VNPost (my.vnpost): signs in a way that is not public, so a secret URL stands in."""

from logistics.carriers import Carrier
from logistics.evidence import Authentication
from partners.carrier import plain_acknowledgement
from partners.vnpost.compose import compose
from partners.vnpost.mapping import codes_for, read
from partners.vnpost.verify import SignatureScheme, Verifier

__all__ = ["CARRIER", "SignatureScheme", "codes_for", "compose", "vnpost"]


def vnpost(scheme: SignatureScheme | None = None) -> Carrier:
    """The plug; with a scheme, only pushes whose signature holds are let in."""
    return Carrier(
        name="vnpost",
        usual_credential=Authentication.URL_SECRET,
        presented=Verifier(scheme),
        read=read,
        acknowledge=plain_acknowledgement,
    )


CARRIER = vnpost()
