"""The identifiers that events and commands speak in.

They are opaque text (DOMAIN: codes of other systems must never be parsed), so each is a `NewType`:
the type checker keeps a dossier code from being used as a party code, at no cost at run time.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, NewType

DossierCode = NewType("DossierCode", str)
"""The code of a dossier in the system that issued it (mã hồ sơ)."""

PartyCode = NewType("PartyCode", str)
"""The code of a desk, agent, kiosk, operator or agency; or `CITIZEN`."""

PaperId = NewType("PaperId", str)
HandoverId = NewType("HandoverId", str)

LookupCode = NewType("LookupCode", str)
"""What a citizen types to follow a dossier: random, at least 60 bits, unrelated to the dossier code."""

SealedRef = NewType("SealedRef", str)
"""A reference to personal data or free text that is kept, encrypted, beside the log."""

CITIZEN = PartyCode("citizen")
"""The applicant, as giver, receiver or holder. No party can be registered under this code."""

PROVINCE = PartyCode("province")
"""The provincial system: a party that exists from the start."""


class StreamKind(StrEnum):
    """What a stream is about; the first half of its stored id."""

    DOSSIER = "dossier"
    PAPER = "paper"
    HANDOVER = "handover"
    WAYBILL = "waybill"
    PARTY = "party"
    PROCEDURE = "procedure"
    CLOCKS = "clocks"
    SUBSCRIPTION = "subscription"


class StreamId(NamedTuple):
    """One stream: a kind and a key. Stored as `kind:key`; a key's parts never hold a colon.

    A tuple, because it is hashed several times for every event of the log.
    """

    kind: StreamKind
    key: str

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.key}"

    @classmethod
    def parse(cls, stored: str) -> "StreamId":
        kind, _, key = stored.partition(":")
        return cls(StreamKind(kind), key)


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class WaybillRef:
    """A consignment: the postal operator and the number it gave."""

    operator: PartyCode
    number: str

    @property
    def stream(self) -> StreamId:
        return _waybill_stream(self.operator, self.number)


@lru_cache(maxsize=4096)
def _waybill_stream(operator: str, number: str) -> StreamId:
    # Asked for a dozen times for each report.
    return StreamId(StreamKind.WAYBILL, f"{operator}:{number}")


def dossier_stream(code: DossierCode) -> StreamId:
    return StreamId(StreamKind.DOSSIER, code)


def paper_stream(paper: PaperId) -> StreamId:
    return StreamId(StreamKind.PAPER, paper)


def handover_stream(handover: HandoverId) -> StreamId:
    return StreamId(StreamKind.HANDOVER, handover)


def party_stream(code: PartyCode) -> StreamId:
    return StreamId(StreamKind.PARTY, code)


def procedure_stream(code: str) -> StreamId:
    return StreamId(StreamKind.PROCEDURE, code)


def clocks_stream(code: DossierCode) -> StreamId:
    """What was found out about a dossier's clocks: verdicts and alarms."""
    return StreamId(StreamKind.CLOCKS, code)


def subscription_stream(subscription: str) -> StreamId:
    return StreamId(StreamKind.SUBSCRIPTION, subscription)
