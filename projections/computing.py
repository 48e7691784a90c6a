"""What follows from the facts of a dossier, remembered for a while by what it was computed from.

A verdict that is written comes back as an event, and changes nothing that obligations follow from. So
the view need not compute anew what the sweeper has just computed, nor the sweeper what the view has.
"""

from dataclasses import dataclass
from hashlib import blake2b
from threading import Lock
from typing import Final

import orjson

from logistics.clocks.alarms import AlarmCondition, alarms
from logistics.clocks.basis import Basis
from logistics.clocks.obligation import Obligation
from logistics.clocks.obligations import obligations
from logistics.dossier_facts import DossierFacts

MOST: Final = 6_000
"""Dossiers remembered, of some kilobytes each: as many as six sweeps take on."""

_FOLLOWING: Final = frozenset({"verdicts", "owed", "attend_at"})
"""What of a row nothing is computed from."""


@dataclass(frozen=True, slots=True)
class Computed:
    """What follows from the facts of one dossier."""

    obligations: tuple[Obligation, ...]
    conditions: tuple[AlarmCondition, ...]


def computed(facts: DossierFacts, basis: Basis) -> Computed:
    """Compute everything anew."""
    return Computed(obligations(facts, basis), alarms(facts, basis))


def remembered(facts: DossierFacts, basis: Basis) -> Computed:
    """The same, computed once for the same facts and the same basis."""
    key = _key(facts, basis)
    found = _memory.get(key)
    if found is None:
        found = computed(facts, basis)
        with _turn:
            if len(_memory) >= MOST:
                del _memory[next(iter(_memory))]
            _memory[key] = found
    return found


_memory: Final[dict[bytes, Computed]] = {}
_turn: Final = Lock()


def _key(facts: DossierFacts, basis: Basis) -> bytes:
    told = {name: value for name, value in facts.items() if name not in _FOLLOWING}
    digest = blake2b(orjson.dumps(told), digest_size=16, key=basis.version.encode()[:64])
    return digest.digest()
