"""A subscriber's endpoint as the deliverer sees it: its notices, its secrets, and how it is doing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from logistics.identifiers import PartyCode
from logistics.personal_data import Vault
from webhooks.lanes import Lanes, Waiting
from webhooks.retrying import FAILURES_TO_OPEN, LAST_ATTEMPT, pause_of_probes
from webhooks.subscriptions import SubscriptionState, open_address, open_secret


@dataclass(frozen=True, slots=True)
class Stored:
    """A subscription's row, as far as delivery needs it."""

    id: str
    party: PartyCode
    sees_everything: bool
    sealed: bytes
    secret: bytes
    former_secret: bytes | None
    former_until: datetime | None
    state: str
    generation: int
    failures: int
    quiet_until: datetime | None


@dataclass(slots=True, eq=False)
class Endpoint:
    """One endpoint. After ten failures in a row, one notice at a time probes it."""

    stored: Stored
    url: str
    secrets: Sequence[str]
    state: SubscriptionState
    failures: int
    quiet_until: datetime | None
    lanes: Lanes = field(default_factory=Lanes)
    in_flight: int = 0
    read_up_to: int = 0
    has_more: bool = True
    ran_out: int | None = None  # A notice whose last try has failed.
    last_failure: str | None = None

    @property
    def id(self) -> str:
        return self.stored.id

    @property
    def generation(self) -> int:
        return self.stored.generation

    @property
    def drops(self) -> bool:
        """Whether a notice may be given up: a party's, never the province's."""
        return not self.stored.sees_everything

    @property
    def is_open(self) -> bool:
        """Whether the circuit is broken."""
        return self.failures >= FAILURES_TO_OPEN or self.is_paused

    @property
    def is_paused(self) -> bool:
        return self.state is SubscriptionState.PAUSED

    @property
    def has_run_out(self) -> bool:
        """Whether it is down as a whole, and a notice that is never dropped had its last try."""
        return not self.drops and self.ran_out is not None and self.is_open

    def valid_secrets(self, now: datetime) -> Sequence[str]:
        """The secret, and the one before while it still signs."""
        until = self.stored.former_until
        return self.secrets if until is not None and now < until else self.secrets[:1]

    def places(self, now: datetime, concurrency: int) -> int:
        """How many notices more may be under way."""
        if self.quiet_until is not None and now < self.quiet_until:
            return 0
        return (1 if self.is_open else concurrency) - self.in_flight

    def take(self, now: datetime) -> Waiting | None:
        """The next notice to send. A paused endpoint is probed with whatever there is."""
        taken = self.lanes.take_soonest(now) if self.is_paused else self.lanes.take(now)
        if taken is not None:
            self.in_flight += 1
        return taken

    def next_at(self, now: datetime) -> datetime | None:
        """When it is worth to look again."""
        due = self.lanes.next_due(now)
        if due is None:
            return None
        if self.is_paused:
            due = now
        return max(due, self.quiet_until or due)

    def succeeded(self, *, probe: bool) -> bool:
        """It answered well; says whether that ends a bad time."""
        ends = self.is_open
        self.failures = 0
        if probe or ends:
            self.quiet_until = None
        return ends

    def failed(
        self,
        failure: str,
        now: datetime,
        quiet_until: datetime | None,
        dice: Random,
        *,
        probe: bool,
    ) -> None:
        """It did not; what was sent together counts together, so only a probe makes pauses grow."""
        self.last_failure = failure
        self.failures = self.failures + 1 if probe else min(self.failures + 1, FAILURES_TO_OPEN)
        if self.is_open:
            pause = pause_of_probes(max(self.failures, FAILURES_TO_OPEN), dice)
            quiet_until = max(now + pause, quiet_until or now)
        if quiet_until is not None:
            self.quiet_until = max(quiet_until, self.quiet_until or quiet_until)

    def add(self, notice: Waiting) -> None:
        """Take in a notice that waits."""
        self.lanes.add(notice)
        self.read_up_to = notice.position
        if notice.attempts >= LAST_ATTEMPT:
            self.ran_out = notice.position


def endpoint_of(stored: Stored, vault: Vault) -> Endpoint:
    """An endpoint whose notices are still to be read. Raises `CannotOpen`."""
    return Endpoint(
        stored=stored,
        url=open_address(vault, stored.id, stored.sealed).url,
        secrets=_secrets(stored, vault),
        state=SubscriptionState(stored.state),
        failures=stored.failures,
        quiet_until=stored.quiet_until,
    )


def refresh(endpoint: Endpoint, stored: Stored, vault: Vault) -> None:
    """Take over what may have changed meanwhile: the secrets."""
    if stored.secret != endpoint.stored.secret:
        endpoint.secrets = _secrets(stored, vault)
    endpoint.stored = stored


def _secrets(stored: Stored, vault: Vault) -> list[str]:
    sealed: list[Any] = [stored.secret, stored.former_secret]
    return [open_secret(vault, stored.id, each) for each in sealed if each]
