"""Whatever happened, in whatever order: what is due to be written is written once, and then nothing is."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from logistics.clocks.alarms import alarms
from logistics.clocks.obligations import obligations
from logistics.clocks.verdicts import attend_at, judge
from logistics.dossier_facts import TOPICS, DossierFacts, dossiers_of, evolve_facts
from logistics.recorded import Event
from tests.logistics.test_invariants import COMMANDS, told
from tests.support.clocked import BASIS
from tests.support.projecting import as_recorded
from tests.support.stories import MONDAY

LATER = st.lists(st.integers(0, 60 * 24 * 40), min_size=1, max_size=3)


def facts_of(events: list[Event]) -> dict[str, DossierFacts]:
    """What is known of every dossier after these events."""
    found: dict[str, DossierFacts] = {}
    for recorded in as_recorded(events):
        for dossier in dossiers_of(recorded) if recorded.name in TOPICS else ():
            evolved = evolve_facts(found.get(dossier), recorded)
            if evolved is not None:
                found[dossier] = evolved
    return found


def attends(facts: DossierFacts) -> datetime | None:
    owed, conditions = obligations(facts, BASIS), alarms(facts, BASIS)
    return attend_at(facts["verdicts"], owed, conditions)


def swept(events: list[Event], now: datetime) -> list[Event]:
    """The events, and what a sweep at a moment writes behind them."""
    written: list[Event] = []
    for facts in facts_of(events).values():
        judged = judge(facts, obligations(facts, BASIS), alarms(facts, BASIS), now)
        attend = attends(facts)
        assert bool(judged) == (attend is not None and attend <= now)
        written += judged
    return [*events, *written]


@given(COMMANDS, LATER)
def test_a_sweep_finds_what_its_index_promised_and_leaves_nothing_to_find(
    commands: list[object], minutes: list[int]
) -> None:
    happened, events = told(commands).events, list[Event]()
    share = -(-len(happened) // len(minutes))
    for number, minute in enumerate(sorted(minutes)):
        now = MONDAY + timedelta(minutes=minute)
        # More has become known meanwhile, and what was written stays where it is.
        events = swept([*events, *happened[number * share : (number + 1) * share]], now)
        assert swept(events, now) == events
