"""The types that requests and answers are made of.

Bodies are strict (a quantity is a number, not "3") and refuse what they do not know. Texts refuse
control characters, because PostgreSQL cannot store a zero byte and nobody can read the others.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Final, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

Item = TypeVar("Item")

CODE_PATTERN: Final = r"^[A-Za-z0-9./_-]{1,64}$"
PLAIN: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
_RFC_3339: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
EARLIEST_YEAR: Final = 2000
LATEST_YEAR: Final = 2100

Code = Annotated[
    str,
    StringConstraints(pattern=CODE_PATTERN),
    Field(
        description="Opaque text; nothing is ever read out of it.", examples=["H46.20-0716-0001"]
    ),
]
"""A code of a dossier, party, paper, handover or waybill (DOMAIN: opaque, ≤ 64 characters)."""

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=PLAIN)
]
"""A short text on one line or a few."""

Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=PLAIN)
]
"""Free text."""

Position = Annotated[
    int, Field(ge=0, le=2**63 - 1, description="A position in the log.", examples=[4711])
]

Limit = Annotated[int, Field(ge=1, le=500, description="Most items to answer.", examples=[100])]


def read_time(value: object) -> datetime:
    """Read an RFC 3339 time with offset, as UTC; a time without offset could mean anything."""
    if not isinstance(value, str) or _RFC_3339.fullmatch(value) is None:
        raise PydanticCustomError(
            "time", "Input should be a time with offset, as in 2026-08-05T09:30:00+07:00"
        )
    try:
        read = datetime.fromisoformat(value.upper())
    except ValueError:
        raise PydanticCustomError("time", "Input should be a time that exists") from None
    if not EARLIEST_YEAR <= read.year <= LATEST_YEAR:
        raise PydanticCustomError("time", "Input should be a time from 2000 to 2100")
    return read.astimezone(UTC)


Time = Annotated[
    datetime,
    PlainValidator(read_time),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": "RFC 3339 with offset.",
            "examples": ["2026-08-05T09:30:00+07:00"],
        }
    ),
]
"""A time in a request. Answers use plain `datetime`."""


class Body(BaseModel):
    """What a request says; nothing else may be in it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class Query(BaseModel):
    """What a request asks behind the question mark; nothing else may be there."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Answer(BaseModel):
    """What we answer; made with our names, sent under the contract's (`Field(alias="from")`)."""

    model_config = ConfigDict(
        frozen=True,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        json_schema_serialization_defaults_required=True,
    )


class Written(Answer):
    """A write that has nothing to tell but its place in the log."""

    position: Position


class Items(Answer, Generic[Item]):
    """One page of a list; `next` is the value for `after`, null on the last page."""

    items: list[Item]
    next: str | int | None
