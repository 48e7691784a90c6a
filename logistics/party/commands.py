"""What the province, or the operator of the service, can do with parties."""

from dataclasses import dataclass
from datetime import datetime

from logistics.identifiers import PartyCode
from logistics.party.events import CredentialKind, PartyKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterParty:
    """A desk, agent, kiosk, operator or agency joins."""

    party: PartyCode
    kind: PartyKind
    name: str
    commune: str | None
    opening_hours: str | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeParty:
    """A party's description is replaced."""

    party: PartyCode
    name: str
    commune: str | None
    opening_hours: str | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspendParty:
    """A party may no longer act."""

    party: PartyCode
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueCredential:
    """A party gets a key or a webhook secret; the secret itself never comes near a command."""

    party: PartyCode
    credential: str
    kind: CredentialKind
    role: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeCredential:
    """A credential stops opening anything."""

    party: PartyCode
    credential: str
    occurred_at: datetime
