"""From a command to recorded events: load in bulk, decide in order, append in one transaction.

The whole behaviour of the system is the table `RULES`. A rule names the streams it needs (`needs`
may say more once the first have been loaded) and decides on the world they make; it never loads.
A version conflict on any stream retries the whole decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from logistics.clocks import rules as clocks
from logistics.clocks.commands import AcknowledgeAlarm
from logistics.dossier import rules as dossier
from logistics.dossier.commands import ReceiveDossier, TakeStep
from logistics.errors import ConcurrentChange, Fault, Invalid, LuanChuyenError, Unavailable
from logistics.event_store import Alongside, EventStore, NewEvent, SourcePosition
from logistics.handover import rules as handover
from logistics.handover.commands import (
    AcceptHandover,
    CancelHandover,
    OfferHandover,
    RefuseHandover,
)
from logistics.paper import rules as paper
from logistics.paper.commands import (
    DeclarePaperLost,
    GiveBackPaper,
    ReportPaperDamaged,
    ReportPaperFound,
)
from logistics.party import rules as party
from logistics.party.commands import (
    ChangeParty,
    IssueCredential,
    RegisterParty,
    RevokeCredential,
    SuspendParty,
)
from logistics.procedure import rules as procedure
from logistics.procedure.commands import CatalogueProcedure
from logistics.streams import evolve, fold, stream_of
from logistics.subscription import rules as subscription
from logistics.subscription.commands import PauseSubscription, ResumeSubscription
from logistics.waybill import rules as waybill
from logistics.waybill.commands import (
    BookWaybill,
    RecallWaybill,
    RedirectWaybill,
    ReportMilestone,
)
from logistics.world import World

if TYPE_CHECKING:
    from logistics.identifiers import StreamId
    from logistics.recorded import Event, Metadata

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Rule:
    """What a command needs to see, and what it decides."""

    needs: Callable[[Any, World], Iterable[StreamId]]
    decide: Callable[[Any, World], Sequence[Event]]


RULES: dict[type, Rule] = {
    ReceiveDossier: Rule(dossier.needs_to_receive, dossier.receive),
    TakeStep: Rule(dossier.needs_to_step, dossier.take_step),
    DeclarePaperLost: Rule(paper.needs, paper.declare_lost),
    ReportPaperFound: Rule(paper.needs, paper.find),
    ReportPaperDamaged: Rule(paper.needs, paper.damage),
    GiveBackPaper: Rule(paper.needs, paper.give_back),
    OfferHandover: Rule(handover.needs_to_offer, handover.offer),
    AcceptHandover: Rule(handover.needs_to_close, handover.accept),
    RefuseHandover: Rule(handover.needs_to_close, handover.refuse),
    CancelHandover: Rule(handover.needs_to_close, handover.cancel),
    BookWaybill: Rule(waybill.needs_to_book, waybill.book),
    RedirectWaybill: Rule(waybill.needs_to_divert, waybill.redirect),
    RecallWaybill: Rule(waybill.needs_to_divert, waybill.recall),
    ReportMilestone: Rule(waybill.needs_to_report, waybill.report),
    RegisterParty: Rule(party.needs, party.register),
    ChangeParty: Rule(party.needs, party.change),
    SuspendParty: Rule(party.needs, party.suspend),
    IssueCredential: Rule(party.needs, party.issue),
    RevokeCredential: Rule(party.needs, party.revoke),
    CatalogueProcedure: Rule(procedure.needs, procedure.catalogue),
    AcknowledgeAlarm: Rule(clocks.needs, clocks.acknowledge),
    PauseSubscription: Rule(subscription.needs, subscription.pause),
    ResumeSubscription: Rule(subscription.needs, subscription.resume),
}
"""Everything that can be asked of the system, and the rule that answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope(Generic[C]):
    """A command, and how it came in."""

    command: C
    metadata: Metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one command: its events, or the reason why there are none."""

    events: tuple[NewEvent, ...] = ()
    fault: Exception | None = None


@dataclass(slots=True)
class Decided:
    """A batch that is decided and not recorded yet. Faulty commands have left no trace in it."""

    outcomes: list[Outcome] = field(default_factory=list)
    expected: dict[StreamId, int] = field(default_factory=dict)
    world: World = field(default_factory=World)

    @property
    def events(self) -> list[NewEvent]:
        return [event for outcome in self.outcomes for event in outcome.events]


@dataclass(frozen=True, slots=True)
class Handled:
    """What a single command led to; `position` is that of its last event in the log."""

    events: tuple[Event, ...]
    position: int


class Handling:
    """Decides commands against a store. Holds no state of its own; safe to share among threads."""

    def __init__(self, store: EventStore, *, max_attempts: int = 5) -> None:
        self._store = store
        self._max_attempts = max_attempts

    def handle(self, envelope: Envelope[Any], *, alongside: Alongside | None = None) -> Handled:
        """Decide one command and record what it led to.

        A command that changes nothing still runs `alongside` (the answer to its Idempotency-Key is
        kept) and answers the end of the log. Raises what the rule raised, or `ConcurrentChange`
        when other writers were faster `max_attempts` times in a row.
        """
        for _ in range(self._max_attempts - 1):
            try:
                return self._attempt(envelope, alongside)
            except ConcurrentChange:
                continue
        return self._attempt(envelope, alongside)

    def handle_all(
        self, envelopes: Sequence[Envelope[Any]], *, alongside: Alongside | None = None
    ) -> Handled:
        """Decide some commands and record what they led to together, or nothing of it.

        Raises `Invalid` with every refusal, each under the number of its command; else as `handle`.
        """
        for _ in range(self._max_attempts - 1):
            try:
                return self._attempt_all(envelopes, alongside)
            except ConcurrentChange:
                continue
        return self._attempt_all(envelopes, alongside)

    def _attempt_all(
        self, envelopes: Sequence[Envelope[Any]], alongside: Alongside | None
    ) -> Handled:
        decided = self.decide(envelopes)
        refused = [
            Fault(str(number), outcome.fault.detail)
            for number, outcome in enumerate(decided.outcomes)
            if isinstance(outcome.fault, LuanChuyenError)
        ]
        for outcome in decided.outcomes:
            if outcome.fault is not None and not isinstance(outcome.fault, LuanChuyenError):
                raise outcome.fault
        if refused:
            raise Invalid(refused)
        events = decided.events
        positions = self.record(decided, alongside=alongside)
        position = positions[-1] if positions else self._store.last_position()
        return Handled(tuple(each.event for each in events), position)

    def _attempt(self, envelope: Envelope[Any], alongside: Alongside | None) -> Handled:
        decided = self.decide([envelope])
        fault = decided.outcomes[0].fault
        if fault is not None:
            raise fault
        events = decided.events
        positions = self._store.append(events, decided.expected, alongside=alongside)
        position = positions[-1] if positions else self._store.last_position()
        return Handled(tuple(each.event for each in events), position)

    def decide(self, envelopes: Sequence[Envelope[Any]]) -> Decided:
        """Decide a batch, each command on the world that the ones before it have left.

        Streams are loaded in bulk: one query per round of `needs`, not one per command. A refused
        or faulty command loses only itself. Nothing is recorded: see `record`.
        """
        decided = Decided()
        self._load_all(envelopes, decided)
        for envelope in envelopes:
            decided.outcomes.append(self._decide_one(envelope, decided))
        return decided

    def record(
        self,
        decided: Decided,
        *,
        position: SourcePosition | None = None,
        alongside: Alongside | None = None,
    ) -> list[int]:
        """Append a decided batch with its source's position, in one transaction."""
        return self._store.append(
            decided.events, decided.expected, position=position, alongside=alongside
        )

    def _load_all(self, envelopes: Sequence[Envelope[Any]], decided: Decided) -> None:
        """Load what the batch needs, in as few rounds as the longest of its commands takes."""
        looking = list(envelopes)
        while looking:
            needed: set[StreamId] = set()
            unsatisfied = []
            for envelope in looking:
                missing = self._missing(envelope, decided)
                if missing:
                    needed.update(missing)
                    unsatisfied.append(envelope)
            self._load(needed, decided)
            looking = unsatisfied  # What is loaded may show that they need more.

    def _missing(self, envelope: Envelope[Any], decided: Decided) -> list[StreamId]:
        """What a command needs and nobody has loaded yet.

        A faulty command fails again when its turn comes, and loses only itself.
        """
        try:
            world = decided.world
            return [stream for stream in self._needs(envelope, decided) if stream not in world]
        except Exception:  # noqa: BLE001 - see above
            return []

    def _needs(self, envelope: Envelope[Any], decided: Decided) -> Iterable[StreamId]:
        return RULES[type(envelope.command)].needs(envelope.command, decided.world)

    def _load(self, needed: set[StreamId], decided: Decided) -> bool:
        """Load what is missing; False when nothing was."""
        missing = {stream for stream in needed if stream not in decided.world}
        if not missing:
            return False
        for stream, recorded in self._store.load(missing).items():
            decided.world[stream] = fold(stream, (each.event for each in recorded))
            decided.expected[stream] = recorded[-1].stream_version if recorded else 0
        return True

    def _decide_one(self, envelope: Envelope[Any], decided: Decided) -> Outcome:
        """One command. What its rule raises is its outcome, so that a batch goes on without it."""
        try:
            while self._load(set(self._needs(envelope, decided)), decided):
                pass  # An earlier command of the batch made this one look further.
            events = RULES[type(envelope.command)].decide(envelope.command, decided.world)
        except Unavailable:
            raise
        except Exception as fault:  # noqa: BLE001 - a poisoned command loses only itself
            return Outcome(fault=fault)
        for event in events:
            stream = stream_of(event)
            decided.expected.setdefault(stream, 0)  # A stream nobody asked for is a new one.
            decided.world[stream] = evolve(stream, decided.world[stream], event)
        return Outcome(
            events=tuple(
                NewEvent(stream=stream_of(event), event=event, metadata=envelope.metadata)
                for event in events
            )
        )
