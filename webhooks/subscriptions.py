"""Subscriptions: who wants to hear of which events, where, and how their endpoint is doing.

Address, description and secrets lie sealed; an address often holds a token. Each subscription has a
position of its own in the log: planning goes on from there, and a replay sets it back. Whatever
was under way under an earlier `generation` no longer counts then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import orjson
from psycopg import Cursor
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

from logistics.event_types import EVENT_TYPES
from logistics.personal_data import Vault

METADATA = MetaData()
SUBSCRIPTION = Table(
    "subscription",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("party", Text, nullable=False),
    Column("sees_everything", Boolean, nullable=False),
    Column("events", ARRAY(Text), nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # The address and the description.
    Column("secret", LargeBinary, nullable=False),
    Column("former_secret", LargeBinary),
    Column("former_until", DateTime(timezone=True)),
    Column("state", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("failures", Integer, nullable=False),  # In a row.
    Column("quiet_until", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("deleted_at", DateTime(timezone=True)),
    Index("subscription_party", "party", postgresql_where=text("deleted_at IS NULL")),
)

CHANNEL: Final = "luanchuyen_notices"
FORMER_SECRET: Final = timedelta(hours=24)
_NAMES: Final = frozenset(each.name for each in EVENT_TYPES)

_INSERT: Final = """
INSERT INTO subscription (id, party, sees_everything, events, sealed, secret, state, position,
    generation, failures, created_at)
SELECT %b, %b, %b, %b::text[], %b, %b, 'active', coalesce(max(notification_id), 0), 1, 0, %b
FROM stored_events"""
_DELETE: Final = """
UPDATE subscription SET deleted_at = %b, secret = '', former_secret = NULL, sealed = ''
WHERE id = %b"""
_ROTATE: Final = """
UPDATE subscription SET former_secret = secret, former_until = %b, secret = %b
WHERE id = %b AND deleted_at IS NULL"""
_REPLAY: Final = """
UPDATE subscription SET position = least(position, %b), generation = generation + 1
WHERE id = %b RETURNING position"""
_RESUME: Final = """
UPDATE subscription
SET state = 'active', failures = 0, quiet_until = NULL, generation = generation + 1
WHERE id = %b AND deleted_at IS NULL"""
_AGAIN: Final = "UPDATE notice SET attempts = 0, due_at = %b WHERE subscription = %b"
_CARRY_OVER: Final = """
UPDATE notice SET generation = subscription.generation FROM subscription
WHERE subscription.id = notice.subscription AND subscription.id = %b"""
_FORGET_FROM: Final = "DELETE FROM notice WHERE subscription = %b AND position > %b"
_NOTIFY: Final = f"NOTIFY {CHANNEL}".encode()


class SubscriptionState(StrEnum):
    """Whether notices go out."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubscription:
    """What somebody asks to be told, and where."""

    id: str
    party: str
    sees_everything: bool
    events: Sequence[str]
    url: str
    description: str | None
    secret: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Address:
    """Where notices go, and what the subscriber calls it."""

    url: str
    description: str | None


def names_of(patterns: Sequence[str]) -> frozenset[str]:
    """The events that patterns mean: `sla.*`, `dossier.decided`, or `*` for all."""
    return frozenset(
        name
        for name in _NAMES
        for pattern in patterns
        if pattern in {"*", name, f"{name.partition('.')[0]}.*"}
    )


def insert(cursor: Cursor[Any], vault: Vault, new: NewSubscription) -> None:
    """Keep a subscription, from the end of the log as it is now."""
    sealed = orjson.dumps({"url": new.url, "description": new.description})
    cursor.execute(
        _INSERT,
        [
            new.id,
            new.party,
            new.sees_everything,
            list(new.events),
            vault.seal_bytes(sealed, _address_of(new.id)),
            seal_secret(vault, new.id, new.secret),
            new.created_at,
        ],
    )
    cursor.execute(_NOTIFY)


def delete(cursor: Cursor[Any], subscription: str, now: datetime) -> None:
    """Send nothing more; what was sent stays on record."""
    cursor.execute(_DELETE, [now, subscription])
    cursor.execute(_FORGET_FROM, [subscription, -1])
    cursor.execute(_NOTIFY)


def rotate(
    cursor: Cursor[Any], vault: Vault, subscription: str, secret: str, now: datetime
) -> None:
    """Sign with a new secret, and for a day with the one before as well."""
    sealed = seal_secret(vault, subscription, secret)
    cursor.execute(_ROTATE, [now + FORMER_SECRET, sealed, subscription])
    cursor.execute(_NOTIFY)


def replay(cursor: Cursor[Any], subscription: str, after: int) -> None:
    """Send everything behind a position again; what waits of it waits in its turn."""
    row = cursor.execute(_REPLAY, [after, subscription]).fetchone()
    cursor.execute(_FORGET_FROM, [subscription, row[0] if row else after])
    cursor.execute(_CARRY_OVER, [subscription])
    cursor.execute(_NOTIFY)


def resume(cursor: Cursor[Any], subscription: str, now: datetime) -> None:
    """Go on sending at once, every notice from its first try."""
    cursor.execute(_RESUME, [subscription])
    cursor.execute(_AGAIN, [now, subscription])
    cursor.execute(_CARRY_OVER, [subscription])
    cursor.execute(_NOTIFY)


def seal_secret(vault: Vault, subscription: str, secret: str) -> bytes:
    return vault.seal_bytes(secret.encode(), b"secret:" + subscription.encode())


def open_secret(vault: Vault, subscription: str, sealed: bytes) -> str:
    return vault.open_bytes(sealed, b"secret:" + subscription.encode()).decode()


def open_address(vault: Vault, subscription: str, sealed: bytes) -> Address:
    return Address(**orjson.loads(vault.open_bytes(sealed, _address_of(subscription))))


def _address_of(subscription: str) -> bytes:
    return b"address:" + subscription.encode()
