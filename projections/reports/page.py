"""A report as a page to print on A4: whole in itself, and nothing else may stand in it."""

import base64
import hashlib
from importlib.resources import files
from typing import Final

import jinja2

from logistics.web.endpoint import Content
from projections.reports.sheet import Sheet, shown

HTML: Final = "text/html; charset=utf-8"

_TEMPLATES: Final = files("projections") / "templates"
_STYLE: Final = (_TEMPLATES / "report.css").read_text("utf-8")
_STYLE_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; frame-ancestors 'none';"
    " base-uri 'none'; form-action 'none'"
)
"""Its style stands in it, known by its digest."""


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters["shown"] = shown
    return environment


_TEMPLATE: Final = _environment().from_string((_TEMPLATES / "report.html.jinja").read_text("utf-8"))


def page(sheet: Sheet) -> Content:
    """The page, with the columns as wide to each other as the form has them."""
    whole = sum(column.width for column in sheet.columns)
    shares = [round(100 * column.width / whole, 1) for column in sheet.columns]
    text = _TEMPLATE.render(sheet=sheet, shares=shares, style=_STYLE)
    return Content(HTML, text.encode(), policy=POLICY)
