"""Talks to the portal: a session is fetched, used until it is over, and fetched again.

What comes back is one of three things: the push was taken, it was rejected for good, or there is no
telling, and then it has to be sent again.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from logistics.calling_out import Reply, Session
from logistics.errors import AddressRefused, LuanChuyenError, NoAnswer
from partners.provincial.messages import Answer, Verdict, envelope, read_answer, verdict_of

_JSON: Final = {"Content-Type": "application/json; charset=utf-8"}
_REJECTING: Final = frozenset({400, 413, 422})  # All others may be the gateway's or the login's.


class Rejected(LuanChuyenError):  # noqa: N818  # Reads as what became of it.
    """The portal will not take this record, however often it is sent; `code` is its own."""

    def __init__(self, code: str) -> None:
        super().__init__(code, f"The portal rejected a record with code {code}.")


class NotTaken(LuanChuyenError):  # noqa: N818  # As above.
    """Whether or not the portal would take it, it did not now; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code, f"The portal did not take a record: {code}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Where the portal is, and as whom we log in; `unit` is the code it knows us by (madonvi)."""

    url: str
    login_url: str
    user: str
    password: str = field(repr=False)
    unit: str = ""


class Client:
    """Pushes records, as many at a time as its callers are; one of them renews the session."""

    def __init__(self, connection: Connection, http: Session) -> None:
        self._connection = connection
        self._http = http
        self._session = ""
        self._logging_in = asyncio.Lock()

    async def push(self, service: str, record: Mapping[str, Any], *, is_updating: bool) -> None:
        """Push one record. Raises `Rejected`, or `NotTaken` when it is to be pushed again.

        A dossier that the portal has already is sent as an update, and one that it has not as new:
        the record is whole each time.
        """
        verdict = await self._push(service, record, is_updating=is_updating)
        if (verdict.is_missing and is_updating) or (verdict.exists_already and not is_updating):
            verdict = await self._push(service, record, is_updating=not is_updating)
        if not verdict.is_taken:
            raise Rejected(verdict.code)

    async def _push(self, service: str, record: Mapping[str, Any], *, is_updating: bool) -> Verdict:
        """One push in a session that is valid; a second session that is over is the portal's fault."""
        wrapped = envelope(service, record, is_updating=is_updating)
        session = self._session or await self._renewed("")
        verdict = await self._ask(session, wrapped)
        if verdict.session_is_over:
            verdict = await self._ask(await self._renewed(session), wrapped)
        if verdict.session_is_over:
            raise NotTaken("session-refused")
        return verdict

    async def _ask(self, session: str, wrapped: Mapping[str, Any]) -> Verdict:
        body = {"session": session, "madonvi": self._connection.unit, **wrapped}
        reply = await self._post(self._connection.url, body)
        if reply.status == 401:
            return Verdict("401", session_is_over=True)
        if reply.status in _REJECTING:
            return Verdict(f"http-{reply.status}")
        return verdict_of(_answer(reply))

    async def _renewed(self, stale: str) -> str:
        """Another session than the stale one; whoever comes second uses what the first one got."""
        async with self._logging_in:
            if self._session == stale:
                self._session = ""
                self._session = await self._log_in()
            return self._session

    async def _log_in(self) -> str:
        body = {"username": self._connection.user, "password": self._connection.password}
        answer = _answer(await self._post(self._connection.login_url, body))
        if not answer.session or not verdict_of(answer).is_taken:
            raise NotTaken(f"login-refused-{answer.error_code}")
        return answer.session

    async def _post(self, url: str, body: Mapping[str, Any]) -> Reply:
        try:
            return await self._http.request("POST", url, body=orjson.dumps(body), headers=_JSON)
        except (NoAnswer, AddressRefused) as error:
            raise NotTaken(error.code) from None


def _answer(reply: Reply) -> Answer:
    if not 200 <= reply.status < 300:
        raise NotTaken(f"http-{reply.status}")
    answer = None if reply.is_cut else read_answer(reply.body)
    if answer is None:
        raise NotTaken("not-understood")
    return answer
