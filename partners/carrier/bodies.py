"""Bodies that carriers send, taken apart into items: one bad item of many loses only itself."""

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from logistics.carriers import Fault, Reading, Unreadable
from logistics.waybill.commands import CarrierReport

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Item = dict[str, Any]


def load_json(body: bytes | str) -> Any:
    """The JSON value of a body; `Unreadable` when it is none."""
    if isinstance(body, bytes):
        body = body.removeprefix(_BYTE_ORDER_MARK)
    try:
        return orjson.loads(body)
    except ValueError:
        raise Unreadable("not-json", "The body is not JSON.") from None


def load_object(body: bytes) -> Item:
    """The JSON object of a body; `Unreadable` when it is none."""
    value = load_json(body)
    if not isinstance(value, dict):
        raise Unreadable("not-an-object", "The body is JSON, but not an object.")
    return value


def items_of(value: Any) -> list[Any]:
    """The items under an envelope: an object, a list of objects, or either of them as JSON text."""
    if isinstance(value, str):
        value = load_json(value)
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list) and value:
        return value
    raise Unreadable("no-items", "The body holds no report.")


def read_each(items: Iterable[Any], read_item: Callable[[int, Item], CarrierReport]) -> Reading:
    """Read every item; a lone item that is unreadable makes the push unreadable."""
    reports: list[CarrierReport] = []
    faults: list[Fault] = []
    for index, item in enumerate(items):
        try:
            if not isinstance(item, dict):
                raise Unreadable("not-an-object", "An item is not an object.")  # noqa: TRY301 - Judged as any other fault of an item.
            reports.append(read_item(index, item))
        except Unreadable as fault:
            faults.append(Fault(item=index, reason=fault.reason, detail=fault.detail))
    if len(faults) == 1 and not reports:
        raise Unreadable(faults[0].reason, faults[0].detail)
    return Reading(reports=tuple(reports), faults=tuple(faults))
