# They are named as a sentence reads: the handover was refused, not a RefusedError.
"""Everything that can go wrong on purpose.

LuanChuyenError
 ├─ Invalid                 the request cannot be understood; it lists every fault
 ├─ Unauthenticated         nobody we know
 ├─ Forbidden               somebody we know, who may not do this
 ├─ NotFound                there is no such thing, or none that the caller may see
 ├─ Refused                 understood, and against the rules
 │   ├─ StillRunning        the first request with this idempotency key has not ended
 │   └─ AddressRefused      a call would go to an address that is not public
 ├─ IdempotencyMismatch     this idempotency key was used for another request
 ├─ TooManyRequests         come back later; says when
 ├─ NotYet                  a view has not reached the position that was asked for
 ├─ Unavailable             a fault of ours or of a partner's that passes: try again; says when
 │   ├─ ConcurrentChange    somebody else was faster; decide again
 │   ├─ StoreUnavailable    the database cannot be reached, or whether it committed is unknown
 │   ├─ PartnerUnavailable  a partner's system cannot be reached
 │   └─ NoAnswer            a call went out, and nothing that can be understood came back
 ├─ UnknownEvent            the log holds an event that this version of the code does not know
 └─ CannotOpen              something sealed was changed, or its key is not among ours

Each carries a stable `code` for programs and a `detail` for people. Details name codes and
counts, never what a person typed. Errors know no HTTP: `logistics.web.problems` maps them.
"""

from collections.abc import Iterable
from dataclasses import dataclass


class LuanChuyenError(Exception):
    """Something went wrong on purpose."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a request: where (`body.papers.0.name`), and what."""

    path: str
    detail: str


class Invalid(LuanChuyenError):
    """The request cannot be understood; all of its faults are listed."""

    def __init__(self, faults: Iterable[Fault], code: str = "invalid") -> None:
        self.faults = tuple(faults)
        super().__init__(code, "The request has faults; each is listed with its path.")


class Unauthenticated(LuanChuyenError):
    """Nobody we know. It never says which part of a credential was wrong."""

    def __init__(
        self, code: str = "unauthenticated", detail: str = "A valid key is needed."
    ) -> None:
        super().__init__(code, detail)


class Forbidden(LuanChuyenError):
    """Somebody we know, who may not do this."""


class NotFound(LuanChuyenError):
    """There is no such thing, or none that the caller may see: both look alike."""


class Refused(LuanChuyenError):
    """Understood, and against the rules."""


class StillRunning(Refused):
    """The first request with this idempotency key has not ended."""

    retry_after_seconds = 1

    def __init__(
        self,
        code: str = "still-running",
        detail: str = "The first request with this Idempotency-Key is still running.",
    ) -> None:
        super().__init__(code, detail)


class AddressRefused(Refused):
    """A call would go to an address that is not public; that is a fault of whoever gave it."""

    def __init__(
        self,
        code: str = "address-refused",
        detail: str = "The host leads to an address that is not public.",
    ) -> None:
        super().__init__(code, detail)


class IdempotencyMismatch(LuanChuyenError):
    """This idempotency key was used for another request."""

    def __init__(
        self,
        code: str = "idempotency-mismatch",
        detail: str = "This Idempotency-Key was used for another request.",
    ) -> None:
        super().__init__(code, detail)


class TooManyRequests(LuanChuyenError):
    """Come back later."""

    def __init__(self, code: str, detail: str, *, retry_after_seconds: int) -> None:
        super().__init__(code, detail)
        self.retry_after_seconds = retry_after_seconds


class NotYet(LuanChuyenError):
    """A view has not reached the position that was asked for."""

    def __init__(
        self,
        code: str = "not-yet",
        detail: str = "The answer has not caught up with at_least; ask again.",
    ) -> None:
        super().__init__(code, detail)


class Unavailable(LuanChuyenError):
    """A fault of ours or of a partner's that passes: the same request may be sent again."""

    def __init__(
        self,
        code: str = "unavailable",
        detail: str = "The service cannot answer now; send the same request again.",
        *,
        retry_after_seconds: int = 1,
    ) -> None:
        super().__init__(code, detail)
        self.retry_after_seconds = retry_after_seconds


class ConcurrentChange(Unavailable):
    """Somebody else was faster on one of the streams; decide again on what is there now."""

    def __init__(
        self,
        code: str = "concurrent-change",
        detail: str = "Somebody else was faster; send the same request again.",
    ) -> None:
        super().__init__(code, detail)


class StoreUnavailable(Unavailable):
    """The database cannot be reached, or went away in a commit whose outcome is unknown."""

    def __init__(
        self,
        code: str = "store-unavailable",
        detail: str = "The database cannot be reached; send the same request again.",
    ) -> None:
        super().__init__(code, detail)


class PartnerUnavailable(Unavailable):
    """A partner's system cannot be reached."""

    def __init__(self, partner: str, *, retry_after_seconds: int = 30) -> None:
        super().__init__(
            "partner-unavailable",
            f"The system of {partner} cannot be reached.",
            retry_after_seconds=retry_after_seconds,
        )


class NoAnswer(Unavailable):
    """A call went out, and nothing that can be understood came back in time."""


class UnknownEvent(LuanChuyenError):
    """The log holds an event, or a version of one, that this version of the code does not know."""

    def __init__(self, name: str, version: int) -> None:
        super().__init__("unknown-event", f"No event {name} version {version} is known here.")


class CannotOpen(LuanChuyenError):
    """Something sealed was changed since, or was sealed with a key that is not among ours."""

    def __init__(self) -> None:
        super().__init__("cannot-open", "What is kept here cannot be opened with our keys.")
