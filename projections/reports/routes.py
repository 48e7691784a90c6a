"""Every report there is, as one table."""

from typing import Any, Final

from logistics.web.endpoint import Endpoint
from projections.reports import control_sheet, mau_3, postal, progress_score

ENDPOINTS: Final[tuple[Endpoint[Any], ...]] = (
    *mau_3.ENDPOINTS,
    *control_sheet.ENDPOINTS,
    *postal.ENDPOINTS,
    *progress_score.ENDPOINTS,
)
