"""Folds of what was found out about the clocks of a dossier."""

from collections.abc import Callable, Mapping
from typing import Final

from logistics.dossier_facts.shapes import DossierFacts, Fold, VerdictFacts
from logistics.recorded import Recorded


def _verdict(change: Callable[[VerdictFacts, Recorded], VerdictFacts]) -> Fold:
    """A fold for what was found about the clocks; each event also moves the stream's version."""

    def fold(facts: DossierFacts, recorded: Recorded) -> DossierFacts:
        changed = change(facts["verdicts"], recorded)
        return {**facts, "verdicts": {**changed, "stream_version": recorded.stream_version}}

    return fold


def _breached(verdicts: VerdictFacts, recorded: Recorded) -> VerdictFacts:
    data = recorded.data
    breached = {**verdicts["breached"], data["obligation"]: data["due_at"]}
    return {**verdicts, "breached": breached}


def _retracted(verdicts: VerdictFacts, recorded: Recorded) -> VerdictFacts:
    kept = {k: v for k, v in verdicts["breached"].items() if k != recorded.data["obligation"]}
    return {**verdicts, "breached": kept}


def _alarm_raised(verdicts: VerdictFacts, recorded: Recorded) -> VerdictFacts:
    data = recorded.data
    raised = {
        "kind": data["kind"],
        "party": data["party"],
        "evidence": data["evidence"],
        "raised_at": data["occurred_at"],
        "position": recorded.position,
        "acknowledged": None,
    }
    return {**verdicts, "alarms": {**verdicts["alarms"], data["alarm"]: raised}}


def _alarm_closed(verdicts: VerdictFacts, recorded: Recorded) -> VerdictFacts:
    kept = {k: v for k, v in verdicts["alarms"].items() if k != recorded.data["alarm"]}
    return {**verdicts, "alarms": kept}


def _alarm_acknowledged(verdicts: VerdictFacts, recorded: Recorded) -> VerdictFacts:
    data = recorded.data
    raised = verdicts["alarms"].get(data["alarm"])
    if raised is None:
        return verdicts
    seen = {**raised, "acknowledged": {"at": data["occurred_at"], "position": recorded.position}}
    return {**verdicts, "alarms": {**verdicts["alarms"], data["alarm"]: seen}}


FOLDS: Final[Mapping[str, Fold]] = {
    "sla.breached": _verdict(_breached),
    "sla.breach-retracted": _verdict(_retracted),
    "sla.alarm-raised": _verdict(_alarm_raised),
    "sla.alarm-closed": _verdict(_alarm_closed),
    "sla.alarm-acknowledged": _verdict(_alarm_acknowledged),
}
