"""What every write does: seal what must not be in the log, say how it came in, record, answer.

Names and free text leave the request here: an event holds a reference, and the sealed text is
written in the events' own transaction, together with the answer to the Idempotency-Key.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from psycopg import Cursor

from logistics.errors import Fault, Invalid
from logistics.event_store import Alongside
from logistics.evidence import Authentication, Source, SourceKind
from logistics.handling import Envelope, Handling
from logistics.identifiers import SealedRef, StreamId
from logistics.personal_data import SealedItem, Vault, insert_sealed
from logistics.recorded import Metadata
from logistics.web.call import Call
from logistics.web.fields import Written

MOST_AHEAD: Final = timedelta(minutes=10)  # Clocks differ; a day that has not come does not.

W = TypeVar("W", bound=Written)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteServices:
    """What the write routes stand on."""

    handling: Handling
    vault: Vault


@dataclass(slots=True)
class Sealing:
    """Collects what a request says of persons; `about` is the stream that it is said of."""

    vault: Vault
    about: StreamId
    items: list[SealedItem] = field(default_factory=list)

    def text(self, text: str | None) -> SealedRef | None:
        """Seal a name or a note; nothing stays nothing."""
        return None if text is None else self._seal("text", text)

    def address(self, address: str | None) -> SealedRef | None:
        return None if address is None else self._seal("address", address)

    def person(self, person: dict[str, str | None]) -> SealedRef:
        return self._seal("person", person)

    def _seal(self, kind: str, value: Any) -> SealedRef:
        item = self.vault.seal(kind, str(self.about), value)
        self.items.append(item)
        return item.ref


def happened_at(call: Call[Any], claimed: datetime | None, path: str) -> datetime:
    """When it happened, as the request says, or now; what has not happened yet is a fault."""
    if claimed is None:
        return call.received_at
    if claimed > call.received_at + MOST_AHEAD:
        raise Invalid([Fault(path, "Input should not lie in the future")])
    return claimed


def metadata(call: Call[Any]) -> Metadata:
    """How a command of this request came in."""
    return Metadata(
        recorded_at=call.received_at,
        actor=call.caller.party,
        source=Source(
            kind=SourceKind.API, id=call.correlation_id, authentication=Authentication.API_KEY
        ),
        correlation_id=call.correlation_id,
    )


async def record(
    call: Call[Any],
    command: Any,
    answer: Callable[[int], W],
    *,
    sealed: Sequence[SealedItem] = (),
    also: Alongside | None = None,
    again: Callable[[int], Written] | None = None,
) -> W:
    """Decide a command and record it, with what was sealed and the kept answer, all or nothing."""
    keep = call.keeping(answer, again)

    def alongside(cursor: Cursor[Any], positions: Sequence[int]) -> None:
        # A command that changed nothing (the second press of a button) has nothing new to seal.
        if positions:
            insert_sealed(cursor, sealed)
        if positions and also is not None:
            also(cursor, positions)
        keep(cursor, positions)

    envelope = Envelope(command=command, metadata=metadata(call))
    handled = await call.run(call.services.handling.handle, envelope, alongside=alongside)
    return answer(handled.position)


async def record_all(
    call: Call[Any], commands: Sequence[Any], answer: Callable[[int], W], path: str
) -> W:
    """Decide some commands together and record them, all or nothing.

    A refusal names its command as an item of `path`; a command that stands alone is `path` itself.
    """
    told = metadata(call)
    envelopes = [Envelope(command=each, metadata=told) for each in commands]
    try:
        handled = await call.run(
            call.services.handling.handle_all, envelopes, alongside=call.keeping(answer)
        )
    except Invalid as refused:
        alone = len(commands) == 1
        raise Invalid(
            [
                Fault(path if alone else f"{path}.{each.path}", each.detail)
                for each in refused.faults
            ]
        ) from None
    return answer(handled.position)


def written(position: int) -> Written:
    """The answer of a write that has nothing else to tell."""
    return Written(position=position)
