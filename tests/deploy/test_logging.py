"""The log says what happened, and says nothing about a person."""

import subprocess
import sys
import textwrap

import orjson

# A name that is one of the service's own, so that its lines count as the service's.
PREAMBLE = """
import logging, structlog
from deploy.logging import configure_logging
configure_logging({log_format!r}, "info")
log = structlog.get_logger("deploy.tested")
"""


def logged(program: str, log_format: str = "json") -> str:
    """Run a program in a process of its own, since logging is set up once a process."""
    text = PREAMBLE.format(log_format=log_format) + textwrap.dedent(program)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, check=True)
    assert done.stdout == b""
    return done.stderr.decode()


def line(program: str) -> dict[str, object]:
    (only,) = logged(program).splitlines()
    decoded = orjson.loads(only)
    assert isinstance(decoded, dict)
    return decoded


def test_a_line_is_json_with_its_event_and_ids() -> None:
    said = line("log.info('request', route='/v1/dossiers/{code}', status=200, party='desk-1')")
    assert said.pop("timestamp")
    assert said == {
        "event": "request",
        "level": "info",
        "logger": "deploy.tested",
        "route": "/v1/dossiers/{code}",
        "status": 200,
        "party": "desk-1",
    }


def test_keys_that_are_not_listed_are_masked() -> None:
    personal = [
        "name", "phone", "id_number", "address", "by", "note", "reason", "recipient", "applicant",
        "authorization", "secret", "token", "key", "password", "body", "lookup_code", "url", "path",
        "query", "headers", "a_key_nobody_thought_of",
    ]  # fmt: skip
    said = line(f"log.info('request', **dict.fromkeys({personal}, 'Nguyen Van A 0912345678'))")
    assert {key: said[key] for key in personal} == dict.fromkeys(personal, "***")


def test_a_listed_key_does_not_let_through_what_is_nested_in_it() -> None:
    said = line("log.info('request', source={'phone': '0912345678'}, views=['feed', {'by': 'A'}])")
    assert said["source"] == "***"
    assert said["views"] == ["feed", "***"]


def test_context_bound_to_a_request_is_masked_too() -> None:
    said = line("""
        structlog.contextvars.bind_contextvars(correlation_id="c-1", phone="0912345678")
        log.info("request")
    """)
    assert said["correlation_id"] == "c-1"
    assert said["phone"] == "***"


def test_an_exception_is_told_by_type_and_place_and_not_by_its_message() -> None:
    said = line("""
        def refuse():
            raise ValueError("phone 0912345678")
        try:
            try:
                refuse()
            except ValueError as error:
                raise RuntimeError("Nguyen Van A") from error
        except RuntimeError:
            log.exception("failed", code="x")
    """)
    told = str(said["exception"])
    assert "RuntimeError" in told
    assert "ValueError" in told
    assert " refuse" in told
    assert "0912345678" not in str(said)
    assert "Nguyen" not in str(said)


def test_a_failure_to_reach_something_says_what_could_not_be_reached() -> None:
    said = line("""
        try:
            open("/nowhere/at-all")
        except OSError:
            log.exception("failed")
    """)
    assert "/nowhere/at-all" in str(said["exception"])


def test_a_line_of_a_library_loses_its_arguments() -> None:
    said = line("logging.getLogger('library').warning('Odd value %s', '0912345678')")
    assert said["event"] == "Odd value %s"
    assert "0912345678" not in str(said)


def test_a_line_of_a_library_is_cut_to_its_first() -> None:
    said = line("logging.getLogger('asyncio').error('Task exception\\nfuture: 0912345678')")
    assert said["event"] == "Task exception"


def test_chatter_of_libraries_and_access_logs_are_not_written() -> None:
    assert not logged("""
        logging.getLogger("library").info("chatter")
        logging.getLogger("aiohttp.access").error("GET /v1/tracking/CODE?phone=5678")
        log.debug("detail")
    """)


def test_lines_for_people_are_masked_too() -> None:
    said = logged(
        """
        try:
            raise ValueError("Nguyen Van A")
        except ValueError:
            log.exception("request", status=500, phone="0912345678")
        """,
        log_format="console",
    )
    assert "request" in said
    assert "500" in said
    assert "ValueError" in said
    assert "0912345678" not in said
    assert "Nguyen" not in said


def test_without_a_terminal_the_lines_are_for_machines() -> None:
    assert orjson.loads(logged("log.info('started')", log_format="auto"))["event"] == "started"
