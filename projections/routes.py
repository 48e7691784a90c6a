"""Every read there is, as one table."""

from typing import Any, Final

from logistics.web.endpoint import Endpoint
from projections import (
    audit,
    compliance,
    custody,
    dossier_clocks,
    due,
    feed,
    paper_history,
    parties,
    procedures,
    transfers,
    waybill_history,
)
from projections.reports import routes as reports
from projections.services import ReadServices

__all__ = ["ENDPOINTS", "ReadServices"]

ENDPOINTS: Final[tuple[Endpoint[Any], ...]] = (
    *transfers.ENDPOINTS,
    *waybill_history.ENDPOINTS,
    *custody.ENDPOINTS,
    *paper_history.ENDPOINTS,
    *parties.ENDPOINTS,
    *procedures.ENDPOINTS,
    *audit.ENDPOINTS,
    *feed.ENDPOINTS,
    *dossier_clocks.ENDPOINTS,
    *compliance.ENDPOINTS,
    *due.ENDPOINTS,
    *reports.ENDPOINTS,
)
