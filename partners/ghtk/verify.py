"""Where GHTK shows its secret: `?hash=` in the URL that we gave to it, or in its path."""

from collections.abc import Mapping

from logistics.carriers import Presented
from partners.carrier import in_query, in_url

PARAMETER = "hash"


def presented(
    url_secret: str | None, query: str, headers: Mapping[str, str], body: bytes
) -> tuple[Presented, ...]:
    """The secrets in the URL."""
    del headers, body  # GHTK puts nothing there.
    return (*in_url(url_secret), *in_query(query, PARAMETER))
