"""Whatever is sent, the service answers as its own document says, and never with a fault of ours."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from deploy.parts import CARRIERS
from deploy.web import ENDPOINTS
from logistics.web.openapi import About, openapi_document
from tests.support.database import TestServer
from tests.support.processes import command, serving
from webhooks.receiving import hook_paths

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
DOCUMENT = openapi_document(ENDPOINTS, About(version="test"), hook_paths(CARRIERS))
OPERATIONS = {
    operation.label: operation
    for operation in (
        each.ok()  # type: ignore[union-attr]  # The document is ours; if it is wrong, this is loud.
        for each in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations()
    )
}


@pytest.fixture(scope="module")
def service_url(postgres: TestServer) -> Iterator[tuple[str, str]]:
    """A running service with something in it, and a key of the province."""
    with postgres.database() as database_url, serving(database_url) as running:
        key = command(database_url, "keys", "issue", "--party", "province", "--role", "province")
        command(
            database_url, "simulate", "--dossiers", "3", "--days", "5",
            "--url", running.url, "--key", key,
        )  # fmt: skip
        yield running.url, key


@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_every_operation_answers_as_documented(label: str, service_url: tuple[str, str]) -> None:
    url, key = service_url

    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=OPERATIONS[label].as_strategy())
    def check(case: schemathesis.Case[Any]) -> None:
        # A position that is nowhere in the log is promised a 504, after five seconds.
        case.query.pop("at_least", None)
        headers = {"Authorization": f"Bearer {key}"}
        case.call_and_validate(base_url=url, headers=headers, checks=CHECKS)

    check()
