"""What a competent agency does with a dossier that it has in hand, and what its clock says to that."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from random import Random

from deploy.simulation.books import TERMS, due_after, over_after, working_days
from deploy.simulation.carriage import Carriage
from deploy.simulation.fates import Course, Fate, Lapse
from deploy.simulation.hours import a_moment_of, working_days_after
from deploy.simulation.pen import written
from logistics.clocks.office_hours import VIETNAM, local
from logistics.clocks.vietnam import vietnam
from logistics.clocks.working_time import Pause, runs_out_at
from logistics.identifiers import PROVINCE
from logistics.paper.events import PaperKind

_PAUSES = {
    Course.PAYMENT: ("payment-requested", "payment-made", 24),
    Course.SUPPLEMENT: ("supplement-requested", "supplement-received", 72),
    Course.SUSPENSION: ("suspended", "resumed", 96),
}
"""How a pause begins and ends, and the most hours that it takes."""
_AGENCYS_OWN_RECEIPT = date(2026, 8, 5)
"""From here on the clock of what was received elsewhere starts with the agency (NĐ 309/2026 Đ8.3)."""


class Deciding(Carriage):
    """Works on a dossier; `started` is when the agency's clock started, if it has."""

    def __init__(self, fate: Fate, code: str, serial: int, since: datetime, dice: Random) -> None:
        super().__init__(code, serial, since, fate.lapse, dice)
        self.fate = fate
        self.started: datetime | None = None
        self.pauses: tuple[Pause, ...] = ()
        self.apologised_at: datetime | None = None
        self.new_date: datetime | None = None
        self.decided_at: datetime | None = None
        self.dropped_at: datetime | None = None
        self.returned_at: datetime | None = None
        self.lost: set[int] = set()
        self.back_at: dict[int, datetime] = {}

    @property
    def is_non_territorial(self) -> bool:
        return self.fate.agency.commune != self.fate.receiver.commune

    def start_at_reception(self) -> None:
        """The agency's clock, where reception starts it."""
        is_new_law = self.now.astimezone(VIETNAM).date() >= _AGENCYS_OWN_RECEIPT
        if not (self.is_non_territorial and is_new_law):
            self.started = self.now

    def take_over(self) -> None:
        """The agency has it; that starts the clock where nothing has yet."""
        self.started = self.started or self.now

    def due(self) -> datetime:
        """When the agency has to have decided, apology or not; by now, it would start."""
        limit = working_days(self.fate.procedure.working_days)
        return due_after(self.started or self.now, limit, pauses=self.pauses)

    def process(self) -> bool:
        """The agency works on it; True when it decides."""
        agency, course = self.fate.agency.code, self.fate.course
        self.wait(0.3, 2, by=self.due())
        self.step(agency, "assigned")
        self.wait(0.5, 6, by=self.due())
        if course in {Course.REFUSED, Course.WITHDRAWN}:
            self.step(agency, course)
            self.dropped_at = self.now
            return False
        if course in _PAUSES:
            self._pause(course)
        if course is Course.APOLOGY or self.lapse is Lapse.LATE_NOTICE:
            self._apologise()
        self._take_its_time()
        document = f"{self.dice.randrange(1, 4000)}/QĐ"
        results = [asdict(self.fate.procedure.result)]
        self.step(agency, "decided", document_no=document, results=results)
        self.decided_at = self.now
        return True

    def _pause(self, course: Course) -> None:
        """The clock stands still; a second supplement the agency may not ask for, so others relay it."""
        begins, ends, most_hours = _PAUSES[course]
        askers = [self.fate.agency.code]
        if self.lapse is Lapse.SUPPLEMENT_TWICE:
            askers.append(PROVINCE)
        for asker in askers:
            begun = self.now
            self.step(asker, begins, note="Đã báo người nộp")
            self.wait(2, most_hours)
            self.step(self.fate.agency.code, ends)
            self.pauses += (Pause(begun, self.now),)
            self.wait(0.2, 1, by=self.due())
        if len(askers) > 1:
            self.books.alarm("supplement-twice", begun)

    def _apologise(self) -> None:
        """In good time; or on the last day, when it is too late for that (NĐ 61/2018 Đ19)."""
        last_day, _ = local(self.due())
        calendar = vietnam()
        if self.lapse is Lapse.LATE_NOTICE:
            self.now = max(self.now, a_moment_of(last_day, self.dice))
        else:
            day_before = calendar.worked_day(calendar.worked_before(last_day) - 1)
            if day_before <= local(self.now)[0]:
                return
            self.now = a_moment_of(day_before, self.dice)
        self.new_date = working_days_after(self.due(), self.dice.randrange(3, 8))
        self.apologised_at = self.now
        self.step(self.fate.agency.code, "apologised", new_date=written(self.new_date))

    def _take_its_time(self) -> None:
        if self.lapse is Lapse.LATE_NOTICE:
            self.too_late(self.due())
        elif self.lapse is Lapse.PROCESSING:
            self.too_late(self.new_date or self.due())
        else:
            self.sometime(self.new_date or self.due())

    # --- what is written in the books in the end ---

    def close_books(self) -> None:
        """What the agency owed, and what is left open."""
        if self.started is not None:
            self._owe_decision()
        closed_at = self.dropped_at or self.returned_at
        originals = self._originals()
        if self.lost.intersection(originals):
            for kind, at in (
                ("decided-without-originals", self.decided_at),
                ("result-without-originals", self.returned_at),
            ):
                if at is not None:
                    self.books.alarm(kind, at)
        if closed_at is None:
            return
        for paper in originals:
            if paper not in self.lost:
                told_at = over_after(closed_at, TERMS.originals_kept)
                self.books.alarm("originals-kept", told_at, self.back_at.get(paper))

    def _owe_decision(self) -> None:
        limit, due = working_days(self.fate.procedure.working_days), self.due()
        if self.dropped_at is None:
            last = self.new_date or due
            self.books.owe("processing", runs_out_at(last, limit), self.decided_at)
        is_timely = self.apologised_at is not None and local(self.apologised_at)[0] < local(due)[0]
        if not is_timely:
            ended = self.decided_at or self.dropped_at
            self.books.owe("late-notice", runs_out_at(due, limit), ended)

    def _originals(self) -> Sequence[int]:
        papers = enumerate(self.fate.procedure.papers)
        return [place for place, paper in papers if paper.kind is PaperKind.ORIGINAL]
