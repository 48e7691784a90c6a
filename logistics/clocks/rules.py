"""When an alarm may be acknowledged."""

from logistics.clocks.commands import AcknowledgeAlarm
from logistics.clocks.events import AlarmAcknowledged
from logistics.errors import Refused
from logistics.identifiers import StreamId, clocks_stream
from logistics.world import World


def needs(command: AcknowledgeAlarm, world: World) -> list[StreamId]:
    return [clocks_stream(command.dossier)]


def acknowledge(command: AcknowledgeAlarm, world: World) -> list[AlarmAcknowledged]:
    """An open alarm, once; it stays open until what it is about has happened."""
    clocks = world.clocks(command.dossier)
    if clocks is None or command.alarm not in clocks.alarms:
        raise Refused("alarm-closed", "What the alarm was about has happened, or matters no more.")
    if command.alarm in clocks.acknowledged:
        return []
    return [
        AlarmAcknowledged(
            dossier=command.dossier,
            alarm=command.alarm,
            signed_by=command.signed_by,
            note=command.note,
            occurred_at=command.occurred_at,
        )
    ]
