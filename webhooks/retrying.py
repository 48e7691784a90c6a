"""When to try again: a ladder for each notice, and growing pauses for an endpoint that is down."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from random import Random
from typing import Final

LADDER: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long after each failure in a row a notice is tried again; give or take a fifth."""

FAILURES_TO_OPEN: Final = 10
"""So many failures of an endpoint in a row, and only one notice at a time probes it."""

LAST_ATTEMPT: Final = len(LADDER) + 1

_JITTER: Final = 0.2
_FIRST_PAUSE: Final = timedelta(seconds=5)
_LONGEST_PAUSE: Final = timedelta(minutes=10)
_LONGEST_ASKED: Final = timedelta(hours=24)
_ASKING: Final = frozenset({429, 503})


def pause_after(attempts: int, dice: Random) -> timedelta:
    """How long a notice waits that has failed so often (1 or more)."""
    return _about(LADDER[min(attempts, len(LADDER)) - 1], dice)


def pause_of_probes(failures: int, dice: Random) -> timedelta:
    """How long an endpoint is left alone that has failed so often in a row (10 or more)."""
    doublings = min(failures - FAILURES_TO_OPEN, 10)
    return _about(min(_FIRST_PAUSE * 2**doublings, _LONGEST_PAUSE), dice)


def asked_pause(status: int, headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long a 429 or a 503 asks to be left alone (RFC 9110 10.2.3), a day at most."""
    said = headers.get("Retry-After", "").strip()
    if status not in _ASKING or not said:
        return None
    if said.isascii() and said.isdigit():
        seconds = min(int(said[:9]), int(_LONGEST_ASKED.total_seconds()))
        return timedelta(seconds=seconds)
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    if moment.tzinfo is None:  # As its form `-0000` is read; it is UTC.
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment - now, timedelta()), _LONGEST_ASKED)


def _about(pause: timedelta, dice: Random) -> timedelta:
    return pause * dice.uniform(1 - _JITTER, 1 + _JITTER)
