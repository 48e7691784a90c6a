"""How a read waits until the answer holds what its caller has already been told."""

from collections.abc import Sequence
from typing import Protocol


class ViewPositions(Protocol):
    """How far the views have come."""

    async def wait_until(self, views: Sequence[str], position: int) -> int:
        """Wait until every one of `views` has reached `position`, and answer what all have reached.

        No views means the log itself. Position 0 never waits. The answer may be behind the truth
        and never ahead of it: a query that starts afterwards sees at least that much. Raises
        `NotYet` when it takes too long (5 s, unless settings say otherwise).
        """
