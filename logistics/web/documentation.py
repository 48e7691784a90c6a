"""Where the service describes itself: `/openapi.json` for programs, `/docs` for people."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from aiohttp import web

from logistics.web.docs_page import STYLE, docs_page
from logistics.web.endpoint import JSON, Endpoint
from logistics.web.openapi import About, openapi_document, problems_of

_PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def documentation_routes(
    endpoints: Sequence[Endpoint[Any]], about: About, more_paths: Mapping[str, Any]
) -> list[web.RouteDef]:
    """The document and its page; both are made once."""
    document = openapi_document(endpoints, about, more_paths)
    as_json = orjson.dumps(document)
    page = docs_page(document, _problems(endpoints))

    async def openapi(_: web.Request) -> web.Response:
        return web.Response(body=as_json, content_type=JSON)

    async def docs(_: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": _PAGE_POLICY}
        return web.Response(body=page, content_type="text/html", charset="utf-8", headers=headers)

    async def style(_: web.Request) -> web.Response:
        return web.Response(body=STYLE, content_type="text/css", charset="utf-8")

    return [
        web.get("/openapi.json", openapi),
        web.get("/docs", docs),
        web.get("/docs.css", style),
    ]


def _problems(endpoints: Sequence[Endpoint[Any]]) -> dict[str, dict[int, list[str]]]:
    """With which status each code is answered, and by which endpoints."""
    found: dict[str, dict[int, list[str]]] = {}
    for endpoint in endpoints:
        for status, codes in problems_of(endpoint).items():
            for code in codes:
                found.setdefault(code, {}).setdefault(status, []).append(str(endpoint))
    return found
