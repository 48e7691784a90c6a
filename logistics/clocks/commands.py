"""What may be asked about the clocks of a dossier; all else about them is found, not asked."""

from dataclasses import dataclass
from datetime import datetime

from logistics.identifiers import DossierCode, SealedRef


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeAlarm:
    """Somebody has seen an alarm, and says what is done about it."""

    dossier: DossierCode
    alarm: str
    signed_by: SealedRef | None
    note: SealedRef | None
    occurred_at: datetime
