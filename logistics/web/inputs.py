"""Reading a request against its endpoint's signature, and telling everything that is wrong at once."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from aiohttp import web
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from logistics.errors import Fault, Invalid
from logistics.web.endpoint import JSON, Endpoint
from logistics.web.fields import Position, Query

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
IDEMPOTENCY_KEY_PATTERN: Final = "^[!-~]{1,128}$"
AT_LEAST: Final = "at_least"

_VISIBLE: Final = re.compile(r"[!-~]{1,128}", re.ASCII)
# Field names come from the sender too, and whatever does not look like one is not repeated.
_FIELD_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_OUR_WORDS: Final = {
    "model_type": "Input should be a JSON object",
    "model_attributes_type": "Input should be a JSON object",
    "extra_forbidden": "There is no such field",
    "missing": "Field required",
    "union_tag_invalid": "The kind is none of those expected",  # Theirs repeats the input.
}


class _Offset(BaseModel):
    at_least: Position = 0


class _NoQuery(Query):
    pass


@dataclass(slots=True)
class Inputs:
    """What a request says, read."""

    arguments: dict[str, Any] = field(default_factory=dict)
    at_least: int = 0
    idempotency_key: str = ""
    raw_body: bytes = b""


async def read_inputs(request: web.Request, endpoint: Endpoint[Any]) -> Inputs:
    """Read path, query, headers and body.

    Raises `Invalid` with every fault, or aiohttp's 413 and 415 before there is anything to read.
    """
    inputs = Inputs()
    body = endpoint.signature.body
    if body is not None and request.content_type != JSON:
        raise web.HTTPUnsupportedMediaType
    inputs.raw_body = await request.read()
    faults = [
        *_read_path(request, endpoint, inputs),
        *_read_query(request, endpoint, inputs),
        *_read_headers(request, endpoint, inputs),
        *(_read_body(body, inputs) if body is not None else ()),
    ]
    if faults:
        raise Invalid(faults)
    return inputs


def _read_path(request: web.Request, endpoint: Endpoint[Any], inputs: Inputs) -> Iterator[Fault]:
    try:
        read = endpoint.signature.path.model_validate_strings(dict(request.match_info))
    except ValidationError as error:
        yield from _faults("path", error)
    else:
        inputs.arguments.update(read)


def _read_query(request: web.Request, endpoint: Endpoint[Any], inputs: Inputs) -> Iterator[Fault]:
    given = dict(request.query)
    for name in given:
        if len(request.query.getall(name)) > 1:
            yield Fault(_path("query", (name,)), "Given more than once")
    if endpoint.views is not None and AT_LEAST in given:
        try:
            offset = _Offset.model_validate_strings({AT_LEAST: given.pop(AT_LEAST)})
            inputs.at_least = offset.at_least
        except ValidationError as error:
            yield from _faults("query", error)
    try:
        read = (endpoint.signature.query or _NoQuery).model_validate_strings(given)
    except ValidationError as error:
        yield from _faults("query", error)
    else:
        if endpoint.signature.query is not None:
            inputs.arguments["query"] = read


def _read_headers(request: web.Request, endpoint: Endpoint[Any], inputs: Inputs) -> Iterator[Fault]:
    if not endpoint.keyed:
        return
    keys = request.headers.getall(IDEMPOTENCY_KEY, [])
    path = f"header.{IDEMPOTENCY_KEY}"
    if len(keys) != 1:
        yield Fault(path, "A write needs this header, once")
    elif _VISIBLE.fullmatch(keys[0]) is None:
        yield Fault(path, "1 to 128 visible characters")
    else:
        inputs.idempotency_key = keys[0]


def _read_body(body: TypeAdapter[Any], inputs: Inputs) -> Iterator[Fault]:
    try:
        # Stricter than pydantic's own reader: no lone surrogates, no NaN, no overflowing numbers.
        orjson.loads(inputs.raw_body)
        inputs.arguments["body"] = body.validate_json(inputs.raw_body)
    except orjson.JSONDecodeError as error:
        yield Fault("body", f"Not JSON in UTF-8, at character {error.pos}")
    except ValidationError as error:
        yield from _faults("body", error)


def _faults(part: str, error: ValidationError) -> Iterator[Fault]:
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        yield Fault(_path(part, each["loc"]), _detail(each))


def _detail(error: ErrorDetails) -> str:
    return _OUR_WORDS.get(error["type"], error["msg"])


def _path(part: str, location: tuple[int | str, ...]) -> str:
    # A step without a name is the choice between two shapes, and not in what was sent.
    named = [step for step in location if isinstance(step, int) or step.strip()]
    return ".".join([part, *map(_step, named)])


def _step(step: int | str) -> str:
    if isinstance(step, int):
        return str(step)
    return step if _FIELD_NAME.fullmatch(step) else "?"
