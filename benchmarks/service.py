"""The real service on a durable PostgreSQL of its own, in a folder that is thrown away."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from pydantic import SecretStr

from deploy.administration import connect_carrier
from deploy.database import create_database
from deploy.embedded_postgres import EmbeddedPostgres
from deploy.parts import Parts, by_command_line, open_parts
from deploy.settings import Settings
from logistics.codes import new_lookup_code, new_paper_id
from logistics.dossier.commands import NewPaper, ReceiveDossier
from logistics.dossier.events import Channel, ReturnTo, ReturnWay
from logistics.handling import Envelope
from logistics.identifiers import DossierCode, PaperId, PartyCode, WaybillRef
from logistics.paper.events import PaperKind
from logistics.party.commands import RegisterParty
from logistics.party.events import PartyKind
from logistics.personal_data import insert_sealed
from logistics.waybill.commands import BookWaybill
from logistics.waybill.events import Purpose
from partners import ems, ghn, ghtk, viettelpost, vnpost
from partners.carrier import Compose
from tests.support.service import MASTER_KEY

DESK, AGENCY = PartyCode("DESK"), PartyCode("AGENCY")
CARRIERS: dict[str, tuple[Compose, tuple[str, ...]]] = {
    "viettelpost": (
        viettelpost.compose,
        ("103", "104", "200", "300", "400", "300", "400", "507", "500", "501"),
    ),
    "vnpost": (vnpost.compose, ("20", "70", "91", "100")),
    "ems": (ems.compose, ("1", "2", "4", "4", "4", "4", "11000")),
    "ghn": (
        ghn.compose,
        (
            "ready_to_pick",
            "picking",
            "picked",
            "storing",
            "transporting",
            "sorting",
            "storing",
            "transporting",
            "delivering",
            "delivered",
        ),
    ),
    "ghtk": (ghtk.compose, ("2", "12", "3", "123", "4", "9", "4", "5")),
}
"""How each carrier writes, and the codes of an ordinary consignment, from the booking to the end."""

PHONE = "0912345678"
LONG_AGO = datetime.now(UTC) - timedelta(days=20)
_BATCH = 200

Scan = tuple[str, str, str, datetime]
"""A carrier, its number of a consignment, its code, and when it says that was."""


@dataclass(slots=True)
class Bench:
    """A database with parties and connected carriers, and the parts to work on it with."""

    url: str
    parts: Parts
    hooks: dict[str, str]
    lookup_codes: list[str]

    def count(self, question: str) -> int:
        with psycopg.connect(self.url) as connection:
            row = connection.execute(question.encode()).fetchone()
        return int(row[0]) if row else 0

    def book(self, numbers: Sequence[tuple[str, str]]) -> None:
        """Receive a dossier with two originals for each (carrier, number), and book its waybill."""
        for start in range(0, len(numbers), _BATCH):
            self._book(numbers[start : start + _BATCH])

    def _book(self, numbers: Sequence[tuple[str, str]]) -> None:
        envelopes, items = [], []
        for carrier, number in numbers:
            dossier = DossierCode(f"D-{carrier}-{number}")
            item = self.parts.vault.seal(
                "person", f"dossier:{dossier}", {"name": "N", "phone": PHONE, "id_number": None}
            )
            items.append(item)
            papers = [new_paper_id(), new_paper_id()]
            received = _received(dossier, papers, item.ref)
            self.lookup_codes.append(received.lookup_code)
            envelopes += [received, _booked(dossier, papers, carrier, number)]
        metadata = by_command_line("bench")
        decided = self.parts.handling.decide(
            [Envelope(command=each, metadata=metadata) for each in envelopes]
        )
        faults = [each.fault for each in decided.outcomes if each.fault]
        if faults:
            raise faults[0]
        self.parts.handling.record(
            decided, alongside=lambda cursor, _: insert_sealed(cursor, items)
        )


def _received(dossier: DossierCode, papers: list[PaperId], applicant: str) -> ReceiveDossier:
    return ReceiveDossier(
        dossier=dossier,
        lookup_code=new_lookup_code(),
        procedure_code="1.012756",
        procedure_name="Đăng ký biến động quyền sử dụng đất",
        competent_agency=AGENCY,
        channel=Channel.DESK,
        non_territorial=True,
        promised_at=LONG_AGO + timedelta(days=10),
        applicant=applicant,  # type: ignore[arg-type]  # A reference.
        papers=tuple(
            NewPaper(paper=each, name="Giấy chứng nhận", kind=PaperKind.ORIGINAL) for each in papers
        ),
        return_to=ReturnTo(way=ReturnWay.DESK),
        by_party=DESK,
        occurred_at=LONG_AGO,
    )


def _booked(dossier: DossierCode, papers: list[PaperId], carrier: str, number: str) -> BookWaybill:
    return BookWaybill(
        waybill=WaybillRef(operator=PartyCode(carrier.upper()), number=number),
        purpose=Purpose.SEND,
        sender=DESK,
        receiver=AGENCY,
        dossiers=(dossier,),
        papers=tuple(papers),
        seal_number=None,
        service=None,
        by_party=DESK,
        occurred_at=LONG_AGO + timedelta(hours=1),
    )


@contextmanager
def bench_folder() -> Iterator[EmbeddedPostgres]:
    """A durable server in a temporary folder, stopped and removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="luanchuyen-bench-"))
    server = EmbeddedPostgres(folder)
    server.join()
    try:
        yield server
    finally:
        server.leave()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def bench_on(server: EmbeddedPostgres, name: str) -> Iterator[Bench]:
    """A new database with parties and carriers."""
    create_database(server.url("postgres"), name)
    url = server.url(name)
    settings = Settings(DATABASE_URL=SecretStr(url), master_key=SecretStr(MASTER_KEY))
    with open_parts(settings) as parts:
        for code, kind in (
            (DESK, PartyKind.DESK),
            (AGENCY, PartyKind.AGENCY),
            *((PartyCode(each.upper()), PartyKind.OPERATOR) for each in CARRIERS),
        ):
            command = RegisterParty(
                party=code, kind=kind, name=code, commune=None, opening_hours=None,
                occurred_at=LONG_AGO,
            )  # fmt: skip
            parts.handling.handle(Envelope(command=command, metadata=by_command_line("bench")))
        hooks = {
            each: connect_carrier(parts, each, PartyCode(each.upper()), None) for each in CARRIERS
        }
        yield Bench(url, parts, hooks, [])


def scans(count: int) -> list[Scan]:
    """An ordinary mix: (carrier, number, code, time), each consignment with its codes in turn."""
    told: list[Scan] = []
    consignment = 0
    while len(told) < count:
        for carrier, (_, codes) in CARRIERS.items():
            number = f"{consignment:09}"
            told += [
                (carrier, number, code, LONG_AGO + timedelta(hours=2 + 3 * step))
                for step, code in enumerate(codes)
            ]
        consignment += 1
    return told[:count]


def numbers_of(told: Sequence[Scan]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((carrier, number) for carrier, number, _, _ in told))


def request(
    method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> bytes:
    """A whole request, ready to be written."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def pushes(bench: Bench, told: Sequence[Scan]) -> list[bytes]:
    """The scans as their carriers write them."""
    written = []
    for index, (carrier, number, code, at) in enumerate(told):
        compose, _ = CARRIERS[carrier]
        composed = compose(number, code, at, transaction=f"t{index}")
        query = f"?{composed.query}" if composed.query else ""
        written.append(
            request("POST", bench.hooks[carrier] + query, composed.body, composed.headers)
        )
    return written
