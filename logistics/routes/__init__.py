"""Write routes: translate the request into a command, hand it over, answer; they decide nothing."""

from typing import Final

from logistics.routes import dossiers, handovers, papers, parties, procedures, waybills

ENDPOINTS: Final = (
    *parties.ENDPOINTS,
    *procedures.ENDPOINTS,
    *dossiers.ENDPOINTS,
    *papers.ENDPOINTS,
    *waybills.ENDPOINTS,
    *handovers.ENDPOINTS,
)
