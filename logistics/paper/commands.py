"""What a custodian can say of a paper that it holds."""

from dataclasses import dataclass
from datetime import datetime

from logistics.identifiers import PaperId, PartyCode, SealedRef


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperCommand:
    """What each of the commands below holds."""

    paper: PaperId
    by_party: PartyCode
    note: SealedRef | None
    occurred_at: datetime


class DeclarePaperLost(PaperCommand):
    """The custodian cannot find the paper any more, or knows it destroyed."""

    __slots__ = ()


class ReportPaperFound(PaperCommand):
    """A missing or lost paper turned up with its custodian."""

    __slots__ = ()


class ReportPaperDamaged(PaperCommand):
    """The paper was damaged while the custodian held it (TT 17/2017 Đ11)."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveBackPaper(PaperCommand):
    """The custodian gave the paper to the applicant, against an ID (TT 17/2017 Đ5.2)."""

    signed_by: SealedRef | None
    recipient: SealedRef | None
