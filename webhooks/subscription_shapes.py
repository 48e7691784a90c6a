"""What subscribers say and are answered, and which addresses they may give."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError
from yarl import URL

from logistics.calling_out import Network, address_in, is_allowed, may_be_called
from logistics.errors import Fault, Invalid
from logistics.web.fields import Answer, Body, Code, Limit, Position, Query, Text, Written
from webhooks.subscriptions import SubscriptionState, names_of

NEWEST: Final = 2**63 - 1


def _known(pattern: str) -> str:
    if not names_of([pattern]):
        raise PydanticCustomError("event", "Input should be the name of an event, or as in sla.*")
    return pattern


Pattern = Annotated[
    str,
    StringConstraints(pattern=r"^(\*|[a-z]+\.(\*|[a-z-]+))$", max_length=64),
    AfterValidator(_known),
    Field(description="An event, a group (`sla.*`), or `*` for all.", examples=["sla.*"]),
]


class Wanted(Body):
    """What to tell, and where to."""

    url: Annotated[
        str,
        StringConstraints(max_length=2000),
        Field(
            description="An https address on the public internet; redirects are not followed.",
            examples=["https://hooks.example.vn/luan-chuyen"],
        ),
    ]
    events: Annotated[list[Pattern], Field(min_length=1, max_length=100)]
    description: Text | None = None


class Subscribed(Written):
    """A new subscription, and the secret that its notices are signed with."""

    id: str
    secret: str | None = Field(description="Shown once; null in the answer to a repeat.")


class KnownSubscription(Answer):
    """A subscription. `waiting` notices are still to be delivered, `given_up` ones never were.

    `stuck` are those among the waiting that failed on every rung of the ladder, and are tried once
    a day. `position` is how far the log has been gone through; `failures` are in a row.
    """

    id: str
    party: str
    url: str
    events: list[str]
    description: str | None
    state: SubscriptionState
    position: Position
    waiting: int
    stuck: int
    given_up: int
    failures: int
    quiet_until: datetime | None
    created_at: datetime


class Attempt(Answer):
    """One attempt to deliver a notice: the answer's status, or what there was instead of one."""

    id: int
    notice: str
    position: Position
    number: int = Field(description="The first attempt is 1.")
    sent_at: datetime
    duration_ms: float
    outcome: Literal["delivered", "failed", "given-up"]
    status: int | None
    failure: str | None
    next_at: datetime | None


class AfterId(Query):
    """One page of subscriptions."""

    after: Code | None = None
    limit: Limit = 100


class AfterAttempt(Query):
    """One page of attempts, the newest first."""

    after: Annotated[int | None, Field(ge=1, le=NEWEST)] = None
    limit: Limit = 100


class From(Query):
    """What to send again."""

    after: Annotated[Position, Field(description="The position behind which to begin.")]


def check_url(url: str, allowed: Sequence[Network]) -> None:
    """Raise `Invalid` for an address that no notice can ever go to.

    Where a name leads is judged when it is called, every time.
    """
    faults = [Fault("body.url", detail) for detail in _faults_of(url, allowed)]
    if faults:
        raise Invalid(faults)


def _faults_of(text: str, allowed: Sequence[Network]) -> list[str]:
    try:
        url = URL(text)
        host = url.host or ""
    except ValueError:
        return ["Input should be an address, as in https://hooks.example.vn/path"]
    if not url.is_absolute() or not host or url.scheme not in {"http", "https"}:
        return ["Input should be an address, as in https://hooks.example.vn/path"]
    address = address_in(host)
    faults = []
    if url.scheme == "http" and not (address and is_allowed(address, allowed)):
        faults.append("Input should begin with https://")
    if url.user is not None or url.password is not None:
        faults.append("Input should hold no user and no password")
    if "#" in text:
        faults.append("Input should hold no fragment")
    if not all(character >= "!" for character in text) or "\x7f" in text:
        faults.append("Input should hold no spaces and no control characters")
    if address is not None and not may_be_called(address, allowed):
        faults.append("The host should be a public address")
    return faults
