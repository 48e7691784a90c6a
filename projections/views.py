"""Every view there is: the runners feed these, `luanchuyen rebuild` knows these."""

from typing import Any, Final

from logistics.clocks.basis import Basis, basis_of
from projections.audit import AUDIT
from projections.clocks import clocks_view
from projections.custody import CUSTODY
from projections.parties import PARTIES
from projections.paused_endpoints import PAUSED_ENDPOINTS
from projections.procedures import PROCEDURES
from projections.tracking import TRACKING
from projections.transfers import TRANSFERS
from projections.view import View

PLAIN: Final[tuple[View[Any], ...]] = (
    TRACKING,
    TRANSFERS,
    CUSTODY,
    PARTIES,
    PROCEDURES,
    AUDIT,
    PAUSED_ENDPOINTS,
)
"""The views that follow from the log alone."""


def views_by(basis: Basis) -> tuple[View[Any], ...]:
    """All views, the clocks of them computed by a basis."""
    return (*PLAIN, clocks_view(basis))


VIEWS: Final = views_by(basis_of())
"""All views, by the terms that come with the service."""

NAMES: Final = tuple(view.name for view in VIEWS)
