"""The OpenAPI document, made from the endpoint table: nothing is described a second time by hand."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, cast

from pydantic import BaseModel, Field
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from logistics.web.auth import PUBLIC
from logistics.web.endpoint import JSON, Endpoint
from logistics.web.inputs import AT_LEAST, IDEMPOTENCY_KEY, IDEMPOTENCY_KEY_PATTERN
from logistics.web.problems import PROBLEM_JSON, TITLES

REF: Final = "#/components/schemas/{model}"

# What the kit itself may answer, whatever the endpoint: the codes by status.
_ALWAYS: Final[Mapping[int, tuple[str, ...]]] = {
    400: ("invalid",),
    500: ("internal",),
    503: ("store-unavailable", "unavailable"),
}
_WITH_KEY: Final[Mapping[int, tuple[str, ...]]] = {401: ("unauthenticated",), 403: ("wrong-role",)}
_OF_WRITES: Final[Mapping[int, tuple[str, ...]]] = {
    409: ("still-running",),
    422: ("idempotency-mismatch",),
    503: ("concurrent-change",),
}
_OF_BODIES: Final[Mapping[int, tuple[str, ...]]] = {413: ("too-large",), 415: ("not-json",)}
_OF_READS: Final[Mapping[int, tuple[str, ...]]] = {504: ("not-yet",)}


class ProblemFault(BaseModel):
    """One thing wrong with a request."""

    path: str
    detail: str


class ProblemAnswer(BaseModel):
    """Why there is no other answer (RFC 9457). `code` is stable, for programs."""

    type: str
    title: str
    status: int
    code: str
    request_id: str
    detail: str | None = None
    faults: list[ProblemFault] | None = None


class About(BaseModel):
    """What stands at the head of the document."""

    title: str = "Luân Chuyển"
    version: str
    description: str = Field(
        "Where each dossier and each original paper is, who holds it, and since when."
    )


Schemas = Mapping[tuple[type[BaseModel], JsonSchemaMode], dict[str, Any]]


def openapi_document(
    endpoints: Sequence[Endpoint[Any]], about: About, more_paths: Mapping[str, Any]
) -> dict[str, Any]:
    """Describe the endpoints; `more_paths` are path items that are not on the table."""
    refs, components = _schemas(endpoints)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, refs)
    return {
        "openapi": "3.1.0",
        "info": about.model_dump(),
        "paths": {**paths, **more_paths},
        "components": {
            "schemas": components,
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`luanchuyen keys issue --party CODE --role ROLE` prints one.",
                }
            },
        },
        "security": [{"key": []}],
    }


def _schemas(endpoints: Sequence[Endpoint[Any]]) -> tuple[Schemas, dict[str, Any]]:
    """Every model's reference, and all of their schemas."""
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(ProblemAnswer, "serialization")]
    for endpoint in endpoints:
        if endpoint.signature.body_model is not None:
            wanted.append((endpoint.signature.body_model, "validation"))
        if endpoint.signature.answer is not None:
            wanted.append((endpoint.signature.answer, "serialization"))
    # In the order of the table, each once.
    refs, document = models_json_schema(list(dict.fromkeys(wanted)), ref_template=REF)
    return cast("Schemas", refs), document.get("$defs", {})


def _operation(endpoint: Endpoint[Any], refs: Schemas) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "description": _description(endpoint),
        "tags": list(endpoint.tags),
        "parameters": list(_parameters(endpoint)),
        "responses": dict(_responses(endpoint, refs)),
    }
    if endpoint.signature.body is not None:
        schema = _body_schema(endpoint, refs)
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    if endpoint.roles is PUBLIC:
        operation["security"] = []
    return operation


def _description(endpoint: Endpoint[Any]) -> str:
    if endpoint.roles is PUBLIC:
        who = "Open to everybody."
    else:
        who = f"For keys with role {', '.join(sorted(f'`{role}`' for role in endpoint.roles))}."
    return "\n\n".join(part for part in (endpoint.description, who) if part)


def _body_schema(endpoint: Endpoint[Any], refs: Schemas) -> dict[str, Any]:
    model, body = endpoint.signature.body_model, endpoint.signature.body
    if model is not None:
        return refs[model, "validation"]
    return {} if body is None else _inlined(body.json_schema(), body.json_schema().get("$defs", {}))


def _parameters(endpoint: Endpoint[Any]) -> Iterator[dict[str, Any]]:
    yield from _parameters_of(endpoint.signature.path, "path")
    if endpoint.signature.query is not None:
        yield from _parameters_of(endpoint.signature.query, "query")
    if endpoint.views is not None:
        yield {
            "name": AT_LEAST,
            "in": "query",
            "required": False,
            "description": "Wait (at most 5 s) until the answer has caught up with this position.",
            "schema": {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
        }
    if endpoint.keyed:
        yield {
            "name": IDEMPOTENCY_KEY,
            "in": "header",
            "required": True,
            "description": "The same key and request again give the first answer again.",
            "schema": {"type": "string", "pattern": IDEMPOTENCY_KEY_PATTERN},
        }


def _parameters_of(
    model: type[BaseModel], place: Literal["path", "query"]
) -> Iterator[dict[str, Any]]:
    schema = model.model_json_schema(ref_template=REF)
    required = set(schema.get("required", ()))
    definitions = schema.get("$defs", {})
    for name, property_schema in schema.get("properties", {}).items():
        described = _inlined(property_schema, definitions)
        parameter = {
            "name": name,
            "in": place,
            "required": place == "path" or name in required,
            "schema": {key: value for key, value in described.items() if key != "title"},
        }
        if "description" in described:
            parameter["description"] = described["description"]
        yield parameter


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """A schema with what it refers to written out, for what shares no components."""
    if isinstance(schema, list):
        return [_inlined(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {key: _inlined(value, definitions) for key, value in schema.items() if key != "$defs"}


def _responses(endpoint: Endpoint[Any], refs: Schemas) -> Iterator[tuple[str, dict[str, Any]]]:
    yield _success(endpoint, refs)
    problem = refs[ProblemAnswer, "serialization"]
    for status, codes in sorted(problems_of(endpoint).items()):
        told = ", ".join(f"`{code}`" for code in codes)
        response: dict[str, Any] = {
            "description": f"{TITLES.get(status, 'A problem')}: {told}.",
            "content": {PROBLEM_JSON: {"schema": problem}},
        }
        if status in {429, 503}:
            response["headers"] = {
                "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}
            }
        yield str(status), response


def _success(endpoint: Endpoint[Any], refs: Schemas) -> tuple[str, dict[str, Any]]:
    response: dict[str, Any] = {"description": endpoint.summary}
    content: dict[str, Any] = {}
    answer = endpoint.signature.answer
    if answer is not None:
        content[JSON] = {"schema": refs[answer, "serialization"]}
    for media_type in endpoint.media_types:
        content[media_type] = {"schema": {"type": "string"}}
    if content:
        response["content"] = content
    if endpoint.keyed or endpoint.views is not None:
        response["headers"] = {
            "Log-Position": {"schema": {"type": "integer"}, "description": "What it is based on."}
        }
    return str(endpoint.status), response


def problems_of(endpoint: Endpoint[Any]) -> dict[int, tuple[str, ...]]:
    """Every problem an endpoint may answer: the kit's, and its own."""
    tables = [_ALWAYS, endpoint.problems]
    if endpoint.roles is not PUBLIC:
        tables.append(_WITH_KEY)
    if endpoint.keyed:
        tables.append(_OF_WRITES)
    if endpoint.method != "GET":
        tables.append(_OF_BODIES)
    if endpoint.views is not None:
        tables.append(_OF_READS)
    merged: dict[int, tuple[str, ...]] = {}
    for table in tables:
        for status, codes in table.items():
            merged[status] = tuple(dict.fromkeys((*merged.get(status, ()), *codes)))
    return merged
