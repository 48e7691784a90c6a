"""How far a dossier has come in the legal order of its steps."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from logistics.dossier.events import (
    Channel,
    DossierApologised,
    DossierAssigned,
    DossierComplained,
    DossierComplaintAnswered,
    DossierDecided,
    DossierDigitised,
    DossierEvent,
    DossierForwarded,
    DossierPaymentMade,
    DossierPaymentRequested,
    DossierReceived,
    DossierRefused,
    DossierResumed,
    DossierReturned,
    DossierSupplementReceived,
    DossierSupplementRequested,
    DossierSuspended,
    DossierTakenOver,
    DossierWithdrawn,
    ReturnTo,
)
from logistics.identifiers import DossierCode, PaperId, PartyCode


class Phase(StrEnum):
    """Where the dossier stands; the last step taken, in the words of the API."""

    RECEIVED = "received"
    FORWARDED = "forwarded"
    TAKEN_OVER = "taken-over"
    ASSIGNED = "assigned"
    SUPPLEMENT_REQUESTED = "supplement-requested"
    PAYMENT_REQUESTED = "payment-requested"
    SUSPENDED = "suspended"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    DECIDED = "decided"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """One dossier. `resumes_to` is where it goes on after a pause; `refusal` says why it closed."""

    code: DossierCode
    received_by: PartyCode
    competent_agency: PartyCode
    channel: Channel
    return_to: ReturnTo
    papers: tuple[PaperId, ...]
    results: tuple[PaperId, ...] = ()
    phase: Phase = Phase.RECEIVED
    resumes_to: Phase = Phase.RECEIVED
    closed_as: Phase | None = None
    supplements: int = 0
    apologies: int = 0
    open_complaints: int = 0
    promised_at: datetime | None = None

    @property
    def all_papers(self) -> tuple[PaperId, ...]:
        return self.papers + self.results


_PHASE_AFTER: dict[type[DossierEvent], Phase] = {
    DossierForwarded: Phase.FORWARDED,
    DossierTakenOver: Phase.TAKEN_OVER,
    DossierAssigned: Phase.ASSIGNED,
    DossierRefused: Phase.REFUSED,
    DossierSupplementRequested: Phase.SUPPLEMENT_REQUESTED,
    DossierPaymentRequested: Phase.PAYMENT_REQUESTED,
    DossierSuspended: Phase.SUSPENDED,
    DossierWithdrawn: Phase.WITHDRAWN,
    DossierDecided: Phase.DECIDED,
    DossierReturned: Phase.RETURNED,
}

PAUSES = frozenset({Phase.SUPPLEMENT_REQUESTED, Phase.PAYMENT_REQUESTED, Phase.SUSPENDED})
"""While a dossier is in one of these, the agency waits for somebody else (portal 5, 6, 8)."""

CLOSED = frozenset({Phase.REFUSED, Phase.WITHDRAWN, Phase.RETURNED})


def evolve(dossier: Dossier | None, event: DossierEvent) -> Dossier | None:
    """Fold one event, in the order of the log; never raises, whatever came before."""
    if isinstance(event, DossierReceived):
        return dossier or _received(event)
    if dossier is None:
        return None
    match event:
        case DossierDigitised():
            return dossier
        case DossierComplained():
            return replace(dossier, open_complaints=dossier.open_complaints + 1)
        case DossierComplaintAnswered():
            return replace(dossier, open_complaints=max(0, dossier.open_complaints - 1))
        case DossierSupplementReceived() | DossierPaymentMade() | DossierResumed():
            return replace(dossier, phase=dossier.resumes_to)
        case DossierApologised():
            return replace(dossier, apologies=dossier.apologies + 1, promised_at=event.new_date)
    return _entered(dossier, event, _PHASE_AFTER[type(event)])


def _received(event: DossierReceived) -> Dossier:
    return Dossier(
        code=event.dossier,
        received_by=event.received_by,
        competent_agency=event.competent_agency,
        channel=event.channel,
        return_to=event.return_to,
        papers=event.papers,
        promised_at=event.promised_at,
    )


def _entered(dossier: Dossier, event: DossierEvent, phase: Phase) -> Dossier:
    if phase in PAUSES and dossier.phase not in PAUSES:
        dossier = replace(dossier, resumes_to=dossier.phase)
    if phase in {Phase.REFUSED, Phase.WITHDRAWN}:
        dossier = replace(dossier, closed_as=phase)
    if isinstance(event, DossierSupplementRequested):
        dossier = replace(dossier, supplements=dossier.supplements + 1)
    if isinstance(event, DossierDecided):
        dossier = replace(dossier, results=event.results)
    return replace(dossier, phase=phase)


_PORTAL_STATUS = {
    Phase.RECEIVED: 2,
    Phase.FORWARDED: 2,
    Phase.TAKEN_OVER: 4,
    Phase.ASSIGNED: 4,
    Phase.SUPPLEMENT_REQUESTED: 5,
    Phase.PAYMENT_REQUESTED: 6,
    Phase.SUSPENDED: 8,
    Phase.REFUSED: 3,
    Phase.WITHDRAWN: 7,
    Phase.DECIDED: 9,
    Phase.RETURNED: 10,
}


def portal_status(phase: Phase, channel: Channel, closed_as: Phase | None = None) -> int:
    """The national portal's status, 1 to 10 (DOMAIN §4).

    A dossier filed online is "newly registered" (1) until somebody forwards or takes it over; one
    that was refused or withdrawn keeps 3 or 7 when its papers have gone back.
    """
    if phase is Phase.RECEIVED and channel is Channel.ONLINE:
        return 1
    return _PORTAL_STATUS[closed_as or phase]
