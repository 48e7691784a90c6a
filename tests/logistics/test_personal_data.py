"""Personal data is sealed beside the log, opens for its keys only, and can be erased on its own."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import NullPool, create_engine

from logistics.dossier.events import DossierWithdrawn
from logistics.errors import CannotOpen, ConcurrentChange
from logistics.event_store import Alongside, NewEvent
from logistics.evidence import Source, SourceKind
from logistics.identifiers import PROVINCE, DossierCode, PartyCode, dossier_stream
from logistics.personal_data import SEALED, SealedItem, Vault, erase, fetch, insert_sealed
from logistics.postgres_event_store import PostgresEventStore
from logistics.recorded import Metadata

OLD, NEW, THEIRS = (bytes([number]) * 32 for number in (1, 2, 3))
HER_DOSSIER = dossier_stream(DossierCode("H46.20-260716-0001"))
HIS_DOSSIER = dossier_stream(DossierCode("H46.20-260716-0002"))
APPLICANT = {"name": "Nguyễn Thị Hoa", "phone": "0912345678", "id_number": None}


@pytest.fixture
def vault() -> Vault:
    return Vault([NEW])


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def sealed_person(vault: Vault, subject: str = str(HER_DOSSIER)) -> SealedItem:
    return vault.seal("person", subject, APPLICANT)


def stored(connection: psycopg.Connection[Any]) -> list[Any]:
    return connection.execute("SELECT ref, subject, kind, ciphertext FROM sealed").fetchall()


# -------------------------------------------------------------------------------------- the sealing


def test_what_was_sealed_opens_as_it_was(vault: Vault) -> None:
    person = sealed_person(vault)
    text = vault.seal("text", "dossier:x", "Lê Văn Tám ký nhận")
    assert vault.open(person.ref, person.ciphertext) == APPLICANT
    assert vault.open(text.ref, text.ciphertext) == "Lê Văn Tám ký nhận"


def test_nothing_that_was_said_can_be_read_in_what_is_stored(vault: Vault) -> None:
    item = sealed_person(vault)
    for said in ("Hoa", "0912345678", "phone"):
        assert said.encode() not in item.ciphertext
        assert said not in item.ref


def test_the_same_value_never_looks_the_same_twice(vault: Vault) -> None:
    first, second = sealed_person(vault), sealed_person(vault)
    assert first.ref != second.ref
    assert first.ciphertext[4:] != second.ciphertext[4:]
    assert vault.seal_bytes(b"push") != vault.seal_bytes(b"push")


def test_a_reference_is_random_and_holds_128_bits(vault: Vault) -> None:
    assert {len(sealed_person(vault).ref) for _ in range(100)} == {22}  # 22 x 6 bits


def test_another_key_opens_nothing(vault: Vault) -> None:
    item = sealed_person(vault)
    with pytest.raises(CannotOpen):
        Vault([THEIRS]).open(item.ref, item.ciphertext)


def test_a_key_that_claims_to_be_ours_opens_nothing(vault: Vault) -> None:
    item = sealed_person(Vault([THEIRS]))
    ours = sealed_person(vault).ciphertext[:4]
    with pytest.raises(CannotOpen):
        vault.open(item.ref, ours + item.ciphertext[4:])


def test_a_value_copied_under_another_reference_does_not_open(vault: Vault) -> None:
    mine, other = sealed_person(vault), sealed_person(vault)
    with pytest.raises(CannotOpen):
        vault.open(other.ref, mine.ciphertext)


@pytest.mark.parametrize("place", [0, 4, 16, -1])
def test_a_single_changed_bit_is_noticed(vault: Vault, place: int) -> None:
    item = sealed_person(vault)
    changed = bytearray(item.ciphertext)
    changed[place] ^= 1
    with pytest.raises(CannotOpen):
        vault.open(item.ref, bytes(changed))


@pytest.mark.parametrize("length", [0, 3, 4, 15, 16, 31])
def test_what_is_cut_short_does_not_open(vault: Vault, length: int) -> None:
    item = sealed_person(vault)
    with pytest.raises(CannotOpen):
        vault.open(item.ref, item.ciphertext[:length])


def test_an_error_of_the_vault_says_nothing_of_what_it_held(vault: Vault) -> None:
    item = sealed_person(vault)
    with pytest.raises(CannotOpen) as failure:
        Vault([THEIRS]).open(item.ref, item.ciphertext)
    assert item.ref not in str(failure.value)


def test_after_a_rotation_the_new_key_seals_and_both_open() -> None:
    before = sealed_person(Vault([OLD]))
    rotated = Vault([NEW, OLD])
    after = sealed_person(rotated)
    assert rotated.open(before.ref, before.ciphertext) == APPLICANT
    assert Vault([NEW]).open(after.ref, after.ciphertext) == APPLICANT
    with pytest.raises(CannotOpen):
        Vault([OLD]).open(after.ref, after.ciphertext)


def test_the_same_key_given_twice_is_one_key() -> None:
    item = sealed_person(Vault([NEW, NEW]))
    assert Vault([NEW]).open(item.ref, item.ciphertext) == APPLICANT


def test_a_vault_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a key"):
        Vault([])


def test_bytes_open_with_what_they_were_sealed_for(vault: Vault) -> None:
    body = bytes(range(256)) * 4
    assert vault.open_bytes(vault.seal_bytes(body)) == body
    assert vault.open_bytes(vault.seal_bytes(b"", b"inbox"), b"inbox") == b""
    with pytest.raises(CannotOpen):
        vault.open_bytes(vault.seal_bytes(body, b"ghn"), b"ghtk")


# ---------------------------------------------------------------------------------------- the table


async def test_sealed_values_are_kept_and_fetched_many_at_once(
    vault: Vault, connection: psycopg.Connection[Any], database_url: str
) -> None:
    items = [sealed_person(vault), vault.seal("text", str(HIS_DOSSIER), "ghi chú")]
    insert_sealed(connection.cursor(), items)
    async with await psycopg.AsyncConnection.connect(database_url) as reading:
        fetched = await fetch(reading, [items[0].ref, items[1].ref, "never-was"])
    assert fetched == {item.ref: item for item in items}
    assert vault.open(items[0].ref, fetched[items[0].ref].ciphertext) == APPLICANT


def test_nothing_to_seal_asks_the_database_nothing(connection: psycopg.Connection[Any]) -> None:
    insert_sealed(connection.cursor(), [])
    assert stored(connection) == []


def test_the_table_that_others_join_is_the_one_that_migrations_make(database_url: str) -> None:
    url = database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    with create_engine(url, poolclass=NullPool).connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _: kind != "table" or name == SEALED.name,
            },
        )
        assert compare_metadata(context, SEALED.metadata) == []


def beside(*items: SealedItem) -> Alongside:
    return lambda cursor, _: insert_sealed(cursor, items)


def withdrawn(said: SealedItem) -> NewEvent:
    happened = DossierWithdrawn(
        dossier=DossierCode(HER_DOSSIER.key),
        by_party=PartyCode("desk-1"),
        signed_by=said.ref,
        occurred_at=datetime(2026, 7, 20, 1, 0, tzinfo=UTC),
    )
    metadata = Metadata(
        recorded_at=happened.occurred_at,
        actor=PROVINCE,
        source=Source(kind=SourceKind.SYSTEM),
        correlation_id="c-1",
    )
    return NewEvent(stream=HER_DOSSIER, event=happened, metadata=metadata)


def test_what_is_sealed_is_kept_or_lost_together_with_the_event_that_refers_to_it(
    vault: Vault, connection: psycopg.Connection[Any], database_url: str
) -> None:
    kept, lost = sealed_person(vault), sealed_person(vault)
    with closing(PostgresEventStore(database_url)) as store:
        store.append([withdrawn(kept)], {HER_DOSSIER: 0}, alongside=beside(kept))
        with pytest.raises(ConcurrentChange):
            store.append([withdrawn(lost)], {HER_DOSSIER: 0}, alongside=beside(lost))
        with pytest.raises(psycopg.errors.UniqueViolation):
            store.append([withdrawn(lost)], {HER_DOSSIER: 1}, alongside=beside(lost, lost))
        assert len(store.read(0, 10)) == 1
    assert [row[0] for row in stored(connection)] == [kept.ref]


def test_erasing_a_dossier_leaves_other_dossiers_and_every_event_as_they_were(
    vault: Vault, connection: psycopg.Connection[Any], database_url: str
) -> None:
    hers, his = sealed_person(vault), sealed_person(vault, str(HIS_DOSSIER))
    with closing(PostgresEventStore(database_url)) as store:
        new = withdrawn(hers)
        store.append([new], {HER_DOSSIER: 0}, alongside=beside(hers, his))
        before = connection.execute("SELECT state FROM stored_events").fetchall()
        assert erase(connection.cursor(), str(HER_DOSSIER)) == 1
        assert erase(connection.cursor(), str(HER_DOSSIER)) == 0
        assert [row[0] for row in stored(connection)] == [his.ref]
        assert connection.execute("SELECT state FROM stored_events").fetchall() == before
        assert store.read(0, 10)[0].event == new.event
