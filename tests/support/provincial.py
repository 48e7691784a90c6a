"""A provincial portal on loopback that behaves as the payload files say, and what is pushed to it."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final
from urllib.parse import urlsplit

import psycopg
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from deploy.parts import Parts
from logistics.dossier.events import DossierReceived
from logistics.identifiers import DossierCode, LookupCode, PaperId, SealedRef
from logistics.personal_data import insert_sealed
from logistics.recorded import Event
from partners.provincial import Connection, Pusher
from tests.support.carriers import payload
from tests.support.clocked import received
from tests.support.projecting import append
from tests.support.service import parts_of

LOOPBACK: Final = "127.0.0.1/32"
USER, PASSWORD = "H20", "mật khẩu"
ENOUGH_SECONDS: Final = 60.0
SYNC, PROGRESS = "DongBoHoSoMC", "CapNhatTienDoHoSoMC"
PERSON: Final = {"name": "Trần Thị Bích Ngọc", "phone": "0900000001", "id_number": "087190000001"}

_SYNC_FIELDS: Final = payload("dvcqg_dongbohosomc_fields.json")
_LISTS: Final = [name for name in _SYNC_FIELDS if name.endswith("[]")]
FIELDS: Final[Mapping[str, frozenset[str]]] = {
    SYNC: frozenset([*_SYNC_FIELDS["record"], *(name.removesuffix("[]") for name in _LISTS)]),
    PROGRESS: frozenset(payload("dvcqg_capnhattiendohosomc_fields.json")["record"]),
}
TIME: Final = re.compile(r"(20\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])([01]\d|2[0-3])[0-5]\d[0-5]\d)?")
TIMES: Final = (
    *("NgayTiepNhan", "NgayHenTra", "NgayTra", "NgayKetThucXuLy", "NgayTuChoi", "NgayNopHoSo"),
    *("ThoiDiemXuLy", "NgayBatDau", "NgayKetThucTheoQuyDinh"),
)

Answer = dict[str, str]
OK: Final[Answer] = {"error_code": "0", "message": "Thành công"}


@dataclass(frozen=True, slots=True)
class Pushed:
    """A record that came in a valid session."""

    service: str
    is_updating: bool
    record: dict[str, Any]

    @property
    def dossier(self) -> str:
        return str(self.record["MaHoSo"])

    @property
    def status(self) -> str:
        return str(self.record["TrangThaiHoSo" if self.service == SYNC else "TrangThai"])


Says = Callable[[Pushed], Any]


@dataclass(slots=True)
class Portal:
    """The portal. `says` may answer in its stead: a status, an answer, or something to wait for."""

    says: Says = lambda _: None
    url: str = ""
    login_url: str = ""
    password: str = PASSWORD
    logins: int = 0
    sessions: set[str] = field(default_factory=set)
    came: list[Pushed] = field(default_factory=list)
    taken: list[Pushed] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    refuses_sessions_with_401: bool = False
    _more: asyncio.Event = field(default_factory=asyncio.Event)
    _numbers: Any = field(default_factory=lambda: count(1))

    async def log_in(self, request: web.Request) -> web.Response:
        self.logins += 1
        if await request.json() != {"username": USER, "password": self.password}:
            return _answer("1", "Sai tên đăng nhập hoặc mật khẩu")
        session = f"S-{next(self._numbers)}"
        self.sessions.add(session)
        return web.json_response({"error_code": "0", "message": "", "session": session})

    async def take(self, request: web.Request) -> web.StreamResponse:
        told = await request.json()
        if told["session"] not in self.sessions:
            if self.refuses_sessions_with_401:
                return web.Response(status=401)
            return _answer("-1", "Session không hợp lệ hoặc đã hết hạn")
        [record] = told["data"]
        pushed = Pushed(told["service"], told.get("isUpdating") == "true", record)
        self.came.append(pushed)
        self._more.set()
        said = self.says(pushed)
        if isinstance(said, Awaitable):
            said = await said
        if isinstance(said, int):
            return web.Response(status=said, text="<html>Lỗi hệ thống</html>")
        if said is None:
            said = self._judge(pushed)
        if said == OK:
            self.taken.append(pushed)
            self.known.add(pushed.dossier)
            self._more.set()
        return web.json_response(said)

    def _judge(self, pushed: Pushed) -> Answer:
        record, known = pushed.record, pushed.dossier in self.known
        if set(record) != FIELDS[pushed.service] or pushed.status not in STATUSES:
            return {"error_code": "10", "message": "Dữ liệu không hợp lệ"}
        if not all(TIME.fullmatch(record[name]) for name in TIMES if name in record):
            return {"error_code": "11", "message": "Sai định dạng thời gian"}
        if pushed.service == SYNC and known and not pushed.is_updating:
            return {"error_code": "20", "message": f"Hồ sơ {pushed.dossier} đã tồn tại"}
        if not known and (pushed.service == PROGRESS or pushed.is_updating):
            return {"error_code": "21", "message": f"Hồ sơ {pushed.dossier} không tồn tại"}
        return OK

    def forget_sessions(self) -> None:
        self.sessions.clear()

    def of(self, dossier: str, service: str | None = None) -> list[Pushed]:
        """What was taken of a dossier, in the order in which it came."""
        return [
            each
            for each in self.taken
            if each.dossier == dossier and service in {None, each.service}
        ]

    def statuses(self, dossier: str) -> list[str]:
        return [each.status for each in self.of(dossier, SYNC)]

    def texts(self, dossier: str) -> list[str]:
        return [each.record["NoiDungXuLy"] for each in self.of(dossier, PROGRESS)]

    async def until(self, enough: Callable[[], bool], seconds: float = ENOUGH_SECONDS) -> None:
        """Wait for pushes until there are enough."""
        async with asyncio.timeout(seconds):
            while not enough():
                self._more.clear()
                await self._more.wait()

    def settings(self) -> dict[str, Any]:
        """What a service is told of this portal."""
        return {
            "provincial_url": self.url,
            "provincial_login_url": self.login_url,
            "provincial_user": USER,
            "provincial_password": SecretStr(PASSWORD),
        }

    def environment(self) -> dict[str, str]:
        """The same, for a process."""
        told = {**self.settings(), "provincial_password": PASSWORD}
        return {f"LUANCHUYEN_{name.upper()}": value for name, value in told.items()}

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0


STATUSES: Final = frozenset(payload("dvcqg_status_codes.json"))


def _answer(code: str, message: str) -> web.Response:
    return web.json_response({"error_code": code, "message": message})


@asynccontextmanager
async def a_portal(portal: Portal | None = None) -> AsyncIterator[Portal]:
    """A portal that is up; one that was up before comes back at the same address."""
    portal = portal or Portal()
    app = web.Application()
    app.router.add_post("/mapi/login", portal.log_in)
    app.router.add_post("/mapi/g", portal.take)
    async with TestServer(app, host="127.0.0.1", port=portal.port or None) as server:
        portal.url = str(server.make_url("/mapi/g"))
        portal.login_url = str(server.make_url("/mapi/login"))
        yield portal


@dataclass(slots=True)
class Pushing:
    """A service that pushes to a portal, when it is told to."""

    parts: Parts
    portal: Portal
    pusher: Pusher

    def happens(self, *events: Event) -> int:
        """Let these be recorded; answers the last position."""
        return append(self.parts.store, events)

    def receives(self, dossier: str, **other: Any) -> int:
        """A dossier is received; its applicant is the usual person."""
        item = self.parts.vault.seal("person", f"dossier:{dossier}", PERSON)
        self.parts.store.append([], {}, alongside=lambda cursor, _: insert_sealed(cursor, [item]))
        return self.happens(reception(dossier, applicant=item.ref, **other))

    async def pushes(self) -> None:
        """Push until there is nothing left, or the portal is away."""
        while await self.pusher.turn():
            pass

    async def pushes_all(self) -> None:
        """Push until there is nothing left, however often the portal is away."""
        while self.position() < self.parts.store.last_position():
            await self.pusher.turn()

    def position(self) -> int:
        return int(self.rows("SELECT position FROM provincial_position")[0][0])

    def put_aside(self) -> list[tuple[Any, ...]]:
        return self.rows(
            "SELECT dossier, service, code FROM provincial_put_aside"
            " ORDER BY position, service DESC, part"
        )

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.parts.database.url) as connection:
            return connection.execute(query.encode(), parameters).fetchall()


def reception(dossier: str, **other: Any) -> DossierReceived:
    """A dossier received on a Monday morning, without papers unless told."""
    told = {
        "dossier": DossierCode(dossier),
        "lookup_code": LookupCode(f"L-{dossier}"),
        "procedure_name": "Đăng ký biến động đất đai",
        "papers": (),
        "applicant": SealedRef("s"),
        **other,
    }
    return received("2026-08-10T08:00", **told)


def paper_of(dossier: str) -> PaperId:
    return PaperId(f"P-{dossier}")


def tell_environment(told: Mapping[str, str]) -> None:
    """Told to a process before it starts."""
    os.environ.update(told)


def a_pusher(parts: Parts, portal: Portal, **changes: Any) -> Pusher:
    """A pusher that tries again at once unless told."""
    connection = Connection(
        url=portal.url, login_url=portal.login_url, user=USER, password=PASSWORD
    )
    given = {
        "allowed_networks": parts.settings.allowed_networks(),
        "pause": lambda _: 0.0,
        **changes,
    }
    return Pusher(parts.database.url, parts.store, parts.vault, parts.basis, connection, **given)


@asynccontextmanager
async def pushing(
    database_url: str, *, to: Portal | None = None, **changes: Any
) -> AsyncIterator[Pushing]:
    """A service whose pushes go to a portal, its own and up unless told."""
    async with AsyncExitStack() as open_:
        portal = await open_.enter_async_context(a_portal()) if to is None else to
        parts = open_.enter_context(parts_of(database_url, calls_to=LOOPBACK))
        pusher = a_pusher(parts, portal, **changes)
        open_.push_async_callback(pusher.close)
        yield Pushing(parts, portal, pusher)
