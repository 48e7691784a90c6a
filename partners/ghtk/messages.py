"""GHTK's words, as a form or as JSON."""

import re
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel

from logistics.carriers import Unreadable
from partners.carrier import Item, Text, items_of, load_json

_MAX_FIELDS = 100

# GHTK does not escape the plus sign of `+07:00`, and in a form a bare plus sign is a blank.
_LOST_PLUS = re.compile(r" (?=\d\d:?\d\d$)")


class Parcel(BaseModel):
    """A push, as far as we read it; all may be missing."""

    label_id: Text = ""
    status_id: Text = ""
    action_time: Text = ""
    """ISO 8601 with its zone."""


def items_in(body: bytes) -> list[Any]:
    """The items of a body; what it is shows in the body, for the content type is not to be trusted."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in {b"{", b"["}:
        return items_of(load_json(body))
    return [_form(body)]


def _form(body: bytes) -> Item:
    try:
        fields: Item = dict(parse_qsl(body.decode("utf-8-sig"), max_num_fields=_MAX_FIELDS))
    except ValueError:
        raise Unreadable("not-a-form", "The body is neither JSON nor a form.") from None
    if not fields:
        raise Unreadable("not-a-form", "The body is neither JSON nor a form.")
    if "T" in (moment := fields.get("action_time", "")):
        fields["action_time"] = _LOST_PLUS.sub("+", moment)
    return fields
