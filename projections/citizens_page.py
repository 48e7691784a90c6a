"""The look-up as a page: made on our side, in Vietnamese first, and complete without any script.

The form is posted, so that neither code nor digits are in an address of ours; a code alone may be,
because the receipt carries it as a link.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.resources import files
from typing import Any, Final

import jinja2
import psycopg
from aiohttp import web

from logistics.clocks.office_hours import VIETNAM
from logistics.errors import NotFound, TooManyRequests, Unavailable
from projections.citizens_texts import texts_in
from projections.lookup import LookUps
from projections.tracking_answer import TrackedStep, TrackingAnswer

PATH: Final = "/tra-cuu"
STYLE_PATH: Final = "/tra-cuu.css"

_MOST_CODE_CHARACTERS: Final = 64
_TEMPLATES: Final = files("projections") / "templates"
_POLICY: Final = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What a page shows."""

    texts: Mapping[str, Any]
    code: str = ""
    found: TrackingAnswer | None = None
    fault: str | None = None
    fault_in: str | None = None
    status: int = 200
    retry_after_seconds: int | None = None


def citizens_page_routes(look_ups: LookUps) -> list[web.RouteDef]:
    """The page, and its style sheet."""
    template = _template()
    style = (_TEMPLATES / "tra_cuu.css").read_bytes()

    async def show(request: web.Request) -> web.Response:
        texts = texts_in(request.query.get("lang"))
        code = request.query.get("code", "")[:_MOST_CODE_CHARACTERS]
        return _response(template, _Page(texts=texts, code=code))

    async def look_up(request: web.Request) -> web.Response:
        form = await request.post()
        code, phone = str(form.get("code", "")).strip(), str(form.get("phone", "")).strip()
        texts = texts_in(request.query.get("lang"))
        page = await _looked_up(look_ups, texts, code[:_MOST_CODE_CHARACTERS], phone)
        return _response(template, page)

    async def style_sheet(_: web.Request) -> web.Response:
        return web.Response(body=style, content_type="text/css", charset="utf-8")

    return [
        web.get(PATH, show),
        web.post(PATH, look_up),
        web.get(STYLE_PATH, style_sheet),
    ]


async def _looked_up(look_ups: LookUps, texts: Mapping[str, Any], code: str, phone: str) -> _Page:
    if not code:
        return _faulty(texts, code, "code_missing", "code", HTTPStatus.BAD_REQUEST)
    if len(phone) != 4 or not (phone.isascii() and phone.isdigit()):
        return _faulty(texts, code, "phone_wrong", "phone", HTTPStatus.BAD_REQUEST)
    try:
        found = await look_ups.find(code, phone, datetime.now(UTC))
    except NotFound:
        return _faulty(texts, code, "not_found", "code", HTTPStatus.NOT_FOUND)
    except TooManyRequests as locked:
        minutes = -(-locked.retry_after_seconds // 60)
        return _Page(
            texts=texts,
            code=code,
            fault=texts["locked"].format(minutes=minutes),
            status=HTTPStatus.TOO_MANY_REQUESTS,
            retry_after_seconds=locked.retry_after_seconds,
        )
    except (Unavailable, psycopg.OperationalError):
        return _faulty(texts, code, "away", None, HTTPStatus.SERVICE_UNAVAILABLE)
    return _Page(texts=texts, code=code, found=found)


def _faulty(
    texts: Mapping[str, Any], code: str, fault: str, where: str | None, status: HTTPStatus
) -> _Page:
    retry = 5 if status is HTTPStatus.SERVICE_UNAVAILABLE else None
    return _Page(
        texts=texts,
        code=code,
        fault=texts[fault],
        fault_in=where,
        status=status,
        retry_after_seconds=retry,
    )


def _response(template: jinja2.Template, page: _Page) -> web.Response:
    text = template.render(
        t=page.texts, code=page.code, found=page.found, fault=page.fault, fault_in=page.fault_in
    )
    headers = {"Content-Security-Policy": _POLICY, "Content-Language": page.texts["language"]}
    if page.retry_after_seconds is not None:
        headers["Retry-After"] = str(page.retry_after_seconds)
    return web.Response(
        status=page.status,
        text=text,
        content_type="text/html",
        charset="utf-8",
        headers=headers,
    )


def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters["shown"] = _shown
    environment.filters["shown_date"] = _shown_date
    environment.filters["step_key"] = _step_key
    return environment.from_string((_TEMPLATES / "tra_cuu.html.jinja").read_text("utf-8"))


def _shown(at: datetime) -> str:
    return f"{at.astimezone(VIETNAM):%H:%M %d/%m/%Y}"


def _shown_date(at: datetime) -> str:
    return f"{at.astimezone(VIETNAM):%d/%m/%Y}"


def _step_key(step: TrackedStep) -> str:
    """A consignment that was returned and a dossier that was are told in different words."""
    is_parcel = step.kind == "consignment" and step.step == "returned"
    return "returned_parcel" if is_parcel else step.step
