"""By whose word a side of a handover is known: a signature, or a carrier's report.

Carriers do not call our API; what they push is evidence of their side only (DESIGN §1.3). How
strongly that push was authenticated stays with it for good.
"""

from dataclasses import dataclass
from enum import StrEnum


class Word(StrEnum):
    """How a side of a handover came to be known."""

    SIGNATURE = "signature"
    REPORT = "report"


class Authentication(StrEnum):
    """How the sender of a receipt proved who it is, strongest first."""

    SIGNATURE = "signature"
    HEADER_TOKEN = "header-token"
    BODY_TOKEN = "body-token"
    URL_SECRET = "url-secret"
    QUERY_SECRET = "query-secret"
    API_KEY = "api-key"
    NONE = "none"


class SourceKind(StrEnum):
    """Where a fact came in."""

    API = "api"
    WEBHOOK = "webhook"
    COMMAND_LINE = "command-line"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a fact came in, and the receipt or request behind it."""

    kind: SourceKind
    id: str | None = None
    authentication: Authentication | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBy:
    """By whose word one side is known; `receipt` names the carrier's push when it is a report."""

    word: Word
    receipt: str | None = None
    authentication: Authentication | None = None
