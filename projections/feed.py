"""Everything that happened, in the order of the log: the province's main contract.

It has no table: the log itself is what it tells.
"""

from typing import Final

from logistics.credentials import Role
from logistics.web.call import Call
from logistics.web.endpoint import Endpoint
from logistics.web.event_answer import EventAnswer, event_answer
from logistics.web.fields import Items
from projections.services import LogPage, ReadServices, page_of


async def feed(call: Call[ReadServices], query: LogPage) -> Items[EventAnswer]:
    """Every event behind a position, in log order.

    Positions only grow and may have holes. Whoever has read to the end (`next` is null) goes on
    behind the last position it has seen.
    """
    found = await call.services.log.read(query.after, query.limit + 1)
    return page_of([event_answer(each) for each in found], query.limit, "position")


ENDPOINTS: Final = (
    Endpoint(
        "GET",
        "/v1/feed",
        feed,
        roles=frozenset({Role.PROVINCE}),
        views=(),
        tags=("audit",),
    ),
)
