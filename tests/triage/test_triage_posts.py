"""Every kind of post leads to the diagnosis of the log in it."""

from __future__ import annotations

import gzip
import html
import json
from typing import TYPE_CHECKING

import pytest

from loganalyzer.diagnosis.model import Verdict
from loganalyzer.sources.markup import text_of_html
from loganalyzer.triage.formats import PostFormat, format_of
from tests.knowledge import SAMPLES
from tests.packing import zipped
from tests.triage.conftest import CONFIGURATION, PORT_IN_USE, REFUSED, mail, mbox

if TYPE_CHECKING:
    from tests.triage.conftest import Answer

PROSE = "Hello,\n\nthe query from our workstation fails, what is wrong?\n\n"
FENCED = f"{PROSE}```\n{REFUSED}```\nThank you\n"


def page(text: str) -> str:
    return (
        "<!DOCTYPE html><html><head><title>x</title><script>var a = 'W1123';</script></head><body>"
        f"<p>It fails</p><pre>{html.escape(text)}</pre><script>alert(1)</script></body></html>"
    )


def topic(**post: str) -> str:
    posts = [{"id": 1, "post_number": 1, "topic_id": 7, **post}]
    return json.dumps({"id": 7, "title": "Query fails", "post_stream": {"posts": posts}})


POSTS: dict[str, tuple[bytes | str, str]] = {
    "text": (FENCED, "post.txt"),
    "log": (REFUSED, "orthanc.log"),
    "quoted": ("\n".join(f"> {line}" for line in FENCED.split("\n")), "post.txt"),
    "mail": (mail(FENCED), "post.eml"),
    "zip": (mail(PROSE, files=[("logs.zip", zipped({"Orthanc.log": REFUSED}), "application/zip")]), "post.eml"),
    "gzip": (mail(PROSE, files=[("o.gz", gzip.compress(REFUSED.encode()), "application/gzip")]), "post.eml"),
    "html": (page(REFUSED), "post.html"),
    "topic, raw": (topic(raw=FENCED), "7.json"),
    "topic, cooked": (topic(cooked=page(REFUSED)), "7.json"),
    "archive": (zipped({"Orthanc.log": REFUSED}), "logs.zip"),
    "mbox": (mbox(mail(FENCED)), "list.mbox"),
}


@pytest.mark.parametrize("kind", POSTS)
def test_the_cause_is_found(triage: Answer, kind: str) -> None:
    (found,) = triage(*POSTS[kind])
    assert found.diagnosis.verdict is Verdict.FAILURE
    assert found.diagnosis.findings[0].cause == "calling-aet-unknown"
    assert "DicomModalities" in found.reply


@pytest.mark.parametrize("kind", ["text", "log", "mail"])
def test_lines_are_those_of_the_file(triage: Answer, kind: str) -> None:
    data, name = POSTS[kind]
    (found,) = triage(data, name)
    evidence = found.diagnosis.findings[0].evidence[0]
    lines = (data.encode() if isinstance(data, str) else data).split(b"\n")
    assert evidence.text.encode() in lines[evidence.line - 1]


def test_a_conversation_is_one_diagnosis(triage: Answer) -> None:
    quoted = "".join(f"> {line}\n" for line in FENCED.split("\n"))
    found = triage(
        mbox(
            mail(FENCED),
            mail(PORT_IN_USE, subject="Does not start", own="<2@example.org>"),
            mail(
                f"{quoted}\nPlease send the configuration.\n",
                subject="Re: Query fails",
                own="<3@example.org>",
                answers="<1@example.org>",
            ),
        ),
        "list.mbox",
    )
    assert [(t.subject, t.messages) for t in found] == [("Query fails", 2), ("Does not start", 1)]
    assert [t.diagnosis.findings[0].cause for t in found] == ["calling-aet-unknown", "dicom-port-in-use"]
    assert found[0].diagnosis.findings[0].count == triage(FENCED)[0].diagnosis.findings[0].count


def test_pictures_and_configurations_are_named(triage: Answer) -> None:
    files = [("screen.png", b"\x89PNG\r\n\x1a\n", "image/png"), ("orthanc.json", CONFIGURATION, "application/json")]
    (found,) = triage(mail(FENCED, files=files), "post.eml")
    assert [p.where.rpartition(": ")[2] for p in found.diagnosis.problems] == ["screen.png"]
    assert found.diagnosis.complete
    assert "orthanc.json" in {f.value for f in found.facts if f.name == "configuration"}
    assert "screen.png" in found.reply


def test_a_page_is_what_a_reader_sees() -> None:
    text, pictures = text_of_html(
        "<style>a</style><p>one<br>two</p><script>three<p></script><img alt='shot'><pre>a\n  b</pre>"
    )
    assert text == "one\ntwo\na\n  b\n"
    assert pictures == ("shot",)


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("a", b"From: a@example.org\nSubject: x\n\nbody", PostFormat.MAIL),
        ("a", b"Subject: x\n\nbody", PostFormat.TEXT),
        ("a.eml", b"Subject: x\n\nbody", PostFormat.MAIL),
        ("a", b"From a@example.org Mon Nov  2 10:00:00 2026\nSubject: x\n\n", PostFormat.MBOX),
        ("a", b"From my side nothing works\n", PostFormat.TEXT),
        ("a.json", b'{"raw": "x"}', PostFormat.DISCOURSE),
        ("a.json", b'{"HttpStatus": 400}', PostFormat.TEXT),
        ("a", b"PK\x03\x04", PostFormat.FILE),
        ("a", b"", PostFormat.TEXT),
    ],
)
def test_the_format_is_told_by_the_beginning(name: str, head: bytes, expected: PostFormat) -> None:
    assert format_of(name, head) is expected


def test_equal_subjects_are_one_conversation_only_for_answers(triage: Answer) -> None:
    found = triage(
        mbox(
            mail(REFUSED, subject="[users] Help", own="<1@x>"),
            mail(PORT_IN_USE, subject="[users] Help", own="<2@x>"),
            mail("The port is free now.", subject="Re: [users] Help", own="<3@x>"),
        ),
        "list.mbox",
    )
    assert [t.messages for t in found] == [1, 2]


@pytest.mark.parametrize(
    "name",
    [
        "move-out-destination-unknown-1.10.1-trace",
        "move-destination-rejects-1.13.0-trace",
        "unsupported-sop-class-in-1.12.7-trace",
        "remote-rejects-app-context-1.13.0-trace",
    ],
)
def test_a_blank_line_behind_every_line_hides_no_failure(triage: Answer, name: str) -> None:
    log = (SAMPLES / name / "orthanc.log").read_text(encoding="utf-8")
    single, double = (triage(f"It fails:\n\n{text}\n")[0].diagnosis for text in (log, log.replace("\n", "\n\n")))
    assert double.verdict == single.verdict == "failure"
    assert double.findings[0].cause == single.findings[0].cause


@pytest.mark.parametrize(("depth", "said"), [(25, "more than 20 deep"), (2000, "broken MIME structure")])
def test_parts_within_parts_are_not_passed_over(triage: Answer, depth: int, said: str) -> None:
    parts = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(depth))
    (thread,) = triage(f"From: jane@example.org\nSubject: deep\n{parts}Content-Type: text/plain\n\n{REFUSED}")
    assert any(said in problem.what for problem in thread.diagnosis.problems)
    assert not thread.diagnosis.complete
