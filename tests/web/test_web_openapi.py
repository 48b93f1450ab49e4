"""The OpenAPI description is true: schemathesis asks a running server whatever it allows, and things that it does not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection

from tests.web.conftest import LOG, started_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.conftest import Server

HEADERS = {"Authorization": "Bearer open sesame"}
OPERATIONS = [
    ("/api/v1/diagnoses", "POST"),
    ("/api/v1/diagnoses/{id}", "GET"),
    ("/api/v1/diagnoses/{id}", "DELETE"),
    ("/api/v1/diagnoses/{id}/events", "GET"),
    ("/api/v1/diagnoses/{id}/redacted", "GET"),
    ("/api/v1/diagnoses/{id}/reply", "GET"),
    ("/healthz", "GET"),
]
EXAMPLES = settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def protected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("openapi")
    server = started_server(
        folder / "data", folder / "errors", "--token", "open sesame", "--rate", "60000", "--queue", "10000"
    )
    yield server
    assert server.stop() == 0


@pytest.fixture(scope="module")
def description(protected: Server) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"{protected.url}/api/v1/openapi.json", headers=HEADERS)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_what_is_described_is_true(
    description: schemathesis.BaseSchema, path: str, method: str, mode: GenerationMode
) -> None:
    operation = description[path][method]
    if mode is GenerationMode.NEGATIVE and path == "/healthz":
        return  # there is nothing in it that could be wrong

    @EXAMPLES
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        # A form knows no types: a file that is “null” is one of four letters, which nobody can tell from a log.
        form = case.media_type == "multipart/form-data"
        left_out = [negative_data_rejection] if form and mode is GenerationMode.NEGATIVE else []
        case.call_and_validate(headers=HEADERS, timeout=60, excluded_checks=left_out)

    ask()


def test_nothing_is_left_out(description: schemathesis.BaseSchema) -> None:
    described = [(one.ok().path, one.ok().method.upper()) for one in description.get_all_operations()]
    assert sorted(described) == sorted(OPERATIONS)


def test_a_finished_diagnosis_is_as_described(protected: Server, description: schemathesis.BaseSchema) -> None:
    """Made-up identifiers only ever meet 404, so that the answers about a real one are checked here."""
    with httpx.Client(base_url=protected.url, headers=HEADERS, timeout=60) as client:
        identifier = client.post("/api/v1/diagnoses", content=LOG.read_bytes()).json()["id"]
        address = f"/api/v1/diagnoses/{identifier}"
        while client.get(address).json()["status"] != "done":
            time.sleep(0.1)
        for path, method in (
            ("/api/v1/diagnoses/{id}", "GET"), ("/api/v1/diagnoses/{id}/events", "GET"),
            ("/api/v1/diagnoses/{id}/redacted", "GET"), ("/api/v1/diagnoses/{id}/reply", "GET"),
            ("/api/v1/diagnoses/{id}", "DELETE"),
        ):  # fmt: skip
            case = description[path][method].Case(path_parameters={"id": identifier})
            case.call_and_validate(headers=HEADERS, timeout=60)
