"""What can have happened to a party: registration, changes, and the credentials it acts with."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from logistics.identifiers import PartyCode


class PartyKind(StrEnum):
    """What a party is. `province` is the provincial system, `auditor` an inspecting body."""

    DESK = "desk"
    AGENT = "agent"
    KIOSK = "kiosk"
    OPERATOR = "operator"
    AGENCY = "agency"
    PROVINCE = "province"


class CredentialKind(StrEnum):
    """What a credential opens: our API, or a carrier's webhook endpoint."""

    API_KEY = "api-key"
    WEBHOOK_SECRET = "webhook-secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRegistered:
    """A party joined. Its name is that of an office, never of a person."""

    party: PartyCode
    kind: PartyKind
    name: str
    commune: str | None
    opening_hours: str | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyChanged:
    """The party's description changed; the fields hold it in full."""

    party: PartyCode
    name: str
    commune: str | None
    opening_hours: str | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartySuspended:
    """The party may no longer act; what it holds, it still holds."""

    party: PartyCode
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialIssued:
    """The party was given a credential. Only its id and role are here; never the secret."""

    party: PartyCode
    credential: str
    kind: CredentialKind
    role: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRevoked:
    """A credential stopped opening anything."""

    party: PartyCode
    credential: str
    occurred_at: datetime


PartyEvent = PartyRegistered | PartyChanged | PartySuspended | CredentialIssued | CredentialRevoked
