"""What a carrier is to us: how it shows who it is, what it tells us, and what it wants to hear back.

One `Carrier` is a plug of pure functions. `partners` makes the plugs, `webhooks` uses them, and
neither knows the other: `deploy` hands the plugs over.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from urllib.parse import quote

from logistics.evidence import Authentication
from logistics.waybill.commands import CarrierReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What was kept of a carrier's request.

    `headers` have lower-case names and hold only the carrier's `kept_headers` and `content-type`;
    `query` holds none of its `secret_parameters`.
    """

    carrier: str
    method: str
    query: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """A secret that came with a request, and by which way; whether it is right is for others."""

    kind: Authentication
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """The answer without which this carrier sends its push again."""

    status: int = 200
    content_type: str = "text/plain"
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One item of a push that could not be read; `item` counts from 0. Nothing personal in it."""

    item: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a push says: its reports, and the items that could not be read."""

    reports: tuple[CarrierReport, ...]
    faults: tuple[Fault, ...] = ()


class Unreadable(Exception):  # noqa: N818 - Named as the refusals are: a word, not an "Error".
    """A push, or one item of it, cannot be read: a stable reason, a detail with nothing personal."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class FindsCredentials(Protocol):
    """Finds every secret in the raw parts of a request; never raises, and decides nothing.

    The request is let in when one of them is right, and refused when there are none. Header names
    are looked up in lower case.
    """

    def __call__(
        self, url_secret: str | None, query: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[Presented, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """One carrier's plug.

    - `usual_credential`: the way this carrier shows its secret when it is connected anew;
    - `kept_headers`: those that `read` or `acknowledge` need, in lower case; they are part of what
      tells two pushes apart;
    - `secret_parameters`: those of the query that must not be kept;
    - `read`: raises `Unreadable`, and nothing else, when the whole push says nothing we can use;
    - `acknowledge`: works for unreadable pushes too.
    """

    name: str
    usual_credential: Authentication
    presented: FindsCredentials
    read: Callable[[Push], Reading]
    acknowledge: Callable[[Push], Acknowledgement]
    kept_headers: frozenset[str] = frozenset()
    secret_parameters: tuple[str, ...] = ()

    def hook(self, secret: str) -> str:
        """The path to give to the carrier; it holds the secret if the carrier has no other way."""
        path = f"/hooks/{self.name}"
        match self.usual_credential:
            case Authentication.URL_SECRET:
                return f"{path}/{quote(secret, safe='')}"
            case Authentication.QUERY_SECRET:
                return f"{path}?{self.secret_parameters[0]}={quote(secret, safe='')}"
            case _:
                return path
