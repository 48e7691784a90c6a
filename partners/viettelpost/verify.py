"""Where Viettel Post shows its secret: `TOKEN` in the body; for some accounts a header, or the URL."""

from collections.abc import Mapping

from logistics.carriers import Presented, Unreadable
from logistics.evidence import Authentication
from partners.carrier import in_url, load_object, shown

_SCHEMES = ("bearer ", "token ")


def presented(
    url_secret: str | None, query: str, headers: Mapping[str, str], body: bytes
) -> tuple[Presented, ...]:
    """All secrets that came with the request, by all of its ways."""
    del query  # Viettel Post puts nothing there.
    return (
        *in_url(url_secret),
        *_in_header(headers.get("authorization")),
        *_in_body(body),
    )


def _in_header(value: str | None) -> tuple[Presented, ...]:
    value = (value or "").strip()
    for scheme in _SCHEMES:
        if value.lower().startswith(scheme):
            value = value[len(scheme) :].strip()
    return shown(Authentication.HEADER_TOKEN, value)


def _in_body(body: bytes) -> tuple[Presented, ...]:
    try:
        token = load_object(body).get("TOKEN")
    except Unreadable:
        return ()
    return shown(Authentication.BODY_TOKEN, token) if isinstance(token, str) else ()
