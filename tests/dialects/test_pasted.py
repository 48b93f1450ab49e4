"""What people do to a log before they show it: wrap it, cut it, strip it, quote it. It says the same."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from loganalyzer.diagnosis.model import Confidence, Diagnosis, Verdict
from loganalyzer.dialects.pasted import error_codes
from tests import knowledge
from tests.dialects.mangling import (
    bold,
    by_outlook,
    flowed,
    folded,
    in_a_sentence,
    inline_code,
    quoted_again,
    without_level,
    without_prefix,
    without_stamp,
    wrapped,
)
from tests.dialects.peers import failures, read
from tests.knowledge import SAMPLES


def _log(sample: str) -> str:
    return (SAMPLES / sample / "orthanc.log").read_text(encoding="utf-8", errors="surrogateescape")


def _shown(sample: str) -> str:
    """The lines that a person would show: those that prove the failure."""
    lines = _log(sample).split("\n")
    proof = failures(read(SAMPLES / sample / "orthanc.log"))[0].evidence
    return "".join(f"{lines[e.line - 1]}\n" for e in proof if e.role == "primary")


def _is_told_by_lines(sample: str) -> bool:
    """Whether the lines that prove the failure tell it alone: which of two causes one has, others may decide."""
    found = failures(read(SAMPLES / sample / "orthanc.log"))
    alone = failures(knowledge.diagnosed_files([(sample, io.BytesIO(_shown(sample).encode()))])) if found else []
    return bool(alone) and alone[0].cause == found[0].cause


TOLD_BY_LINES = [sample for sample in sorted(p.name for p in SAMPLES.glob("*-default")) if _is_told_by_lines(sample)]
WRAPPINGS = [wrapped, folded, flowed, quoted_again, by_outlook]
#: Each form for some logs, and a part of the logs: no form is left out, nor is any level.
WRAPPED = [
    (path.parent.name, WRAPPINGS[at % len(WRAPPINGS)])
    for at, path in enumerate(sorted(p for p in SAMPLES.glob("*/orthanc.log") if p.stat().st_size < 60_000)[::3])
]


def _causes(diagnosis: Diagnosis) -> list[str]:
    return [f.cause for f in failures(diagnosis)]


def _pasted(tmp_path: Path, text: str) -> Diagnosis:
    path = tmp_path / "pasted.txt"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    return read(path)


def _associations(diagnosis: Diagnosis) -> list[tuple[object, ...]]:
    return [(a.start, a.calling_aet, a.called_aet, a.outcome, a.contexts_accepted) for a in diagnosis.associations]


@pytest.mark.parametrize(("sample", "wrapping"), WRAPPED)
def test_a_wrapped_log_says_the_same(sample: str, wrapping: Callable[[str], str], tmp_path: Path) -> None:
    mangled = wrapping(_log(sample))
    plain, found = read(SAMPLES / sample / "orthanc.log"), _pasted(tmp_path, mangled)
    assert _causes(found) == _causes(plain)
    assert _associations(found) == _associations(plain)
    lines = mangled.split("\n")
    for one in (e for finding in found.findings for e in finding.evidence if e.text[:1] in "EWI"):
        assert lines[one.line - 1].lstrip("> ").startswith(one.text[:22])


@pytest.mark.parametrize("mangle", [without_prefix, without_stamp, without_level, inline_code, bold, in_a_sentence])
@pytest.mark.parametrize("sample", TOLD_BY_LINES)
def test_lines_without_their_prefix_say_the_same(sample: str, mangle: Callable[[str], str], tmp_path: Path) -> None:
    mangled = _pasted(tmp_path, mangle(_shown(sample)))
    assert mangled.verdict is Verdict.FAILURE
    assert failures(mangled)[0].cause == failures(read(SAMPLES / sample / "orthanc.log"))[0].cause


@pytest.mark.parametrize("sample", ["remote-rejects-app-context-1.13.0-trace", "dcmqrscp-rejects-called-1.12.7-trace"])
def test_a_log_cut_up_to_its_messages_keeps_its_dumps(sample: str, tmp_path: Path) -> None:
    found = _pasted(tmp_path, without_prefix(_log(sample)))
    assert _causes(found) == _causes(read(SAMPLES / sample / "orthanc.log"))


@pytest.mark.parametrize("sample", ["failure-beside-store-1.9.1-trace", "broken-off-at-once-1.9.1-verbose"])
def test_without_times_and_threads_no_association_is_certain(sample: str, tmp_path: Path) -> None:
    """Which of several that were open at once a line is about, these tell; without them another cause may seem right."""
    found = _pasted(tmp_path, without_prefix(_log(sample)))
    told = {f.cause for f in failures(read(SAMPLES / sample / "orthanc.log"))}
    assert told & set(_causes(found))
    others = [f for f in failures(found) if f.cause not in told]
    assert all(f.confidence is not Confidence.CERTAIN for f in others)
    assert all(f.confidence is not Confidence.CERTAIN for f in failures(found) if f.associations)


@pytest.mark.parametrize("sample", TOLD_BY_LINES)
def test_what_was_pasted_has_no_level_and_no_times(sample: str, tmp_path: Path) -> None:
    (log,) = _pasted(tmp_path, without_prefix(_shown(sample))).logs
    assert log.product == "orthanc"
    assert log.level == "unknown"
    assert {run.level for run in log.runs} <= {"unknown"}
    assert log.first_time is None


def test_one_stamp_among_lines_without_does_not_tell_the_level(tmp_path: Path) -> None:
    text = without_prefix(_shown("called-aet-mismatch-1.13.0-default")) + _shown("dicom-port-in-use-1.13.0-default")
    (log,) = _pasted(tmp_path, text).logs
    assert log.first_time is not None
    assert log.level == "unknown"


def test_redactions_are_no_values(tmp_path: Path) -> None:
    text = without_prefix(_shown("called-aet-mismatch-1.13.0-default"))
    for redaction in ("XXX", "...", "<redacted>", "***"):
        hidden = re.sub(r"\(\w+\)", f"({redaction})", text)
        assert hidden != text
        found = _pasted(tmp_path, hidden)
        assert failures(found)[0].cause == "called-aet-mismatch"
        assert redaction not in [v for f in failures(found) for v in f.values.values()]


def test_an_elided_middle_is_no_obstacle(tmp_path: Path) -> None:
    line = without_prefix(_shown("dicom-port-in-use-1.13.0-default")).split("\n")[-2]
    words = line.split(" ")
    elided = " ".join([*words[:4], "...", *words[5:]])
    assert _causes(_pasted(tmp_path, f"It only says: {elided}\n")) == _causes(_pasted(tmp_path, f"{line}\n")) != []


@pytest.mark.parametrize(
    "text",
    [
        "What is the best way to store DICOM files?\n",
        "I have an error. Please help!\n",
        "Orthanc is great, thank you.\n",
        "The called AET and the calling AET are two different things, as the standard says.\n",
        "Could not connect.\n",
        "See the log: ...\n",
    ],
)
def test_sentences_are_no_findings(text: str, tmp_path: Path) -> None:
    found = _pasted(tmp_path, text)
    assert failures(found) == []
    assert found.verdict in (Verdict.CANNOT_TELL, Verdict.NOT_ORTHANC)


def test_error_codes_in_sentences_are_read() -> None:
    assert error_codes()["2007"]
    assert all(code.isdigit() for code in error_codes())


@pytest.mark.parametrize("code", ["2006", "2007"])
def test_an_error_code_stands_for_its_description(code: str, tmp_path: Path) -> None:
    by_words = _pasted(tmp_path, f"{error_codes()[code]}\n")
    by_code = _pasted(tmp_path, f"Then Orthanc stops with error code {code}.\n")
    assert _causes(by_code) == _causes(by_words) != []
