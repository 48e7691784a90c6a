"""Notices that wait for one endpoint, and which of them may go: in each lane the first one only.

A notice is in the lane of every dossier it names, and may go when it is the first in all of them. So
a dossier that is stuck holds what follows of it, and of nothing else.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heappop, heappush


@dataclass(slots=True)
class Waiting:
    """A notice that is not delivered yet."""

    position: int
    lanes: tuple[str, ...]
    attempts: int
    due_at: datetime


class Lanes:
    """The notices of one endpoint, added in the order of the log."""

    def __init__(self) -> None:
        self._waiting: dict[int, Waiting] = {}
        self._lanes: dict[str, deque[int]] = {}
        self._later: list[tuple[datetime, int]] = []  # The first in their lanes, by due time.
        self._ready: list[int] = []  # Those of them that are due, by position.

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, notice: Waiting) -> None:
        """Put a notice behind all others of its lanes."""
        self._waiting[notice.position] = notice
        for lane in notice.lanes:
            self._lanes.setdefault(lane, deque()).append(notice.position)
        self._offer_if_first(notice)

    def ready(self, now: datetime) -> int:
        """How many may go now."""
        while self._later and self._later[0][0] <= now:
            heappush(self._ready, heappop(self._later)[1])
        return len(self._ready)

    def take(self, now: datetime) -> Waiting | None:
        """Take the first that may go, to send it; then it is `done`, or tried again (`retry`)."""
        return self._waiting[heappop(self._ready)] if self.ready(now) else None

    def take_soonest(self, now: datetime) -> Waiting | None:
        """Take what may go, or else what is due soonest."""
        if not self.ready(now) and self._later:
            return self._waiting[heappop(self._later)[1]]
        return self.take(now)

    def done(self, position: int) -> None:
        """A notice that was taken is out of the way; the next of its lanes may go."""
        following = set()
        for lane in self._waiting.pop(position).lanes:
            behind = self._lanes[lane]
            behind.popleft()
            if behind:
                following.add(behind[0])
            else:
                del self._lanes[lane]
        for each in following:
            self._offer_if_first(self._waiting[each])

    def retry(self, position: int, due_at: datetime) -> None:
        """A notice that was taken stays first in its lanes, and is tried again when due."""
        notice = self._waiting[position]
        notice.attempts += 1
        notice.due_at = due_at
        heappush(self._later, (due_at, position))

    def hurry(self, now: datetime) -> None:
        """Let everything be due."""
        for notice in self._waiting.values():
            notice.due_at = min(notice.due_at, now)
        self._later = [(min(due_at, now), position) for due_at, position in self._later]
        heapify(self._later)

    def next_due(self, now: datetime) -> datetime | None:
        """When the next one may go; None when there is none that is not under way."""
        if self._ready:
            return now
        return self._later[0][0] if self._later else None

    def _offer_if_first(self, notice: Waiting) -> None:
        if all(self._lanes[lane][0] == notice.position for lane in notice.lanes):
            heappush(self._later, (notice.due_at, notice.position))
