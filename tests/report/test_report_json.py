from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loganalyzer.diagnosis.model import Diagnosis, Evidence, Verdict
from loganalyzer.report.json import to_json, write_json
from loganalyzer.report.schema import schema, schema_text

SCHEMA_FILE = Path(__file__).parents[2] / "docs" / "diagnosis.schema.json"


def _empty(headline: str = "") -> Diagnosis:
    return Diagnosis(Verdict.CANNOT_TELL, headline, False, (), (), (), (), (), (), ())


def test_the_published_schema_is_current() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()


def test_the_document_follows_the_schema(diagnosis: Diagnosis) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(json.loads(to_json(diagnosis)), schema(), cls=jsonschema.Draft202012Validator)


def test_the_schema_refuses_what_is_missing(one_diagnosis: Diagnosis) -> None:
    document = json.loads(to_json(one_diagnosis))
    del document["findings"][0]["cause"]
    with pytest.raises(jsonschema.ValidationError, match="'cause' is a required property"):
        jsonschema.validate(document, schema())


def test_the_contract(one_diagnosis: Diagnosis) -> None:
    document = json.loads(to_json(one_diagnosis))
    assert document["schema_version"] == 1
    assert document["verdict"] == "failure"
    association = document["associations"][0]
    assert association["direction"] == "incoming"
    assert association["start"] == "2026-11-23T16:02:06.943311"
    assert association["reject"] is None
    assert association["contexts"][0]["result"] == "abstract-syntax-not-supported"
    assert document["findings"][0]["severity"] == "error"


def test_suboperations_are_an_object(diagnosis: Diagnosis) -> None:
    document = json.loads(to_json(diagnosis))
    for association, written in zip(diagnosis.associations, document["associations"], strict=True):
        for operation, one in zip(association.operations, written["operations"], strict=True):
            assert one["suboperations"] == dict(operation.suboperations)


def test_lists_are_written_member_by_member(one_diagnosis: Diagnosis) -> None:
    chunks: list[str] = []

    class Stream:
        def write(self, text: str, /) -> None:
            chunks.append(text)

    many = replace(one_diagnosis, associations=one_diagnosis.associations * 500)
    write_json(many, Stream())
    assert max(map(len, chunks)) < len(to_json(one_diagnosis))


@given(
    st.text(alphabet=st.characters(), max_size=60) | st.text(alphabet="\ud800\udc00\udfff\x00\x1b\u202e😀", max_size=8)
)
def test_any_text_becomes_safe_ascii(text: str) -> None:
    written = to_json(_empty(text))
    assert written.isascii()
    assert "\x1b" not in written
    read = json.loads(written)["headline"]
    read.encode("utf-8")
    assert len(read) == len(text)
    assert all(a == b for a, b in zip(read, text, strict=True) if not 0xD800 <= ord(b) <= 0xDFFF)


def test_text_that_looks_like_an_escape_is_kept() -> None:
    evidence = Evidence(0, 1, "primary", "\\ud800 \udce9 \\\ud800")
    finding_free = replace(_empty(), headline=evidence.text)
    assert json.loads(to_json(finding_free))["headline"] == "\\ud800 \ufffd \\\ufffd"
