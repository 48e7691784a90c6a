"""Logs: lines for people on a terminal, JSON for machines, personal data for nobody.

What may be logged is a list, not what may not: a key that nobody thought of is masked until someone
adds it here, so a forgotten field costs a look-up and not a leak. For the same reason lines of
libraries lose their arguments, and exceptions their messages: either may quote what a person typed.
"""

import logging
import logging.config
import sys
import traceback
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Literal
from uuid import UUID

import orjson
import psycopg
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "***"

ALLOWED_KEYS = frozenset(
    {
        # The line itself.
        "event", "level", "timestamp", "logger", "exception",
        # What was asked, and how it went.
        "method", "route", "status", "code", "duration_ms", "correlation_id", "reason_code",
        "error_type", "retry_after_seconds", "attempt", "version",
        # Who, as codes: parties are offices, and a credential's number opens nothing.
        "party", "role", "actor", "credential_id", "carrier", "operator", "authentication",
        # What it was about, as codes and numbers we or our partners gave.
        "dossier", "paper_id", "handover_id", "waybill", "stream", "receipt_id", "quarantine_id",
        "ref", "subscription", "view", "views", "source", "position", "after", "up_to", "lag",
        # How much.
        "count", "receipts", "events", "conflicts", "repeats", "quarantined", "parked", "refused", "failed",
        "batch_size", "bytes", "remaining", "rows", "per_second",
        # The process.
        "host", "port", "setting", "worker", "signal", "timeout_seconds", "revision", "pid",
        "data_dir",
    }
)  # fmt: skip  # In groups, as they are thought of.

# Whose messages name addresses and files, and never a row or a body.
_SPEAKING = (OSError, psycopg.OperationalError)


def configure_logging(log_format: Literal["auto", "console", "json"], log_level: str) -> None:
    """Send the lines of structlog and of every library the same way, to standard error."""
    console = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(log_level),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(_handlers(console, shared, log_level.upper()))


def only_first_line(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Cut a library's line to its first: asyncio puts what a task was busy with on the others."""
    return {**line, "event": str(line["event"]).partition("\n")[0]}


def without_messages(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Tell an exception by its types and places, and leave out what it says."""
    exc_info = line.pop("exc_info", None)
    line.pop("stack_info", None)
    error = exc_info if isinstance(exc_info, BaseException) else None
    if error is None and exc_info:
        error = exc_info[1] if isinstance(exc_info, tuple) else sys.exception()
    if error is not None:
        line["exception"] = "\n".join(_told(error))
    return line


def masked(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Mask what is not known to be harmless: unlisted keys, and values with an inside."""
    return {key: _harmless(value) if key in ALLOWED_KEYS else MASK for key, value in line.items()}


def _harmless(value: object) -> object:
    match value:
        case None | bool() | int() | float() | str() | date():
            return value
        case UUID() | Path():
            return str(value)
        case list() | tuple() | set() | frozenset():
            return [_harmless(part) for part in value]
        case _:
            return MASK


def _told(error: BaseException | None) -> Iterator[str]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        state = getattr(error, "sqlstate", None)
        said = f" {error}" if isinstance(error, _SPEAKING) else ""
        yield f"{type(error).__qualname__}{f' {state}' if isinstance(state, str) else ''}{said}"
        yield from _places(error.__traceback__)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _places(trace: TracebackType | None) -> list[str]:
    return [
        f"  {Path(frame.filename).parent.name}/{Path(frame.filename).name}:{frame.lineno}"
        f" {frame.name}"
        for frame in traceback.extract_tb(trace)
    ]


def _handlers(console: bool, shared: list[Processor], level: str) -> dict[str, Any]:
    """Describe the standard library's side: one handler, and libraries heard from warnings up."""
    render = _for_people if console else _for_machines
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            without_messages,
            masked,
            render(),
        ],
        "foreign_pre_chain": [*shared, only_first_line],
        "use_get_message": False,  # The template, without the arguments.
    }
    handler = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "line"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "handlers": {"line": handler},
        "root": {"handlers": ["line"], "level": "WARNING"},
        "loggers": {
            **{ours: {"level": level} for ours in _OURS},
            # It writes paths and queries, which hold lookup codes and carriers' secrets.
            "aiohttp.access": {"level": "CRITICAL", "propagate": False},
        },
    }


_OURS = ("logistics", "projections", "partners", "webhooks", "deploy")


def _for_people() -> Processor:
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())


def _for_machines() -> Processor:
    def render(_logger: WrappedLogger, _method: str, line: Mapping[str, Any]) -> str:
        return orjson.dumps(line, default=str).decode()

    return render
