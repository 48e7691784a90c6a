"""Writes about waybills: booking a consignment, and the sender's second thoughts before delivery."""

from typing import Final

from logistics.credentials import Role
from logistics.identifiers import DossierCode, PaperId, PartyCode, WaybillRef
from logistics.routes.bodies import NewWaybill, Recall, Redirection
from logistics.routes.writing import Sealing, WriteServices, happened_at, record, written
from logistics.waybill.commands import BookWaybill, RecallWaybill, RedirectWaybill
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.fields import Code, Written

SENDERS: Final = frozenset({Role.DESK, Role.AGENT, Role.AGENCY})


async def book_waybill(call: Call[WriteServices], body: NewWaybill) -> Written:
    """Say that these papers travel under this number.

    Reports that the operator sent before the booking are adopted by it.
    """
    command = BookWaybill(
        waybill=WaybillRef(operator=PartyCode(body.operator), number=body.number),
        purpose=body.purpose,
        sender=PartyCode(body.from_),
        receiver=PartyCode(body.to),
        dossiers=tuple(map(DossierCode, body.dossiers)),
        papers=tuple(map(PaperId, body.papers)),
        seal_number=body.seal_no,
        service=body.service,
        by_party=call.caller.party,
        occurred_at=happened_at(call, body.at, "body.at"),
    )
    return await record(call, command, written)


async def redirect_waybill(
    call: Call[WriteServices], operator: Code, number: Code, body: Redirection
) -> Written:
    """Name another receiver before delivery (Luật Bưu chính Đ16)."""
    waybill = WaybillRef(operator=PartyCode(operator), number=number)
    sealing = Sealing(call.services.vault, waybill.stream)
    command = RedirectWaybill(
        waybill=waybill,
        receiver=PartyCode(body.to),
        reason=sealing.text(body.reason),
        signed_by=sealing.text(body.by),
        by_party=call.caller.party,
        occurred_at=happened_at(call, body.at, "body.at"),
    )
    return await record(call, command, written, sealed=sealing.items)


async def recall_waybill(
    call: Call[WriteServices], operator: Code, number: Code, body: Recall
) -> Written:
    """Ask for a consignment back before delivery (Luật Bưu chính Đ16)."""
    waybill = WaybillRef(operator=PartyCode(operator), number=number)
    sealing = Sealing(call.services.vault, waybill.stream)
    command = RecallWaybill(
        waybill=waybill,
        reason=sealing.text(body.reason),
        signed_by=sealing.text(body.by),
        by_party=call.caller.party,
        occurred_at=happened_at(call, body.at, "body.at"),
    )
    return await record(call, command, written, sealed=sealing.items)


ENDPOINTS: Final = (
    Endpoint(
        "POST",
        "/v1/waybills",
        book_waybill,
        roles=SENDERS,
        status=201,
        tags=("waybills",),
        problems={
            403: ("not-the-sender",),
            404: ("unknown-dossier", "unknown-paper"),
            409: (
                "waybill-exists",
                "no-such-receiver",
                "unknown-party",
                "party-suspended",
                "wrong-party-kind",
                "not-of-the-dossiers",
                "not-a-physical-paper",
                "not-the-custodian",
                "given-back",
            ),
        },
    ),
    Endpoint(
        "POST",
        "/v1/waybills/{operator}/{number}/redirection",
        redirect_waybill,
        roles=SENDERS,
        status=201,
        tags=("waybills",),
        problems={
            403: ("not-the-sender",),
            404: ("unknown-waybill",),
            409: ("already-ended", "unknown-party", "party-suspended"),
        },
    ),
    Endpoint(
        "POST",
        "/v1/waybills/{operator}/{number}/recall",
        recall_waybill,
        roles=SENDERS,
        status=201,
        tags=("waybills",),
        problems={
            403: ("not-the-sender",),
            404: ("unknown-waybill",),
            409: ("already-ended",),
        },
    ),
)
