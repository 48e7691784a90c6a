"""One line of the endpoint table: method, path, who may call, and the handler that answers.

Everything else is read from the handler's signature, so that the contract is stated once:

    async def accept_handover(
        call: Call[Services], handover_id: Code, body: Acceptance
    ) -> Written:
        '''The receiver answers item by item.

        Accepted, rejected and missing have to add up to what was offered.
        '''
        command = AcceptHandover(...)  # from body, call.caller.party and call.received_at
        handled = await call.run(
            call.services.handling.handle,
            Envelope(command=command, metadata=...),
            alongside=call.keeping(lambda position: Written(position=position)),
        )
        return Written(position=handled.position)

    async def holdings(call: Call[Services], code: Code, query: Paging) -> Items[Holding]:
        '''Originals that a party holds now.'''

    ENDPOINTS = (
        Endpoint(
            "POST", "/v1/handovers/{handover_id}/acceptance", accept_handover,
            roles=EVERY_ROLE, status=201, tags=("handovers",),
            problems={404: ("unknown-handover",), 409: ("does-not-reconcile", "not-acceptable")},
        ),
        Endpoint(
            "GET", "/v1/parties/{code}/holdings", holdings,
            roles=EVERY_ROLE, views=("custody",), tags=("parties",),
        ),
    )

    mount(app, kit, [Routes(ENDPOINTS, services), ...])          # logistics.web.app

`body` is the JSON body, `query` what stands behind the question mark; every other parameter is one
of the path's. The first paragraph of the docstring is the summary. A handler raises the errors of
`logistics.errors` and decides nothing about HTTP. What it must keep in mind:

- A method that changes something is a write: it needs an Idempotency-Key, and the handler has to
  keep its answer (`call.keeping`, `call.keep`). `keyed=False` is for what is harmless to repeat.
- A read names the `views` it is answered from; the kit then waits for `at_least` and answers
  `Log-Position`. `views=()` reads the log itself; `views=None` takes no part in this.
- A handler answers a model, or `Content` for other media types (named in `media_types`), or None (204).
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from types import MappingProxyType, NoneType, UnionType
from typing import (
    Any,
    Concatenate,
    Final,
    Generic,
    Literal,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import BaseModel, ConfigDict, TypeAdapter, create_model

from logistics.credentials import Role
from logistics.web.auth import PUBLIC, Public
from logistics.web.call import Call
from logistics.web.fields import Query

S = TypeVar("S")
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
JSON: Final = "application/json"
_PARAMETER: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Content:
    """An answer that is not JSON: a page, a table, a file."""

    media_type: str
    body: bytes
    file_name: str | None = None
    policy: str | None = None
    """Its Content-Security-Policy, for a page."""


Handler = Callable[Concatenate[Call[S], ...], Awaitable[BaseModel | Content | None]]


@dataclass(frozen=True, slots=True)
class Signature:
    """What a handler takes and gives, as its annotations say."""

    path: type[BaseModel]
    query: type[Query] | None
    body: TypeAdapter[Any] | None
    body_model: type[BaseModel] | None
    answer: type[BaseModel] | None


@dataclass(frozen=True, slots=True, eq=False)
class Endpoint(Generic[S]):
    """One method on one path."""

    method: Method
    path: str
    handler: Handler[S]
    _: KW_ONLY
    roles: frozenset[Role] | Public
    status: int = 200
    views: tuple[str, ...] | None = None
    keyed: bool | None = None
    problems: Mapping[int, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    tags: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    signature: Signature = field(init=False)

    def __post_init__(self) -> None:
        if self.keyed is None:
            object.__setattr__(self, "keyed", self.method != "GET")
        if not self.roles:
            raise TypeError(f"{self}: nobody may call it; is it PUBLIC?")
        if self.keyed and self.roles is PUBLIC:
            raise TypeError(f"{self}: an Idempotency-Key belongs to a party; is it keyed=False?")
        object.__setattr__(self, "signature", read_signature(self.path, self.handler))

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def name(self) -> str:
        return self.handler.__name__

    @property
    def summary(self) -> str:
        return _paragraphs(self.handler)[0]

    @property
    def description(self) -> str:
        return "\n\n".join(_paragraphs(self.handler)[1:])


def read_signature(path: str, handler: Callable[..., Any]) -> Signature:
    """Read what a handler takes and gives; complain at start-up, not at the first request."""
    hints = get_type_hints(handler, include_extras=True)
    parameters = dict(list(inspect.signature(handler).parameters.items())[1:])
    unnamed = {name for name in parameters if name not in hints}
    in_path = parameters.keys() - {"query", "body"}
    if unnamed or in_path != set(_PARAMETER.findall(path)):
        raise TypeError(f"{path}: {handler.__name__} does not take what the path gives.")
    fields: dict[str, Any] = {name: (hints[name], ...) for name in parameters if name in in_path}
    config = ConfigDict(frozen=True, hide_input_in_errors=True)
    return Signature(
        path=create_model(f"{handler.__name__}_path", __config__=config, **fields),
        query=hints.get("query"),
        body=TypeAdapter(hints["body"]) if "body" in hints else None,
        body_model=_model(hints.get("body")),
        answer=_answer_model(hints.get("return")),
    )


def _model(annotation: Any) -> type[BaseModel] | None:
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return annotation if is_model else None


def _answer_model(annotation: Any) -> type[BaseModel] | None:
    union = get_origin(annotation) in {Union, UnionType}
    kinds = get_args(annotation) if union else (annotation,)
    models = [kind for kind in kinds if kind not in {Content, NoneType, None}]
    return models[0] if models else None


def _paragraphs(handler: Callable[..., Any]) -> list[str]:
    text = inspect.getdoc(handler) or handler.__name__
    return [" ".join(each.split()) for each in text.split("\n\n")]
