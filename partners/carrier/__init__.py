"""What all carriers share: their values, times, bodies and credentials, and the way to a report."""

from logistics.carriers import Acknowledgement, Push
from partners.carrier.bodies import Item, items_of, load_json, load_object, read_each
from partners.carrier.composing import Compose, Composed, Facts, as_number, in_json
from partners.carrier.credentials import in_query, in_url, shown
from partners.carrier.reports import (
    Status,
    Statuses,
    codes_meaning,
    digest_of,
    status_of,
    to_report,
)
from partners.carrier.text import Flag, Text, as_text, masked
from partners.carrier.times import VIETNAM, day_first, parse_time, settle_time

__all__ = [
    "VIETNAM",
    "Compose",
    "Composed",
    "Facts",
    "Flag",
    "Item",
    "Status",
    "Statuses",
    "Text",
    "as_number",
    "as_text",
    "codes_meaning",
    "day_first",
    "digest_of",
    "in_json",
    "in_query",
    "in_url",
    "items_of",
    "load_json",
    "load_object",
    "masked",
    "parse_time",
    "plain_acknowledgement",
    "read_each",
    "settle_time",
    "shown",
    "status_of",
    "to_report",
]

_PLAIN = Acknowledgement()


def plain_acknowledgement(push: Push) -> Acknowledgement:
    """200 and nothing else, for carriers that want to hear no more."""
    del push  # The answer is the same whatever was sent.
    return _PLAIN
