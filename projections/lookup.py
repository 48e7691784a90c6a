"""Looks a dossier up by its code and the last four digits of the applicant's telephone number.

A wrong code and wrong digits are one answer, at the same cost: the same query, one ciphertext
opened, one failure written down. Five failures within an hour lock a code for an hour, whether or
not there is such a code, across processes and restarts.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import orjson
from psycopg import Cursor
from pydantic import Field
from sqlalchemy import Column, DateTime, Index, LargeBinary, MetaData, Table

from logistics.codes import read_lookup_code
from logistics.errors import CannotOpen, NotFound, TooManyRequests
from logistics.party.events import PartyKind
from logistics.personal_data import SealedItem, Vault
from logistics.web.auth import PUBLIC
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.fields import Query
from projections.services import ReadServices
from projections.tracking import Tracking
from projections.tracking_answer import PartyKnown, TrackingAnswer, tracking_answer

LOOKUP_FAILURE = Table(
    "lookup_failure",
    MetaData(),
    Column("digest", LargeBinary, nullable=False),
    Column("failed_at", DateTime(timezone=True), nullable=False),
    Index("lookup_failure_digest", "digest", "failed_at"),
)

MOST_FAILURES: Final = 5
LOCKED_FOR: Final = timedelta(hours=1)

_LOOK_UP: Final = """
SELECT tracked.document::text, sealed.ref, sealed.ciphertext, failures.count, failures.last
FROM (SELECT count(*) AS count, max(failed_at) AS last FROM lookup_failure
      WHERE digest = %b AND failed_at > %b) AS failures
LEFT JOIN views.tracking AS tracked ON tracked.lookup_code = %b
LEFT JOIN sealed ON sealed.ref = tracked.document ->> 'applicant'"""
_FAIL: Final = "INSERT INTO lookup_failure (digest, failed_at) VALUES (%b, %b) RETURNING 1"
_FORGET: Final = "DELETE FROM lookup_failure WHERE failed_at < %s"
_PARTIES: Final = """
SELECT key, document ->> 'kind', document ->> 'name' FROM views.parties
WHERE key = ANY(%b::text[])"""


class LookUp(Query):
    """What only the applicant knows."""

    phone: Annotated[
        str,
        Field(
            pattern=r"^[0-9]{4}$",
            description="The last four digits of the applicant's telephone number.",
            examples=["5678"],
        ),
    ]


@dataclass(slots=True)
class LookUps:
    """Answers look-ups; keeps what never changes at hand."""

    services: ReadServices
    _parties: dict[str, PartyKnown] = field(default_factory=dict)
    _nothing: SealedItem = field(init=False)

    def __post_init__(self) -> None:
        self._nothing = _sealed_nothing(self.services.vault)

    async def find(self, typed_code: str, digits: str, now: datetime) -> TrackingAnswer:
        """The answer to a look-up.

        Raises `NotFound` for an unknown code and wrong digits alike, and `TooManyRequests` while
        the code is locked, for the right digits too.
        """
        code = read_lookup_code(typed_code) or typed_code
        digest = hashlib.sha256(code.encode(errors="replace")).digest()
        parameters: Sequence[Any] = [digest, now - LOCKED_FOR, code]
        document, ref, ciphertext, failures, last = (
            await self.services.rows(_LOOK_UP, parameters)
        )[0]
        if failures >= MOST_FAILURES:
            raise _locked(last + LOCKED_FOR - now)
        # Something is opened and compared in every case.
        right = self._opens(
            ref or self._nothing.ref, ciphertext or self._nothing.ciphertext, digits
        )
        if document is None or ciphertext is None or not right:
            await self.services.write(_FAIL, [digest, now])
            raise NotFound("not-found", "No dossier is known by this code and these digits.")
        row: Tracking = orjson.loads(document)
        return tracking_answer(row, await self._known(row), now)

    def _opens(self, ref: str, ciphertext: bytes, digits: str) -> bool:
        try:
            person = self.services.vault.open(ref, ciphertext)
        except CannotOpen:
            return False  # Sealed under a key that is gone: nobody can be told apart any more.
        phone = "".join(each for each in str(person["phone"]) if each.isdigit())
        return hmac.compare_digest(phone[-4:].encode(), digits.encode())

    async def _known(self, row: Tracking) -> dict[str, PartyKnown]:
        """The parties of a dossier; their kinds never change, and a new name may take a restart."""
        wanted = {row["desk"], row["agency"]}
        wanted |= {holder for holder, _ in row["holders"].values()}
        wanted |= {each["operator"] for each in row["consignments"].values()}
        unknown = sorted(wanted - self._parties.keys())
        if unknown:
            for key, kind, name in await self.services.rows(_PARTIES, [unknown]):
                self._parties[key] = PartyKnown(PartyKind(kind), name)
        return {code: self._parties[code] for code in wanted if code in self._parties}


def forget_failures(cursor: Cursor[Any], now: datetime) -> None:
    """Forget the failures that lock nothing any more."""
    cursor.execute(_FORGET, [now - LOCKED_FOR])


async def track(
    call: Call[LookUps], lookup_code: Annotated[str, Field(max_length=64)], query: LookUp
) -> TrackingAnswer:
    """Look a dossier up, with the code on the receipt and four digits that only its applicant knows.

    Five wrong tries within an hour lock a code for an hour.
    """
    return await call.services.find(lookup_code, query.phone, datetime.now(UTC))


def _sealed_nothing(vault: Vault) -> SealedItem:
    return vault.seal("person", "", {"name": "", "phone": "", "id_number": None})


def _locked(left: timedelta) -> TooManyRequests:
    return TooManyRequests(
        "locked",
        "Too many wrong tries for this code; try again later.",
        retry_after_seconds=max(1, int(left.total_seconds()) + 1),
    )


ENDPOINTS: Final[tuple[Endpoint[Any], ...]] = (
    Endpoint(
        "GET",
        "/v1/tracking/{lookup_code}",
        track,
        roles=PUBLIC,
        views=("tracking",),
        tags=("citizens",),
        problems={404: ("not-found",), 429: ("locked",)},
    ),
)
