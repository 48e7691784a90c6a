"""The stored names and versions of all events, and how older ones are read: the contract of the log.

What is stored never depends on how a class or module is called. An event changes shape by a new
version: an upcaster here turns the older JSON into the newer, and a golden file of either version
stays in `tests/golden/events` for good. Stored JSON is `{"data": …, "metadata": …}`; times are
RFC 3339 in UTC (`Z`), microseconds kept; the same event always gives the same bytes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import orjson
from pydantic import TypeAdapter

from logistics.clocks import events as clocks
from logistics.dossier import events as dossier
from logistics.errors import UnknownEvent
from logistics.evidence import Authentication, Source, SourceKind
from logistics.handover import events as handover
from logistics.identifiers import PartyCode, StreamId
from logistics.paper import events as paper
from logistics.party import events as party
from logistics.procedure import events as procedure
from logistics.recorded import Event, Metadata, Recorded
from logistics.subscription import events as subscription
from logistics.waybill import events as waybill

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
"""Turns the data of one version into that of the next; it may change what it is given."""


@dataclass(frozen=True, slots=True)
class EventType:
    """A stored name, the class it is read into, and one upcaster for each version but the newest."""

    name: str
    cls: type[Event]
    upcasters: tuple[Upcaster, ...] = ()

    @property
    def version(self) -> int:
        """The version that is written today."""
        return len(self.upcasters) + 1


def _booking_without_service(data: dict[str, Any]) -> dict[str, Any]:
    """Version 1 knew neither the service booked nor the reports that came before the booking."""
    return {**data, "service": None, "adopted": []}


def _received_without_terms(data: dict[str, Any]) -> dict[str, Any]:
    """Version 1 was written before there was a catalogue, and before clocks ran."""
    return {**data, "terms": None, "desk_hours": None, "agency_hours": None}


EVENT_TYPES = (
    EventType("dossier.received", dossier.DossierReceived, (_received_without_terms,)),
    EventType("dossier.digitised", dossier.DossierDigitised),
    EventType("dossier.forwarded", dossier.DossierForwarded),
    EventType("dossier.taken-over", dossier.DossierTakenOver),
    EventType("dossier.assigned", dossier.DossierAssigned),
    EventType("dossier.refused", dossier.DossierRefused),
    EventType("dossier.supplement-requested", dossier.DossierSupplementRequested),
    EventType("dossier.supplement-received", dossier.DossierSupplementReceived),
    EventType("dossier.payment-requested", dossier.DossierPaymentRequested),
    EventType("dossier.payment-made", dossier.DossierPaymentMade),
    EventType("dossier.suspended", dossier.DossierSuspended),
    EventType("dossier.resumed", dossier.DossierResumed),
    EventType("dossier.apologised", dossier.DossierApologised),
    EventType("dossier.complained", dossier.DossierComplained),
    EventType("dossier.complaint-answered", dossier.DossierComplaintAnswered),
    EventType("dossier.withdrawn", dossier.DossierWithdrawn),
    EventType("dossier.decided", dossier.DossierDecided),
    EventType("dossier.returned", dossier.DossierReturned),
    EventType("paper.entrusted", paper.PaperEntrusted),
    EventType("paper.offered", paper.PaperOffered),
    EventType("paper.offer-withdrawn", paper.PaperOfferWithdrawn),
    EventType("paper.transferred", paper.PaperTransferred),
    EventType("paper.disputed", paper.PaperDisputed),
    EventType("paper.declared-lost", paper.PaperDeclaredLost),
    EventType("paper.found", paper.PaperFound),
    EventType("paper.damaged", paper.PaperDamaged),
    EventType("paper.given-back", paper.PaperGivenBack),
    EventType("handover.offered", handover.HandoverOffered),
    EventType("handover.accepted", handover.HandoverAccepted),
    EventType("handover.refused", handover.HandoverRefused),
    EventType("handover.cancelled", handover.HandoverCancelled),
    EventType("waybill.booked", waybill.WaybillBooked, (_booking_without_service,)),
    EventType("waybill.reported", waybill.WaybillReported),
    EventType("waybill.redirected", waybill.WaybillRedirected),
    EventType("waybill.recalled", waybill.WaybillRecalled),
    EventType("party.registered", party.PartyRegistered),
    EventType("party.changed", party.PartyChanged),
    EventType("party.suspended", party.PartySuspended),
    EventType("party.credential-issued", party.CredentialIssued),
    EventType("party.credential-revoked", party.CredentialRevoked),
    EventType("procedure.catalogued", procedure.ProcedureCatalogued),
    EventType("sla.breached", clocks.LimitBreached),
    EventType("sla.breach-retracted", clocks.BreachRetracted),
    EventType("sla.alarm-raised", clocks.AlarmRaised),
    EventType("sla.alarm-closed", clocks.AlarmClosed),
    EventType("sla.alarm-acknowledged", clocks.AlarmAcknowledged),
    EventType("subscription.paused", subscription.SubscriptionPaused),
    EventType("subscription.resumed", subscription.SubscriptionResumed),
)

_BY_NAME = {each.name: each for each in EVENT_TYPES}
_BY_CLASS = {each.cls: each for each in EVENT_TYPES}
_SOURCE_KINDS = {each.value: each for each in SourceKind}
_AUTHENTICATIONS = {each.value: each for each in Authentication}


def name_of(event: type[Event]) -> str:
    """The stored name of a class of events."""
    return _BY_CLASS[event].name


def encode(event: Event, metadata: Metadata) -> tuple[str, bytes]:
    """An event as it is stored: its name, and the JSON of its data and metadata."""
    stored = _BY_CLASS[type(event)]
    document = {
        "data": event,
        "metadata": {
            "event_version": stored.version,
            "recorded_at": metadata.recorded_at,
            "actor": metadata.actor,
            "source": metadata.source,
            "correlation_id": metadata.correlation_id,
        },
    }
    return stored.name, orjson.dumps(document, _in_utc, orjson.OPT_PASSTHROUGH_DATETIME)


def decode(name: str, data: Mapping[str, Any]) -> Event:
    """The event of data that is of the newest version (`recorded_from` has upcast it)."""
    return _reader(name)(data)


def recorded_from(
    position: int, stream: str, stream_version: int, name: str, stored: bytes
) -> Recorded:
    """An event of the log, of any version there ever was; raises `UnknownEvent` for all others."""
    document = orjson.loads(stored)
    metadata = document["metadata"]
    version = metadata["event_version"]
    return Recorded(
        position=position,
        stream=StreamId.parse(stream),
        stream_version=stream_version,
        name=name,
        version=version,
        data=_upcast(name, version, document["data"]),
        metadata=_metadata(metadata),
        decode=decode,
    )


def _upcast(name: str, version: int, data: dict[str, Any]) -> dict[str, Any]:
    stored = _BY_NAME.get(name)
    if stored is None or not 1 <= version <= stored.version:
        raise UnknownEvent(name, version)
    for upcaster in stored.upcasters[version - 1 :]:
        data = upcaster(data)
    return data


def _metadata(stored: Mapping[str, Any]) -> Metadata:
    # By hand, not by pydantic: every row that is read pays for it, needed or not.
    source = stored["source"]
    authentication = source["authentication"]
    return Metadata(
        recorded_at=datetime.fromisoformat(stored["recorded_at"]),
        actor=PartyCode(stored["actor"]),
        source=Source(
            kind=_SOURCE_KINDS[source["kind"]],
            id=source["id"],
            authentication=authentication and _AUTHENTICATIONS[authentication],
        ),
        correlation_id=stored["correlation_id"],
    )


@cache
def _reader(name: str) -> Callable[[Mapping[str, Any]], Event]:
    """What validates the data of one name; made when first needed, since making it is slow."""
    adapter: TypeAdapter[Event] = TypeAdapter(_BY_NAME[name].cls)
    return adapter.validator.validate_python


def _in_utc(value: object) -> orjson.Fragment | str:
    """Write a time in UTC: the same instant gives the same bytes, whoever claimed it, wherever."""
    if not isinstance(value, datetime):
        if isinstance(value, date):
            return value.isoformat()
        raise TypeError(f"{type(value).__name__} has no place in an event")
    if value.tzinfo is None:
        raise ValueError("a time without zone has no place in an event")
    return orjson.Fragment(orjson.dumps(value.astimezone(UTC), option=orjson.OPT_UTC_Z))
