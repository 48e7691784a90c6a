"""Writes about handovers: offering papers, and the receiver's or the giver's answer."""

from typing import Final

from logistics.codes import new_handover_id
from logistics.credentials import Role
from logistics.handover.commands import (
    AcceptHandover,
    CancelHandover,
    CloseHandover,
    OfferHandover,
    RefuseHandover,
)
from logistics.handover.events import ExtraPaper, RejectedPaper
from logistics.identifiers import HandoverId, PaperId, PartyCode, WaybillRef, handover_stream
from logistics.routes.bodies import Acceptance, Closing, NewHandover, OfferedHandover
from logistics.routes.writing import Sealing, WriteServices, happened_at, record, written
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.fields import Code, Written

CUSTODIANS: Final = frozenset({Role.DESK, Role.AGENT, Role.AGENCY, Role.OPERATOR})


async def offer_handover(call: Call[WriteServices], body: NewHandover) -> OfferedHandover:
    """Put papers on the counter for one receiver.

    Only their custodian can, and it stays custodian until the receiver accepts.
    """
    handover = new_handover_id()
    sealing = Sealing(call.services.vault, handover_stream(handover))
    command = OfferHandover(
        handover=handover,
        giver=PartyCode(body.from_),
        receiver=PartyCode(body.to),
        papers=tuple(map(PaperId, body.papers)),
        waybill=_waybill(body),
        seal_number=body.seal_no,
        place=body.place,
        signed_by=sealing.text(body.by),
        by_party=call.caller.party,
        occurred_at=happened_at(call, body.at, "body.at"),
    )
    return await record(
        call,
        command,
        lambda position: OfferedHandover(handover_id=handover, position=position),
        sealed=sealing.items,
    )


def _waybill(body: NewHandover) -> WaybillRef | None:
    if body.waybill is None:
        return None
    return WaybillRef(operator=PartyCode(body.waybill.operator), number=body.waybill.number)


async def accept_handover(
    call: Call[WriteServices], handover_id: Code, body: Acceptance
) -> Written:
    """Answer for every paper that was offered.

    Accepted, rejected and missing add up to what was offered; extras are named beside them. What is
    rejected or missing stays with the giver.
    """
    handover = HandoverId(handover_id)
    sealing = Sealing(call.services.vault, handover_stream(handover))
    command = AcceptHandover(
        handover=handover,
        accepted=tuple(map(PaperId, body.accepted)),
        rejected=tuple(
            RejectedPaper(paper=PaperId(each.paper_id), reason=sealing.text(each.reason))
            for each in body.rejected or ()
        ),
        missing=tuple(map(PaperId, body.missing or ())),
        extra=tuple(
            ExtraPaper(name=each.name, note=sealing.text(each.note)) for each in body.extra or ()
        ),
        place=body.place,
        signed_by=sealing.text(body.by),
        by_party=call.caller.party,
        occurred_at=happened_at(call, body.at, "body.at"),
    )
    return await record(call, command, written, sealed=sealing.items)


async def refuse_handover(call: Call[WriteServices], handover_id: Code, body: Closing) -> Written:
    """The receiver takes nothing; the giver stays custodian."""
    return await _close(call, RefuseHandover, handover_id, body)


async def cancel_handover(call: Call[WriteServices], handover_id: Code, body: Closing) -> Written:
    """The giver takes the papers off the counter before anybody took them."""
    return await _close(call, CancelHandover, handover_id, body)


async def _close(
    call: Call[WriteServices], close: type[CloseHandover], handover_id: str, body: Closing
) -> Written:
    handover = HandoverId(handover_id)
    sealing = Sealing(call.services.vault, handover_stream(handover))
    command = close(
        handover=handover,
        reason=sealing.text(body.reason),
        signed_by=sealing.text(body.by),
        by_party=call.caller.party,
        occurred_at=happened_at(call, body.at, "body.at"),
    )
    return await record(call, command, written, sealed=sealing.items)


ENDPOINTS: Final = (
    Endpoint(
        "POST",
        "/v1/handovers",
        offer_handover,
        roles=CUSTODIANS,
        status=201,
        tags=("handovers",),
        problems={
            403: ("not-the-giver",),
            404: ("unknown-paper",),
            409: (
                "no-such-receiver",
                "unknown-party",
                "party-suspended",
                "given-back",
                "not-the-custodian",
                "not-a-physical-paper",
                "not-on-the-waybill",
                "on-offer",
            ),
        },
    ),
    Endpoint(
        "POST",
        "/v1/handovers/{handover_id}/acceptance",
        accept_handover,
        roles=CUSTODIANS,
        status=201,
        tags=("handovers",),
        problems={
            403: ("not-the-receiver",),
            404: ("unknown-handover",),
            409: ("does-not-reconcile", "not-acceptable"),
        },
    ),
    Endpoint(
        "POST",
        "/v1/handovers/{handover_id}/refusal",
        refuse_handover,
        roles=CUSTODIANS,
        status=201,
        tags=("handovers",),
        problems={
            403: ("not-the-receiver",),
            404: ("unknown-handover",),
            409: ("not-open",),
        },
    ),
    Endpoint(
        "POST",
        "/v1/handovers/{handover_id}/cancellation",
        cancel_handover,
        roles=CUSTODIANS,
        status=201,
        tags=("handovers",),
        problems={
            403: ("not-the-giver",),
            404: ("unknown-handover",),
            409: ("not-open",),
        },
    ),
)
