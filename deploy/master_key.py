"""Sees to it that every process of one database seals personal data with the same key.

Where the key comes from is for each process to say: a variable, or a file in its data folder. Two
processes with different keys would work well for days, until one cannot open what the other sealed.
So the database holds the fingerprint of the key in use, and a process with another one does not start.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

import psycopg

from deploy.settings import PREFIX, SettingsRefused

_LABEL: Final = b"luanchuyen master key fingerprint"
_NOTE: Final = """
INSERT INTO master_key_fingerprint (fingerprint) VALUES (%s) ON CONFLICT (single) DO NOTHING"""
_NOTED: Final = "SELECT fingerprint FROM master_key_fingerprint"
_REPLACE: Final = """
UPDATE master_key_fingerprint SET fingerprint = %s, noted_at = now() WHERE fingerprint = %s"""


def check_master_keys(url: str, keys: Sequence[bytes]) -> None:
    """Note the fingerprint of the newest key, or refuse keys that the database does not know.

    A new key in front of the noted one takes its place: that is how keys are changed. Raises
    `SettingsRefused`.
    """
    newest, *former = [fingerprint(key) for key in keys]
    with psycopg.connect(url) as connection:
        connection.execute(_NOTE, [newest])
        row = connection.execute(_NOTED).fetchone()
        noted = row[0] if row else newest
        if noted == newest:
            return
        if noted not in former:
            raise SettingsRefused(
                "This database holds personal data that was sealed with another master key. Set"
                f" {PREFIX}MASTER_KEY to it, or {PREFIX}FORMER_MASTER_KEYS if it is being replaced."
            )
        connection.execute(_REPLACE, [newest, noted])


def fingerprint(key: bytes) -> str:
    """Tell keys apart without saying anything about them."""
    return hmac.new(key, _LABEL, hashlib.sha256).hexdigest()[:32]
