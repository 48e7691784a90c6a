"""Where carriers put their secrets, as found in the raw parts of a request."""

from urllib.parse import parse_qsl

from logistics.carriers import Presented
from logistics.evidence import Authentication

_MAX_FIELDS = 50


def shown(kind: Authentication, secret: str | None) -> tuple[Presented, ...]:
    """The secret, if there is one; bytes that are no text (they come as surrogates) are none."""
    if not secret:
        return ()
    try:
        return (Presented(kind=kind, secret=secret.encode()),)
    except UnicodeEncodeError:
        return ()


def in_url(url_secret: str | None) -> tuple[Presented, ...]:
    """The last part of the path."""
    return shown(Authentication.URL_SECRET, url_secret)


def in_query(query: str, parameter: str) -> tuple[Presented, ...]:
    """A parameter of the query; named twice it is no credential, for which one would count?"""
    if parameter not in query:
        return ()
    try:
        pairs = parse_qsl(query, max_num_fields=_MAX_FIELDS)
    except ValueError:
        return ()
    values = [value for name, value in pairs if name == parameter]
    return shown(Authentication.QUERY_SECRET, values[0]) if len(values) == 1 else ()
