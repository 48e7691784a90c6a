"""Where VNPost shows its secret: in the URL. `SignData` is checked when its scheme is known.

VNPost signs its pushes, and has not published how. So the scheme is a plug. Without one the
signature counts for nothing, neither for nor against; with one, a push whose signature does not
hold shows no credential at all, whatever its URL.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from logistics.carriers import Presented, Unreadable
from logistics.evidence import Authentication
from partners.carrier import in_url, load_object, shown


class SignatureScheme(Protocol):
    """How VNPost signs the text of `Data`."""

    def holds(self, data: str, send_date: str, signature: str) -> bool:
        """Whether the signature is VNPost's own, of this text."""
        ...


@dataclass(frozen=True, slots=True)
class Verifier:
    """Finds the secret in the URL; a signature that holds makes it the stronger kind."""

    scheme: SignatureScheme | None = None

    def __call__(
        self, url_secret: str | None, query: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[Presented, ...]:
        del query, headers  # VNPost puts nothing there.
        if self.scheme is None:
            return in_url(url_secret)
        if not _holds(self.scheme, body):
            return ()
        return shown(Authentication.SIGNATURE, url_secret)


def _holds(scheme: SignatureScheme, body: bytes) -> bool:
    try:
        envelope = load_object(body)
    except Unreadable:
        return False
    # As it came: a signature is over the very text, blanks and all.
    match [envelope.get(name) for name in ("Data", "SendDate", "SignData")]:
        case [str(data), str(send_date), str(signature)] if signature:
            return _holds_by(scheme, data, send_date, signature)
        case _:
            return False


def _holds_by(scheme: SignatureScheme, data: str, send_date: str, signature: str) -> bool:
    try:
        return scheme.holds(data, send_date, signature) is True
    except Exception:  # noqa: BLE001 - Whatever goes wrong in a scheme, nobody gets in by it.
        return False
