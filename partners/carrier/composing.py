"""Pushes in the carriers' own formats, for simulations, benchmarks and tests."""

from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypedDict, Unpack

import orjson

JSON_HEADERS = {"Content-Type": "application/json"}


class Facts(TypedDict, total=False):
    """What may be said besides number, code and time; a carrier ignores what it has no word for.

    `secret` is written where the carrier carries it, unless that is the path. `text` is the status
    in words. `returning` is the carrier's flag of the way back. `transaction` numbers the push,
    `kind` is its type. `fields` are further fields, in the carrier's own names.
    """

    secret: str
    text: str
    place: str
    note: str
    returning: bool
    transaction: str
    kind: str
    fields: dict[str, Any]


class Composed(NamedTuple):
    """The parts of a request: headers, query (without its question mark) and body."""

    headers: dict[str, str]
    query: str
    body: bytes


class Compose(Protocol):
    """Writes one push as the carrier would."""

    def __call__(
        self, number: str, code: str, occurred_at: datetime, **facts: Unpack[Facts]
    ) -> Composed: ...


def as_number(code: str) -> int | str:
    """A code as a JSON number where it is one."""
    return int(code) if code.lstrip("-").isdecimal() else code


def in_json(content: dict[str, Any], headers: dict[str, str] | None = None) -> Composed:
    """A JSON body with its headers."""
    return Composed({**JSON_HEADERS, **(headers or {})}, "", orjson.dumps(content))
