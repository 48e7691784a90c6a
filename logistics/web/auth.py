"""Who is calling: a bearer key names one party and one role, and fails closed."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from logistics.credentials import Key, Keys, Role, opens, read_key
from logistics.errors import Forbidden, Unauthenticated
from logistics.identifiers import PartyCode

_SCHEME: Final = "bearer "


class Public(Enum):
    """Says that an endpoint is open to everybody; a set that happens to be empty never does."""

    PUBLIC = "public"


PUBLIC: Final = Public.PUBLIC
EVERY_ROLE: Final = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Caller:
    """The party behind a request, what its key lets it do, and which key that was."""

    party: PartyCode
    role: Role
    credential: str


async def authenticate(authorization: str | None, keys: Keys) -> Caller:
    """Say who shows this `Authorization` header, or raise `Unauthenticated`.

    An unknown key, a wrong secret and a revoked key are told apart by nobody.
    """
    key = _presented(authorization)
    found = await keys.find(key.id)
    if found is None or not opens(key, found):
        raise Unauthenticated
    return Caller(found.party, found.role, found.id)


def allow(caller: Caller, roles: frozenset[Role]) -> None:
    """Let the caller pass if its role is one of these."""
    if caller.role not in roles:
        raise Forbidden("wrong-role", f"A key with role {caller.role} may not do this.")


def _presented(authorization: str | None) -> Key:
    if authorization is None or authorization[: len(_SCHEME)].lower() != _SCHEME:
        raise Unauthenticated
    key = read_key(authorization[len(_SCHEME) :].strip(" "))
    if key is None:
        raise Unauthenticated
    return key
