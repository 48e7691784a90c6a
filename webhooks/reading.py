"""What stored receipts say, in our words; and what they say in no way that we can read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg import Connection
from psycopg.rows import tuple_row

from logistics.carriers import Carrier, Push, Reading, Unreadable
from logistics.errors import CannotOpen
from logistics.personal_data import Vault
from logistics.waybill.commands import CarrierReport
from webhooks.quarantine import Quarantined

_AFTER: Final = """
SELECT position, carrier, operators, authentication, received_at, method, query, headers, body, digest
FROM receipt WHERE position > %b ORDER BY position LIMIT %b"""
_ONE: Final = """
SELECT position, carrier, operators, authentication, received_at, method, query, headers, body, digest
FROM receipt WHERE position = %b"""


class StoredReceipt(NamedTuple):
    """A row of the inbox."""

    position: int
    carrier: str
    operators: list[str]
    authentication: str
    received_at: datetime
    method: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a receipt says."""

    receipt: StoredReceipt
    number: int
    report: CarrierReport


class Reader:
    """Opens receipts and reads them by their carriers' mappings."""

    def __init__(self, carriers: Mapping[str, Carrier], vault: Vault) -> None:
        self._carriers = carriers
        self._vault = vault

    def read(self, receipt: StoredReceipt) -> tuple[list[Item], list[Quarantined]]:
        """The items of a receipt, and those that have to be set aside. Never raises."""
        try:
            reading = self._reading(receipt)
            items = _items(receipt, reading)
        except Unreadable as fault:
            return [], [set_aside(receipt, 0, fault.reason, fault.detail)]
        except (CannotOpen, KeyError) as fault:
            return [], [set_aside(receipt, 0, "not-openable", kind_of(fault))]
        except Exception as fault:  # noqa: BLE001  # A poisoned receipt loses only itself.
            return [], [set_aside(receipt, 0, "fault", kind_of(fault))]
        return items, [
            set_aside(receipt, fault.item, fault.reason, fault.detail) for fault in reading.faults
        ]

    def _reading(self, receipt: StoredReceipt) -> Reading:
        push = Push(
            carrier=receipt.carrier,
            method=receipt.method,
            query=receipt.query,
            headers=receipt.headers,
            body=self._vault.open_bytes(receipt.body, receipt.digest),
            received_at=receipt.received_at,
        )
        return self._carriers[receipt.carrier].read(push)


def receipts_after(connection: Connection[Any], after: int, limit: int) -> list[StoredReceipt]:
    """The next receipts of the inbox, in order."""
    with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
        return [StoredReceipt(*row) for row in cursor.execute(_AFTER, [after, limit])]


def receipt_at(connection: Connection[Any], position: int) -> StoredReceipt | None:
    """One receipt, however long ago it came."""
    with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
        row = cursor.execute(_ONE, [position]).fetchone()
    return None if row is None else StoredReceipt(*row)


def set_aside(receipt: StoredReceipt, item: int, reason: str, detail: str) -> Quarantined:
    """An item of a receipt, for quarantine."""
    return Quarantined(
        receipt=receipt.position,
        item=item,
        carrier=receipt.carrier,
        reason=reason,
        detail=detail,
        received_at=receipt.received_at,
    )


def kind_of(fault: Exception) -> str:
    """What kind of fault it was; its message may quote what the push says."""
    return f"{type(fault).__name__} in reading or deciding."


def _items(receipt: StoredReceipt, reading: Reading) -> list[Item]:
    """The readable items of a push, each with its place among all of them."""
    faulty = {fault.item for fault in reading.faults}
    places = (each for each in range(len(reading.reports) + len(faulty)) if each not in faulty)
    return [Item(receipt, next(places), report) for report in reading.reports]
