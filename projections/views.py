"""Every view there is: the runner feeds these, `luanchuyen rebuild` knows these."""

from typing import Any

from projections.audit import AUDIT
from projections.custody import CUSTODY
from projections.parties import PARTIES
from projections.tracking import TRACKING
from projections.transfers import TRANSFERS
from projections.view import View

VIEWS: tuple[View[Any], ...] = (TRACKING, TRANSFERS, CUSTODY, PARTIES, AUDIT)


def view_called(name: str) -> View[Any]:
    """The view of that name; raises `KeyError` for a name nobody has."""
    return {view.name: view for view in VIEWS}[name]
