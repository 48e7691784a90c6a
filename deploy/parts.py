"""The composition root: settings and a database become the parts that everything is made of.

Nothing below `deploy` builds what it uses; it takes it as an argument. So this file, `web` and
`working` together are the whole wiring.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from deploy.database import Database, migrate, open_database
from deploy.master_key import check_master_keys
from deploy.settings import Settings, SettingsRefused
from logistics.carriers import Carrier
from logistics.clocks.basis import Basis, basis_of
from logistics.evidence import Source, SourceKind
from logistics.handling import Envelope, Handling
from logistics.identifiers import PROVINCE, party_stream
from logistics.party.commands import RegisterParty
from logistics.party.events import PartyKind
from logistics.personal_data import Vault
from logistics.postgres_event_store import PostgresEventStore
from logistics.recorded import Metadata
from partners import ems, ghn, ghtk, viettelpost, vnpost
from projections.view import View
from projections.views import views_by

CARRIERS: Final[Mapping[str, Carrier]] = {
    carrier.name: carrier
    for carrier in (
        viettelpost.CARRIER,
        vnpost.CARRIER,
        ems.CARRIER,
        ghn.CARRIER,
        ghtk.CARRIER,
    )
}
"""Every carrier that may push to us: one line each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What web, workers and commands are made of."""

    settings: Settings
    database: Database
    store: PostgresEventStore
    handling: Handling
    vault: Vault
    carriers: Mapping[str, Carrier]
    basis: Basis
    views: tuple[View[Any], ...]


@contextmanager
def open_parts(settings: Settings) -> Iterator[Parts]:
    """Open the database, bring its schema up to date, and make the parts; close them afterwards."""
    basis = _basis(settings)
    with open_database(settings) as database:
        migrate(database.url)
        keys = settings.master_keys()
        check_master_keys(database.url, keys)
        store = PostgresEventStore(database.url)
        try:
            parts = Parts(
                settings=settings,
                database=database,
                store=store,
                handling=Handling(store),
                vault=Vault(keys),
                carriers=CARRIERS,
                basis=basis,
                views=views_by(basis),
            )
            found_province(parts)
            yield parts
        finally:
            store.close()


def _basis(settings: Settings) -> Basis:
    try:
        return basis_of(settings.terms_file)
    except (ValueError, OSError) as error:
        raise SettingsRefused(f"LUANCHUYEN_TERMS_FILE: {error}") from None


def found_province(parts: Parts) -> None:
    """The province is a party from the start; whoever starts first registers it."""
    stream = party_stream(PROVINCE)
    if parts.store.load([stream])[stream]:
        return
    command = RegisterParty(
        party=PROVINCE,
        kind=PartyKind.PROVINCE,
        name="Hệ thống thông tin giải quyết thủ tục hành chính cấp tỉnh",
        commune=None,
        opening_hours=None,
        occurred_at=datetime.now(UTC),
    )
    parts.handling.handle(Envelope(command=command, metadata=by_command_line("start")))


def by_command_line(command: str) -> Metadata:
    """How a fact came in that an operator of the service typed."""
    return Metadata(
        recorded_at=datetime.now(UTC),
        actor=PROVINCE,
        source=Source(kind=SourceKind.COMMAND_LINE, id=command),
        correlation_id=command,
    )
