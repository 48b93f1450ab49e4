"""What the reader finds in real logs, however they are cut, and what it must not be fooled by."""

from __future__ import annotations

from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loganalyzer.events.reader import EventReader
from loganalyzer.records.header import Clock
from loganalyzer.sources.block import Block
from tests.knowledge import SAMPLES, catalogue

CUT = ("healthy-find-in-1.13.0-trace", "healthy-log-like-values-1.12.7-trace", "healthy-store-in-1.9.1-trace")


def _read(blocks: list[Block]) -> list[tuple[int, str, str]]:
    reader = EventReader(catalogue(), Clock(2026))
    return [(e.record.line, e.type, str(e.dump)[:80]) for e in reader.events(blocks)]


@lru_cache(maxsize=8)
def _lines(name: str) -> tuple[bytes, ...]:
    return tuple((SAMPLES / name / "orthanc.log").read_bytes().splitlines(keepends=True))


@settings(max_examples=40, deadline=None)
@given(name=st.sampled_from(CUT), data=st.data())
def test_events_do_not_depend_on_how_a_log_is_cut_into_blocks(name: str, data: st.DataObject) -> None:
    lines = _lines(name)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(lines) - 1), max_size=12)))
    blocks = [
        Block(b"".join(lines[a:b]), a + 1) for a, b in zip([0, *cuts], [*cuts, len(lines)], strict=True)
    ]  # fmt: skip
    assert _read(blocks) == _read([Block(b"".join(lines))])


@pytest.mark.parametrize("torn", [False, True])
def test_lines_of_dcmtk_between_a_record_and_its_dump(*, torn: bool) -> None:
    """DCMTK writes without waiting for Orthanc's writer: the lines of a thread stand between those of another one.

    The line feed of the last one may come later.
    """
    lines = _lines("unsupported-sop-class-out-1.12.7-trace")
    other = [line for line in lines if line.startswith(b"D: ")][:40]
    begins = [n for n, line in enumerate(lines) if line.startswith(b"====") and b" END " not in line]
    mixed = list(lines)
    for n in reversed(begins):
        mixed[n : n + 1] = [*other, lines[n]] if not torn else [*other[:-1], other[-1].rstrip(b"\n") + lines[n]]
    found = _read([Block(b"".join(lines))])
    assert len(begins) > 4
    assert [rest for _, *rest in _read([Block(b"".join(mixed))])] == [rest for _, *rest in found]


def test_lines_of_dcmtk_inside_of_a_record() -> None:
    """The same between the header of a record and its text, which then stands in a line of its own."""
    lines = _lines("unsupported-sop-class-out-1.13.0-trace")
    other = [line for line in lines if line.startswith(b"D: ")][:40]
    mixed = list(lines)
    for n, line in enumerate(lines):
        head, announces, text = line.partition(b"Request Parameters:\n")
        if announces:
            mixed[n] = b"".join([head, *other, announces, text])
    assert b"".join(mixed) != b"".join(lines)
    found = _read([Block(b"".join(lines))])
    assert [rest for _, *rest in _read([Block(b"".join(mixed))])] == [rest for _, *rest in found]


def test_line_numbers_of_a_wrapper_are_used() -> None:
    lines = _lines(CUT[0])
    doubled = Block(b"".join(lines), 1, [2 * n for n in range(1, len(lines) + 1)])
    assert [(2 * line, kind, dump) for line, kind, dump in _read([Block(b"".join(lines))])] == _read([doubled])


@pytest.mark.parametrize("name", ["healthy-log-like-values-1.12.7-trace"])
def test_a_value_that_looks_like_a_line_of_orthanc_is_no_event(name: str) -> None:
    text = (SAMPLES / name / "orthanc.log").read_text(errors="replace")
    assert "FORGED" in text
    forged = {n for n, line in enumerate(text.splitlines(), 1) if "FORGED" in line}
    assert not forged & {line for line, _, _ in _read([Block(text.encode())])}


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_are_read(raw: bytes) -> None:
    _read([Block(raw.replace(b"\r", b"") + b"\n")])
