"""Carriers' values as text, whatever type they came in, and with no telephone number left in it."""

import re
from typing import Annotated

from pydantic import PlainValidator

MAX_LENGTH = 300
"""Of a text that goes into an event."""

_EXACT = 2**53
_TRUE = frozenset({"true", "1", "yes", "y"})

# Eight digits in a row; or a number that begins as Vietnamese telephone numbers do (0, +84, 84),
# with the dots, dashes, blanks and brackets people write between its digits. Post codes are shorter.
# It begins with a plain digit, because that is what the search is fast at.
_TELEPHONE = re.compile(
    r"\d(?:\d{7,}"
    r"|(?:(?<=0)(?<!\d0)|(?<=8)(?<!\d8)4)\)?(?:[\s.\-\u2010-\u2015()]{0,3}\d){7,11})"
)
MASK = "…"


def plain(value: object) -> str:
    """A scalar as trimmed text; the empty text for nothing, truth values, lists and objects.

    200, 200.0, "200" and " 200 " are one and the same. A number too large to be exact is nothing.
    """
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if value.is_integer():
            return str(int(value)) if abs(value) < _EXACT else ""
        return str(value)
    return ""


def as_text(value: object) -> str:
    """The same on one printable line."""
    text = plain(value)
    if not text.isprintable():
        text = "".join(each if each.isprintable() else " " for each in text).strip()
    return text


def as_flag(value: object) -> bool:
    """Whether a yes/no field says yes; anything unclear is no."""
    return value if isinstance(value, bool) else plain(value).lower() in _TRUE


def masked(text: str) -> str:
    """The text, not too long, with telephone numbers (and whatever else is as long) blotted out."""
    return _TELEPHONE.sub(MASK, text)[:MAX_LENGTH]


Text = Annotated[str, PlainValidator(as_text)]
"""A field of a carrier's message: any scalar, as text; missing, null or odd: empty."""

Flag = Annotated[bool, PlainValidator(as_flag)]
"""A yes/no field of a carrier's message; missing, null or odd: no."""
