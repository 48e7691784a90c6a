"""Writes about single papers: what their custodian says of them."""

from typing import Final

from logistics.credentials import Role
from logistics.identifiers import PaperId, paper_stream
from logistics.paper.commands import (
    DeclarePaperLost,
    GiveBackPaper,
    PaperCommand,
    ReportPaperDamaged,
    ReportPaperFound,
)
from logistics.routes.bodies import PaperStep
from logistics.routes.writing import Sealing, WriteServices, happened_at, record, written
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.fields import Code, Written

_STEPS: Final[dict[str, type[PaperCommand]]] = {
    "declared-lost": DeclarePaperLost,
    "found": ReportPaperFound,
    "damaged": ReportPaperDamaged,
    "given-back": GiveBackPaper,
}


async def take_paper_step(call: Call[WriteServices], paper_id: Code, body: PaperStep) -> Written:
    """Say what became of a paper: lost, found, damaged, or given back to the applicant.

    Its custodian does, or the province for it. `by` and `recipient` go with `given-back`.
    """
    paper = PaperId(paper_id)
    sealing = Sealing(call.services.vault, paper_stream(paper))
    signatures = (
        {"signed_by": sealing.text(body.by), "recipient": sealing.text(body.recipient)}
        if body.step == "given-back"
        else {}
    )
    command = _STEPS[body.step](
        paper=paper,
        by_party=call.caller.party,
        note=sealing.text(body.note),
        occurred_at=happened_at(call, body.at, "body.at"),
        **signatures,
    )
    return await record(call, command, written, sealed=sealing.items)


ENDPOINTS: Final = (
    Endpoint(
        "POST",
        "/v1/papers/{paper_id}/steps",
        take_paper_step,
        roles=frozenset({Role.DESK, Role.AGENT, Role.AGENCY, Role.OPERATOR, Role.PROVINCE}),
        status=201,
        tags=("papers",),
        problems={
            403: ("not-the-custodian",),
            404: ("unknown-paper",),
            409: ("given-back", "not-missing", "on-offer", "paper-missing"),
        },
    ),
)
