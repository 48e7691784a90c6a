"""Traffic for trying out: what `simulate` and `serve --demo` do, and what they say about it."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.table import Table

from deploy.administration import issue_key, told
from deploy.parts import Parts
from deploy.progress import shown_progress
from deploy.simulation import DemoLinks, Summary, fill_demo, simulate
from logistics.credentials import Role
from logistics.errors import LuanChuyenError
from logistics.event_store import EventStore
from logistics.identifiers import PROVINCE, StreamKind

__all__ = ["demonstration", "simulate", "summary_table"]

_FEW_EVENTS: Final = 500

OnceUp = Callable[[str], Awaitable[None]]


def demonstration(parts: Parts, console: Console) -> OnceUp:
    """What fills an empty store once the service is up, and says what there is to try."""

    async def once_up(url: str) -> None:
        if not _is_empty(parts.store):
            console.print("The store is filled already; `luanchuyen keys issue` gives a key to it.")
            return
        key = issue_key(parts, PROVINCE, Role.PROVINCE).text
        try:
            with _quiet_logs(), shown_progress(console) as progress:
                links = await fill_demo(url, key, progress=progress)
        except LuanChuyenError as error:
            console.print(f"The store was not filled: {told(error)}", markup=False)
            return
        _print(links, url, console)

    return once_up


@contextmanager
def _quiet_logs() -> Iterator[None]:
    """Keep a line for each of a thousand requests from tearing the progress bar apart."""
    handlers = {handler: handler.level for handler in logging.getLogger().handlers}
    for handler in handlers:
        handler.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for handler, level in handlers.items():
            handler.setLevel(level)


def _is_empty(store: EventStore) -> bool:
    """Whether there is nothing but parties in the store."""
    events = store.read(0, _FEW_EVENTS)
    return len(events) < _FEW_EVENTS and all(
        event.stream.kind is StreamKind.PARTY for event in events
    )


def _print(links: DemoLinks, url: str, console: Console) -> None:
    """Lines, not tables: keys and addresses are there to be copied in one piece."""
    lines = [f"{links.summary.total} requests and pushes have filled the store. To try:", ""]
    for each in links.examples:
        lines += [
            f"  {url}/tra-cuu?code={each.lookup_code}  phone ends in {each.phone_last_digits}",
            f"    {each.code}: {each.title}",
        ]
    lines += ["", f"  {url}/docs, with `Authorization: Bearer` and one of these keys:"]
    lines += [f"    {key.key}  {key.role} {key.party}" for key in links.keys]
    for line in lines:
        console.print(line, soft_wrap=True, markup=False, highlight=False)


def summary_table(summary: Summary) -> Table:
    """What was sent and acknowledged, to print."""
    table = Table("", "what", "how many", title=f"{summary.total} in {summary.seconds:.1f} s")
    for group, name, count in summary.rows():
        table.add_row(group, name, str(count))
    return table
