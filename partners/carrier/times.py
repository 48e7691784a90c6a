"""The times that carriers write.

Where they name no zone it is Asia/Ho_Chi_Minh, which is UTC+07:00 all year.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

from logistics.waybill.milestones import TimeFlag

VIETNAM = timezone(timedelta(hours=7))

FUTURE_TOLERANCE = timedelta(minutes=10)

_FIRST_YEAR = 2000
"""Earlier ones are a program's zero (0001-01-01, 1970-01-01), not a time of the post."""

_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})[ T](\d{1,2})(:\d{2}(?::\d{2})?)", re.ASCII)
_YEAR_FIRST = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}", re.ASCII)


def parse_time(text: str) -> datetime | None:
    """`dd/MM/yyyy HH:mm[:ss]`, or ISO 8601 with or without a zone, in UTC; None for neither."""
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year, hour, rest = found.groups()
        text = f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}{rest}+07:00"
    elif _YEAR_FIRST.match(text) is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def settle_time(text: str, received_at: datetime) -> tuple[datetime, TimeFlag | None]:
    """When it happened, in UTC: theirs, or the time of receipt and why theirs cannot be used."""
    moment = parse_time(text)
    if moment is None or moment.year < _FIRST_YEAR:
        return received_at, TimeFlag.UNREADABLE
    if moment > received_at + FUTURE_TOLERANCE:
        return received_at, TimeFlag.FUTURE
    return moment, None


def day_first(moment: datetime) -> str:
    """As Viettel Post, VNPost and EMS write it: `dd/MM/yyyy HH:mm:ss`, local, with no zone."""
    return moment.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M:%S")
