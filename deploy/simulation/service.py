"""The running service as its users see it: HTTP, and nothing else."""

import asyncio
from typing import Any
from uuid import uuid4

import aiohttp
import orjson

from logistics.errors import Refused, Unavailable
from partners.carrier import Composed

_TRIES = 12
_BUSY = frozenset({429, 500, 502, 503, 504})
_NOT_HEARD = _BUSY | {401}
"""What carriers send again after; 401 too, for a secret may be newer than the service knows."""
_LONGEST_PAUSE_SECONDS = 2.0


class Service:
    """Sends requests until they are answered: one that was refused is not sent again."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self.sent_again = 0

    async def greet(self) -> None:
        """Raise `Unavailable` at once when nobody is there."""
        try:
            async with self._session.get(f"{self._url}/healthz") as answer:
                answer.raise_for_status()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable("unanswered", f"{self._url} does not answer.") from error

    async def read(self, key: str, path: str, **parameters: str | int) -> dict[str, Any]:
        """Read as the holder of a key."""
        return await self._answered("GET", path, headers=_bearer(key), params=parameters)

    async def write(
        self, key: str, path: str, body: Any, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """Write as the holder of a key, once however often it is sent."""
        headers = {
            **_bearer(key),
            "Content-Type": "application/json",
            "Idempotency-Key": idempotency_key or uuid4().hex,
        }
        return await self._answered("POST", path, headers=headers, data=orjson.dumps(body))

    async def push(self, path: str, composed: Composed) -> None:
        """Push as a carrier does; what it is answered is between the carrier and the service."""
        parameters = composed.query if "?" not in path else ""
        path = f"{path}?{parameters}" if parameters else path
        request = {"headers": composed.headers, "data": composed.body}
        await self._send("POST", path, _NOT_HEARD, **request)

    async def _answered(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        answer: dict[str, Any] = orjson.loads(await self._send(method, path, _BUSY, **request))
        return answer

    async def _send(self, method: str, path: str, again: frozenset[int], **request: Any) -> bytes:
        for tried in range(_TRIES):
            pause = min(0.05 * 2**tried, _LONGEST_PAUSE_SECONDS)
            try:
                async with self._session.request(method, self._url + path, **request) as answer:
                    content = await answer.read()
                    if answer.status not in again:
                        return _accepted(answer.status, content)
                    pause = float(answer.headers.get("Retry-After", pause))
            except (aiohttp.ClientConnectionError, TimeoutError):
                pass  # It may have arrived all the same; sent again, it is recognised.
            self.sent_again += 1
            await asyncio.sleep(pause)
        raise Unavailable("unanswered", f"{self._url} did not answer in {_TRIES} tries.")


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _accepted(status: int, content: bytes) -> bytes:
    """The content of a good answer; `Refused` with the code of a problem."""
    if status < 400:
        return content
    try:
        problem = orjson.loads(content)
        code, detail = problem["code"], problem.get("detail", "")
    except (ValueError, KeyError, TypeError):
        code, detail = str(status), ""
    raise Refused(code, detail)
