"""What an operator's reports mean for the custody of the papers (DESIGN §1.3).

`settle` compares what the reports say in all with where the papers are, and decides the difference.
So it does not matter in which order the reports came, or how often:

- whoever has scanned a parcel has it: the open handover to the operator is accepted, in full;
- delivered to a party: the papers are offered to it, and the operator stays custodian;
- delivered to the citizen: the papers are given back;
- returned: the papers are offered to the sender;
- lost or destroyed: the papers are lost, and the operator answers for them.

A handover, once written, is not rewritten: when a late report shows that something happened at
another time, the papers' own events say so again with the better time.
"""

from logistics.dossier.events import DossierEvent
from logistics.handover.events import HandoverEvent
from logistics.paper.events import PaperEvent
from logistics.waybill.ending import end
from logistics.waybill.state import Waybill
from logistics.waybill.taking import take
from logistics.waybill.word_of_operator import after
from logistics.world import World

Consequence = HandoverEvent | PaperEvent | DossierEvent


def settle(waybill: Waybill, world: World) -> list[Consequence]:
    """Everything that has to happen so that custody agrees with the reports."""
    booking = waybill.booking
    if booking is None:
        return []
    papers = [paper for each in booking.papers if (paper := world.paper(each)) is not None]
    taken = take(waybill, booking, papers, world)
    ended = end(waybill, booking, after(papers, taken), world)
    return [*taken, *ended]
