"""Writes about dossiers: receiving one, and every later step."""

from typing import Final

from logistics.codes import new_lookup_code, new_paper_id
from logistics.credentials import Role
from logistics.dossier.commands import NewPaper, ReceiveDossier, TakeStep
from logistics.dossier.events import ReturnTo
from logistics.identifiers import DossierCode, PartyCode, dossier_stream
from logistics.routes.bodies import (
    FiledPaper,
    IssuedResult,
    ListedPaper,
    NewDossier,
    NextStep,
    ReceivedDossier,
    StepTaken,
)
from logistics.routes.writing import Sealing, WriteServices, happened_at, record
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.fields import Code


async def receive_dossier(call: Call[WriteServices], body: NewDossier) -> ReceivedDossier:
    """Receive a dossier and its papers, and give the receipt.

    The receiving party answers for every physical paper from this moment. The lookup code is for
    the applicant, together with the last four digits of the telephone number.
    """
    code = DossierCode(body.code)
    sealing = Sealing(call.services.vault, dossier_stream(code))
    papers = tuple(_paper(each) for each in body.papers)
    command = ReceiveDossier(
        dossier=code,
        lookup_code=new_lookup_code(),
        procedure_code=body.procedure_code,
        procedure_name=body.procedure_name,
        competent_agency=PartyCode(body.competent_agency),
        channel=body.channel,
        non_territorial=body.non_territorial,
        promised_at=body.promised_at,
        applicant=sealing.person(body.applicant.model_dump()),
        papers=papers,
        return_to=ReturnTo(
            way=body.return_to.way,
            party=PartyCode(body.return_to.party) if body.return_to.party else None,
            address=sealing.address(body.return_to.address),
        ),
        by_party=call.caller.party,
        occurred_at=happened_at(call, body.received_at, "body.received_at"),
    )
    return await record(
        call,
        command,
        lambda position: ReceivedDossier(
            code=code,
            lookup_code=command.lookup_code,
            papers=[_listed(paper) for paper in papers],
            position=position,
        ),
        sealed=sealing.items,
    )


async def take_step(call: Call[WriteServices], code: Code, body: NextStep) -> StepTaken:
    """Take the next step of a dossier, if the legal order allows it here and now.

    `new_date` goes with `apologised`, `results` with `decided`, `recipient` with `returned`.
    """
    dossier = DossierCode(code)
    sealing = Sealing(call.services.vault, dossier_stream(dossier))
    results = tuple(_paper(each) for each in body.results or ())
    command = TakeStep(
        dossier=dossier,
        step=body.step,
        note=sealing.text(body.note),
        signed_by=sealing.text(body.by),
        document_no=body.document_no,
        new_date=body.new_date,
        results=results,
        recipient=sealing.text(body.recipient),
        inter_province=body.inter_province,
        by_party=call.caller.party,
        occurred_at=happened_at(call, body.occurred_at, "body.occurred_at"),
    )
    listed = [_listed(paper) for paper in results] or None
    return await record(
        call,
        command,
        lambda position: StepTaken(papers=listed, position=position),
        sealed=sealing.items,
    )


def _paper(told: FiledPaper | IssuedResult) -> NewPaper:
    quantity = told.quantity if isinstance(told, FiledPaper) else 1
    return NewPaper(paper=new_paper_id(), name=told.name, kind=told.kind, quantity=quantity)


def _listed(paper: NewPaper) -> ListedPaper:
    return ListedPaper(paper_id=paper.paper, name=paper.name, kind=paper.kind)


ENDPOINTS: Final = (
    Endpoint(
        "POST",
        "/v1/dossiers",
        receive_dossier,
        roles=frozenset({Role.DESK, Role.AGENT}),
        status=201,
        tags=("dossiers",),
        problems={
            409: ("dossier-exists", "unknown-party", "party-suspended", "wrong-party-kind"),
        },
    ),
    Endpoint(
        "POST",
        "/v1/dossiers/{code}/steps",
        take_step,
        roles=frozenset({Role.DESK, Role.AGENCY, Role.PROVINCE}),
        status=201,
        tags=("dossiers",),
        problems={
            403: ("not-your-step",),
            404: ("unknown-dossier",),
            409: (
                "out-of-order",
                "no-complaint",
                "supplement-already-requested",
                "already-apologised",
                "new-date-missing",
                "new-date-past",
            ),
        },
    ),
)
