"""Codes that we give: to papers, to handovers, and the one a citizen looks a dossier up with.

All are random, so that none can be guessed from another, in Crockford's alphabet of 32: it has no
letter that is read as a digit, and a code dictated over the telephone is still read.
"""

import secrets
from typing import Final

from logistics.identifiers import HandoverId, LookupCode, PaperId

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # 5 bits a character.
_GROUP_CHARACTERS: Final = 4
_ID_CHARACTERS: Final = 16
_LOOKUP_CHARACTERS: Final = 12  # 60 bits.
_MISREAD: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None, ".": None})


def new_paper_id() -> PaperId:
    """Make an id for a paper, of 80 random bits."""
    return PaperId(f"P{_random(_ID_CHARACTERS)}")


def new_handover_id() -> HandoverId:
    """Make an id for a handover, of 80 random bits."""
    return HandoverId(f"H{_random(_ID_CHARACTERS)}")


def new_lookup_code() -> LookupCode:
    """Make a lookup code, of 60 random bits, as it is printed on the receipt: `7K4M-9QXR-2B8T`."""
    return LookupCode(_grouped(_random(_LOOKUP_CHARACTERS)))


def read_lookup_code(text: str) -> LookupCode | None:
    """Read a lookup code as somebody typed it; None when it cannot be one of ours.

    Small letters, spaces, missing hyphens, and O, I and L for the digits they look like are all
    read as they were meant.
    """
    read = text.strip().upper().translate(_MISREAD)
    if len(read) != _LOOKUP_CHARACTERS or not set(read) <= set(ALPHABET):
        return None
    return LookupCode(_grouped(read))


def _random(characters: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(characters))


def _grouped(code: str) -> str:
    starts = range(0, len(code), _GROUP_CHARACTERS)
    return "-".join(code[start : start + _GROUP_CHARACTERS] for start in starts)
