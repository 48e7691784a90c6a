"""What an operator of the service does from the command line: parties, keys, carriers' secrets."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg
from pydantic import ValidationError

from deploy.parts import Parts, by_command_line
from logistics import credentials
from logistics.clocks.office_hours import OfficeHours, hours_of
from logistics.credentials import Credential, Key, Role
from logistics.erasing import erase_dossier
from logistics.errors import Fault, Invalid, LuanChuyenError, NotFound
from logistics.handling import Envelope
from logistics.identifiers import DossierCode, PartyCode, party_stream
from logistics.party.commands import IssueCredential, RegisterParty, RevokeCredential
from logistics.party.events import CredentialKind
from logistics.party.state import Party
from logistics.routes.bodies import NewParty
from logistics.streams import fold
from webhooks.inbox import forget_bodies
from webhooks.routes import connection, hook_path, keep_secret
from webhooks.secrets import new_secret

COLUMNS: Final = tuple(NewParty.model_fields)


def issue_key(parts: Parts, party: PartyCode, role: Role) -> Key:
    """Give a party a key; its text is not kept and cannot be shown again."""
    key = credentials.new_key()
    now = datetime.now(UTC)
    command = IssueCredential(
        party=party,
        credential=key.id,
        kind=CredentialKind.API_KEY,
        role=role,
        occurred_at=now,
    )
    issued = credentials.credential(key, party, role, now)
    parts.handling.handle(
        Envelope(command=command, metadata=by_command_line("keys issue")),
        alongside=lambda cursor, _: credentials.insert(cursor, issued),
    )
    return key


def revoke_key(parts: Parts, credential_id: str) -> Credential:
    """Make a key open nothing from now on. Revoking twice changes nothing."""
    now = datetime.now(UTC)
    with psycopg.connect(parts.database.url) as connection:
        found = credentials.find(connection.cursor(), credential_id)
    if found is None:
        raise NotFound("unknown-key", f"There is no key {credential_id}.")
    command = RevokeCredential(party=found.party, credential=found.id, occurred_at=now)
    parts.handling.handle(
        Envelope(command=command, metadata=by_command_line("keys revoke")),
        alongside=lambda cursor, _: _revoke(cursor, found, now),
    )
    return found


def _revoke(cursor: psycopg.Cursor[Any], found: Credential, now: datetime) -> None:
    credentials.revoke(cursor, found.id, now)


def list_keys(parts: Parts, party: PartyCode | None = None) -> Iterable[Credential]:
    """Every key that was ever issued, oldest first."""
    with psycopg.connect(parts.database.url) as connection:
        return credentials.list_all(connection.cursor(), party)


def connect_carrier(parts: Parts, carrier: str, operator: PartyCode, secret: str | None) -> str:
    """Give a carrier a secret, its own or a new one, and answer the path that it is to push to."""
    new = new_secret(carrier, operator, secret)
    now = datetime.now(UTC)
    parts.handling.handle(
        Envelope(command=connection(new, now), metadata=by_command_line("carriers connect")),
        alongside=lambda cursor, _: keep_secret(cursor, new, now),
    )
    return hook_path(new)


def erase_personal_data(parts: Parts, dossier: DossierCode) -> None:
    """Erase what is personal about a dossier, and what carriers wrote about its consignments.

    Raises `NotFound`. Erasing again changes nothing.
    """
    with psycopg.connect(parts.database.url) as connection:
        cursor = connection.cursor()
        traces = erase_dossier(parts.store, cursor, dossier)
        forget_bodies(cursor, traces.receipts)


def office_hours_of(parts: Parts, party: PartyCode) -> OfficeHours:
    """When a party's office is open. Raises `NotFound`."""
    stream = party_stream(party)
    state = fold(stream, (each.event for each in parts.store.load([stream])[stream]))
    if not isinstance(state, Party):
        raise NotFound("unknown-party", f"There is no party {party}.")
    return hours_of(state.opening_hours)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    registered: int
    known_already: int


def import_parties(parts: Parts, path: Path) -> Imported:
    """Register the parties of a CSV file, columns as in `POST /v1/parties`.

    Every fault of the file is told at once, by line and column, and nothing is imported if there
    is one. Raises `Invalid`.
    """
    parties = _read_parties(path)
    envelopes = [
        Envelope(command=_registration(party), metadata=by_command_line("parties import"))
        for party in parties.values()
    ]
    try:
        handled = parts.handling.handle_all(envelopes)
    except Invalid as refused:
        lines = list(parties)
        raise Invalid(
            [Fault(f"line {lines[int(each.path)]}", each.detail) for each in refused.faults]
        ) from None
    registered = len(handled.events)
    return Imported(registered, len(parties) - registered)


def _registration(party: NewParty) -> RegisterParty:
    return RegisterParty(
        party=PartyCode(party.code),
        kind=party.kind,
        name=party.name,
        commune=party.commune,
        opening_hours=party.opening_hours,
        occurred_at=datetime.now(UTC),
    )


def _read_parties(path: Path) -> dict[int, NewParty]:
    """The parties by their line; raises `Invalid` with the faults of all lines."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, restkey="", restval="")
        _check_columns(reader.fieldnames or ())
        rows = [(reader.line_num, row) for row in reader]
    read: dict[int, NewParty] = {}
    faults: list[Fault] = []
    lines: dict[str, int] = {}
    for line, row in rows:
        try:
            party = NewParty.model_validate_strings(
                {name: cell for name, cell in row.items() if cell}
            )
        except ValidationError as error:
            faults += _faults(line, error)
            continue
        if (first := lines.setdefault(party.code, line)) != line:
            faults.append(Fault(f"line {line}, code", f"The code is on line {first} already"))
        read[line] = party
    if faults:
        raise Invalid(faults)
    return read


def _check_columns(columns: Iterable[str]) -> None:
    unknown = [column for column in columns if column not in COLUMNS]
    missing = [column for column in ("code", "kind", "name") if column not in columns]
    faults = [Fault(f"line 1, {column}", "There is no such column") for column in unknown]
    faults += [Fault(f"line 1, {column}", "The column is missing") for column in missing]
    if faults:
        raise Invalid(faults)


def _faults(line: int, error: ValidationError) -> Iterator[Fault]:
    for fault in error.errors(include_input=False, include_url=False):
        column = str(fault["loc"][0]) or "more cells than columns"
        yield Fault(f"line {line}, {column}", fault["msg"])


def told(error: LuanChuyenError) -> str:
    """An error, as a person at a terminal reads it."""
    lines = [error.detail]
    if isinstance(error, Invalid):
        lines += [f"  {fault.path}: {fault.detail}" for fault in error.faults]
    return "\n".join(lines)
