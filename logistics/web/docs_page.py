"""The document as a page to read: made on our side, without scripts and without anybody else's server."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from typing import Any, Final

import jinja2

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_TEMPLATES: Final = files("logistics.web") / "templates"

STYLE: Final = (_TEMPLATES / "docs.css").read_bytes()
"""The page's style sheet."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    type: str
    about: str
    required: bool
    place: str = ""


@dataclass(frozen=True, slots=True)
class _Operation:
    """One operation, in the words of the page."""

    id: str
    method: str
    path: str
    tag: str
    summary: str
    description: list[str]
    parameters: list[_Field]
    shapes: list[tuple[str, list[_Field]]]
    responses: list[tuple[str, str]]


def docs_page(
    document: Mapping[str, Any], problems: Mapping[str, Mapping[int, list[str]]]
) -> bytes:
    """Render the page; `problems` says for each code with which status it is answered where."""
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
        (_TEMPLATES / "docs.html.jinja").read_text("utf-8")
    )
    operations = sorted(_operations(document), key=lambda each: each.tag)
    groups = [(tag, list(each)) for tag, each in groupby(operations, key=lambda each: each.tag)]
    page = template.render(document=document, groups=groups, problems=list(_codes(problems)))
    return page.encode()


def _codes(problems: Mapping[str, Mapping[int, list[str]]]) -> Iterator[tuple[str, str, str]]:
    for code, by_status in sorted(problems.items()):
        where = sorted({each for places in by_status.values() for each in places})
        told = ", ".join(where) if len(where) <= 6 else "many operations"
        yield code, ", ".join(map(str, sorted(by_status))), told


def _operations(document: Mapping[str, Any]) -> Iterator[_Operation]:
    schemas = document["components"]["schemas"]
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield _operation(path, method.upper(), item[method], schemas)


def _operation(
    path: str, method: str, told: Mapping[str, Any], schemas: Mapping[str, Any]
) -> _Operation:
    return _Operation(
        id=told.get("operationId", f"{method}{path}"),
        method=method,
        path=path,
        tag=told["tags"][0],
        summary=told["summary"],
        description=[part for part in told.get("description", "").split("\n\n") if part],
        parameters=[
            _Field(
                name=each["name"],
                type=_type(each["schema"]),
                about=each.get("description", ""),
                required=each["required"],
                place=each["in"],
            )
            for each in told.get("parameters", ())
        ],
        shapes=list(_shapes(told, schemas)),
        responses=[(status, each["description"]) for status, each in told["responses"].items()],
    )


def _shapes(
    told: Mapping[str, Any], schemas: Mapping[str, Any]
) -> Iterator[tuple[str, list[_Field]]]:
    """The body and the answer, each with the shapes that it is made of."""
    seen: set[str] = set()
    body = told.get("requestBody", {}).get("content", {}).get("application/json", {})
    yield from _named("Body", body.get("schema", {}), schemas, seen)
    for status, response in told["responses"].items():
        if status.startswith("2"):
            content = response.get("content", {}).get("application/json", {})
            yield from _named("Answer", content.get("schema", {}), schemas, seen)


def _named(
    title: str, schema: Mapping[str, Any], schemas: Mapping[str, Any], seen: set[str]
) -> Iterator[tuple[str, list[_Field]]]:
    for name in _references(schema):
        if name in seen:
            continue
        seen.add(name)
        shape = schemas[name]
        if "properties" not in shape:
            continue
        yield f"{title}: {name}", list(_fields(shape))
        yield from _named(title, shape, schemas, seen)


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].rpartition("/")[2]
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _fields(shape: Mapping[str, Any]) -> Iterator[_Field]:
    required = shape.get("required", ())
    for name, schema in shape["properties"].items():
        yield _Field(name, _type(schema), schema.get("description", ""), name in required)


def _type(schema: Mapping[str, Any]) -> str:
    """A type in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if "anyOf" in schema:
        return _either(schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type", "any"))


def _either(schemas: Iterable[Mapping[str, Any]]) -> str:
    return " | ".join(_type(each) for each in schemas)
