"""Every parser as a function of bytes that must hold its promises for any of them.

A target raises when a promise is broken: an exception that is no documented answer, a line number that the file does
not have, a result that depends on how the bytes were cut, a report that is not well-formed.
"""

from __future__ import annotations

import gzip
import io
import json
import lzma
import re
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET
from zlib import crc32

from loganalyzer.comparison.compare import compare
from loganalyzer.config.check import CheckedConfiguration
from loganalyzer.diagnosis.model import Diagnosis
from loganalyzer.dialects.known import DIALECTS, dialect_of
from loganalyzer.dialects.layout import layout_of
from loganalyzer.dumps.dump import dump_end, parse_associate, parse_dataset, parse_dimse, parse_reject, parse_transport
from loganalyzer.events.catalogue import EventCatalogue
from loganalyzer.patternbase import PatternError
from loganalyzer.patternbase.reading import read_files
from loganalyzer.records.header import Clock, parse_record
from loganalyzer.redact.inputs import bring
from loganalyzer.redact.keyfile import new_key
from loganalyzer.redact.workflow import RefusedError, redact_logs, restore_logs
from loganalyzer.report.html import render_html
from loganalyzer.report.json import to_json
from loganalyzer.report.markdown import render_markdown
from loganalyzer.report.text import render_text
from loganalyzer.report.timeline import render_svg, render_timeline
from loganalyzer.sources.block import Block
from loganalyzer.sources.opening import open_files
from loganalyzer.sources.options import ReadOptions
from loganalyzer.sources.wrappers import input_formats
from loganalyzer.triage.opening import open_posts
from loganalyzer.triage.render import rendered
from loganalyzer.triage.result import triage_thread
from tests.knowledge import catalogue, diagnosed_files, patterns
from tests.packing import tarred, zipped
from tests.sources.wrapping import WRAPS

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = sorted((ROOT / "sample_logs").glob("*/orthanc.log"))
DOCUMENTS = ROOT / "tests" / "sources" / "data"
PEERS = sorted((ROOT / "sample_logs").glob("*/peer*.log"))
SMALL = 30_000
#: One of so many inputs is drawn as a page, too, which takes longer than all the rest.
PAGES = 8
#: Small limits: what the fuzzer can reach is what is tested.
OPTIONS = ReadOptions(max_bytes=8 << 20, ratio_from=1 << 20, max_members=50, max_seconds=20.0, max_line=50_000)
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Target:
    """``run`` raises for a broken promise; ``seeds`` are real inputs."""

    run: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]


@cache
def logs() -> list[bytes]:
    """The beginnings of real logs of all kinds."""
    return [path.read_bytes()[:SMALL] for path in SAMPLES]


@cache
def excerpts() -> list[bytes]:
    """The pieces of real logs where something happened: what stands around their key lines."""
    found = []
    for path in SAMPLES:
        truth = json.loads(path.with_name("expected.json").read_bytes())
        lines = path.read_bytes().split(b"\n")
        for key in truth.get("key_lines", ())[:1]:
            at = int(key["line"])
            found.append(b"\n".join(lines[max(0, at - 60) : at + 30]))
    return found


# --- wrappers, encodings, archives ---


def _check_blocks(data: bytes, options: ReadOptions) -> list[bytes]:
    texts = []
    for log in open_files([("orthanc.log", io.BytesIO(data))], options):
        for block in log.blocks():
            assert block.data.endswith(b"\n")
            assert b"\0" not in block.data
            count = block.data.count(b"\n")
            if block.line_numbers is not None:
                assert len(block.line_numbers) == count
                assert block.first_line == block.line_numbers[0]
                assert min(block.line_numbers) >= 1
            assert block.first_line >= 1
            texts.append(block.data)
        assert log.state.dropped_lines >= 0
    return texts


def wrappers(data: bytes) -> None:
    whole = _check_blocks(data, OPTIONS)
    torn = _check_blocks(data, ReadOptions(**{**_as_dict(OPTIONS), "block_size": 997}))
    if b"\0" not in data and len(whole) < 2:
        assert b"".join(whole) == b"".join(torn)
    formats = input_formats()
    forced = formats[(len(data) + sum(data[:7])) % len(formats)]
    _check_blocks(data, ReadOptions(**{**_as_dict(OPTIONS), "input_format": forced}))


def _as_dict(options: ReadOptions) -> dict[str, object]:
    return {name: getattr(options, name) for name in ReadOptions.__dataclass_fields__}


def wrapped_seeds() -> list[bytes]:
    makers = list(WRAPS.values())
    return [
        makers[index % len(makers)](log.decode("utf-8", "replace").encode().split(b"\n")[:150]).data
        for index, log in enumerate(logs())
    ]


def archives(data: bytes) -> None:
    _check_blocks(data, OPTIONS)


def _stored(document: bytes) -> bytes:
    """A document of an office program whose members are not compressed, so that damage reaches what they say."""
    with zipfile.ZipFile(io.BytesIO(document)) as members:
        return zipped({name: members.read(name) for name in members.namelist()}, zipfile.ZIP_STORED)


def document_seeds() -> list[bytes]:
    names = ("unknown-modality.odt", "unknown-modality.ods", "unknown-modality.xlsx", "unknown-modality-table.xlsx")
    office = [_stored((DOCUMENTS / name).read_bytes()) for name in names]
    rtf = gzip.decompress((DOCUMENTS / "unknown-modality.rtf.gz").read_bytes())[:SMALL]
    return [*office, rtf, (DOCUMENTS / "unknown-modality-chromium.pdf").read_bytes()]


def archive_seeds() -> list[bytes]:
    some = [log[:4000] for log in excerpts()[:6]]
    members = {f"logs/Orthanc.log.20241123-10000{index}.{index}": log for index, log in enumerate(some)}
    packed = zipped(members | {"inner.gz": gzip.compress(some[0])})
    tar = tarred({f"logs/{index}.log": log for index, log in enumerate(some[:3])})
    two = gzip.compress(some[0]) + gzip.compress(some[1])
    return [packed, tar, gzip.compress(tar), two, lzma.compress(some[2]), gzip.compress(packed)]


# --- lines and dumps ---


def header(data: bytes) -> None:
    clock = Clock(2024)
    for number, raw in enumerate(data.split(b"\n"), 1):
        text = raw.decode("utf-8", "replace")
        record = parse_record(text, number, clock)
        if record is not None:
            assert record.text == text
            assert record.line == number
            assert record.message in text
            catalogue().recognise(record, list(range(0, catalogue().dataset, 97)))


def dumps(data: bytes) -> None:
    for at in [0, *(m.end() for m in re.finditer(rb"\n", data))][:50]:
        end = dump_end(data, at)
        assert end is None or at <= end <= len(data)
    for parse in (parse_associate, parse_dimse, parse_reject, parse_dataset, parse_transport):
        parse(data)


def dump_seeds() -> list[bytes]:
    found = []
    for log in logs():
        for match in re.finditer(rb"=+ (?:BEGIN|INCOMING|OUTGOING|# Dicom)", log):
            start = log.rfind(b"\n", 0, match.start()) + 1
            found.append(log[start : start + 3000])
            break
    return found


def dialects(data: bytes) -> None:
    numbers = data.count(b"\n") + 1
    for dialect in DIALECTS:
        assert 0 <= dialect.score(data) <= 1
        block = Block(data if data.endswith(b"\n") else data + b"\n")
        for event in dialect.reader(catalogue()).events([block], layout_of(data, dialect.MESSAGES)):
            assert 1 <= event.record.line <= numbers
    dialect_of(data)


def peer_seeds() -> list[bytes]:
    return [path.read_bytes()[:20_000] for path in PEERS]


# --- the whole program ---


class _Strict(HTMLParser):
    """Counts scripts: those of the page are as many for any log."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        assert tag not in ("iframe", "object", "embed", "base", "form", "img")
        assert not any(name.startswith("on") for name, _ in attrs), attrs


def check_reports(diagnosis: Diagnosis) -> None:
    document = to_json(diagnosis)
    assert document.isascii()
    assert json.loads(document)["schema_version"] == 1
    for text in (render_text(diagnosis, verbose=True), render_timeline(diagnosis)):
        assert CONTROL.search(text) is None, CONTROL.search(text)
    assert CONTROL.search(render_markdown(diagnosis)) is None
    if crc32(document.encode()) % PAGES:
        return
    page = render_html(diagnosis, charts=False)
    parser = _Strict()
    parser.feed(page)
    assert 2 <= parser.scripts <= 3, parser.scripts
    ET.fromstring(render_svg(diagnosis.associations, year=True))  # noqa: S314 - our own SVG
    compare([], [])


def diagnosed(data: bytes, **options: object) -> Diagnosis:
    chosen = ReadOptions(**{**_as_dict(OPTIONS), "digest": False, **options})
    return diagnosed_files([("Orthanc.log", io.BytesIO(data))], options=chosen)


def diagnose(data: bytes) -> None:
    found = diagnosed(data)
    lines = len(re.split(rb"\r\n|\r|\n", data)) + data.count(b"\n") + 1
    for finding in found.findings:
        assert finding.evidence, finding.code
        for proof in finding.evidence:
            assert 1 <= proof.line <= lines, (finding.code, proof)
    for association in found.associations:
        assert association.start_line is None or 1 <= association.start_line <= lines
    torn = diagnosed(data, block_size=1500)
    assert _told(found) == _told(torn)
    check_reports(found)


def _told(diagnosis: Diagnosis) -> list[object]:
    """What must not depend on how the bytes were cut."""
    return [
        diagnosis.verdict,
        [(f.code, f.count, [(e.line, e.text) for e in f.evidence]) for f in diagnosis.findings],
        [(a.start_line, a.end_line, a.outcome, a.calling_aet) for a in diagnosis.associations],
        diagnosis.unknown_messages,
    ]


def redact(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "orthanc.log"
        source.write_bytes(data)
        workspace = folder / "work"
        workspace.mkdir()
        brought = bring([str(source)], workspace)
        key = new_key(b"0" * 32)
        try:
            results = redact_logs(brought.logs, key, (), workspace, restorable=True)
        except RefusedError:
            return
        again = workspace / "again"
        again.mkdir()
        redacted = [
            type(log)(log.name, result.path, log.encoding) for log, result in zip(brought.logs, results, strict=True)
        ]
        for (_, path, exact), log in zip(restore_logs(redacted, key, again), brought.logs, strict=True):
            assert exact
            assert path.read_bytes() == log.path.read_bytes()


# --- what comes beside logs ---


def mail(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "post.eml"
        path.write_bytes(data)
        for thread in open_posts([str(path)], Path(name), []):
            for message in thread.load():
                message.body.decode("utf-8", "surrogateescape")


def triage(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "post"
        path.write_bytes(data)
        triages = [triage_thread(thread, patterns(), catalogue()) for thread in open_posts([str(path)], Path(name), [])]
    for text in (rendered(triages, form) for form in ("text", "markdown", "html")):
        assert CONTROL.search(text) is None, CONTROL.search(text)
    json.loads(rendered(triages, "json"))


def mail_seeds() -> list[bytes]:
    from tests.triage.conftest import mail as made
    from tests.triage.conftest import mbox

    found = []
    texts = [log[:3000].decode("utf-8", "replace") for log in excerpts()[::9]]
    for text in texts:
        prose = f"Hello,\n\nC-FIND fails, see below.\n\n> {text.replace(chr(10), chr(10) + '> ')}\n\nThank you\n"
        packed = gzip.compress(text.encode())
        one = made(
            prose, files=[("Orthanc.log.gz", packed, "application/gzip"), ("a.txt", text.encode(), "text/plain")]
        )
        topic = {
            "title": "Help",
            "post_stream": {"posts": [{"cooked": f"<p>Hi</p><pre><code>{text}</code></pre>", "post_number": 1}]},
        }
        found += [one, mbox(one, made("Re: " + text, answers="<1@example.org>")), json.dumps(topic).encode()]
        found.append(f"<!doctype html><body><p>My log:</p><pre>{text}</pre><img src=x.png></body>".encode())
    return found


def configuration(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "orthanc.json"
        path.write_bytes(data)
        remarks = CheckedConfiguration.read([path]).with_findings((), (), ())
    assert all(finding.title for finding in remarks)


def configuration_seeds() -> list[bytes]:
    return [path.read_bytes() for path in sorted((ROOT / "sample_logs").glob("*/orthanc.json"))[::5]]


def pattern_files(data: bytes) -> None:
    try:
        base = read_files([("a.yaml", data)], [], strict=False)
    except PatternError as wrong:
        faults = wrong.faults
        base = None
    if base is None:
        assert faults
        assert all(fault.line >= 1 for fault in faults)
        return
    made = EventCatalogue(base.events)
    for number, text in enumerate(("E1123 10:00:00.000000 a.cpp:1] " + "a" * 200, "W: x", "(0010,0010) PN [x]"), 1):
        record = parse_record(text, number, Clock(2024))
        if record is not None:
            made.recognise(record, list(range(made.dataset)))


def pattern_seeds() -> list[bytes]:
    return [path.read_bytes() for path in sorted((ROOT / "patterns").rglob("*.yaml"))]


def wrapped_and_plain() -> list[bytes]:
    return [*excerpts(), *wrapped_seeds()[::3], *(seed[:8000] for seed in peer_seeds()[::5])]


TARGETS: dict[str, Target] = {
    "wrappers": Target(wrappers, wrapped_seeds),
    "header": Target(header, excerpts),
    "dumps": Target(dumps, dump_seeds),
    "dialects": Target(dialects, peer_seeds),
    "archives": Target(archives, archive_seeds),
    "documents": Target(archives, document_seeds),
    "diagnose": Target(diagnose, wrapped_and_plain),
    "redact": Target(redact, excerpts),
    "mail": Target(mail, mail_seeds),
    "triage": Target(triage, mail_seeds),
    "configuration": Target(configuration, configuration_seeds),
    "patterns": Target(pattern_files, pattern_seeds),
}
