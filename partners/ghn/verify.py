"""Where GHN shows its secret: nowhere but in the URL that we gave to it."""

from collections.abc import Mapping

from logistics.carriers import Presented
from partners.carrier import in_url


def presented(
    url_secret: str | None, query: str, headers: Mapping[str, str], body: bytes
) -> tuple[Presented, ...]:
    """The secret in the URL."""
    del query, headers, body  # GHN puts nothing there.
    return in_url(url_secret)
