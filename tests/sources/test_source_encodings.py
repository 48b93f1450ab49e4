"""Every encoding and line end gives the same lines."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loganalyzer.sources.encodings import encoding_of
from tests.sources.reading_back import ECHO, ODD_AETS, clean_lines, read

LINES = clean_lines(ODD_AETS)
TEXT = b"\n".join(LINES).decode() + "\n"
BOMS = {
    "utf-8-sig": b"",
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("name", ["utf-8", *BOMS])
def test_with_mark(name: str, end: str) -> None:
    found = read(BOMS.get(name, b"") + TEXT.replace("\n", end).encode(name), block_size=1001).only
    assert found.lines == list(enumerate(LINES, 1))
    assert found.log.encoding == name
    assert found.problems == []


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_mark(name: str) -> None:
    found = read(TEXT.encode(name)).only
    assert found.lines == list(enumerate(LINES, 1))
    assert found.log.encoding == name


def test_bytes_that_are_no_utf_8_are_kept() -> None:
    data = ODD_AETS.read_bytes()
    found = read(data).only
    assert found.texts == data.split(b"\n")[:-1]
    assert found.log.encoding == "latin-1"
    assert read(ECHO.read_bytes()).only.log.encoding == "utf-8"


def test_powershell_appending_to_an_ascii_file() -> None:
    """Windows PowerShell's ``>>`` writes UTF-16 behind what was ASCII."""
    lines = clean_lines(ECHO)
    data = (
        b"\n".join(lines[:200])
        + b"\n"
        + ("\r\n".join(line.decode() for line in lines[200:]) + "\r\n").encode("utf-16-le")
    )
    found = read(data).only
    assert found.texts == lines
    assert "NUL bytes were left out" in found.problems[0]


def test_a_sample_cut_inside_a_character() -> None:
    data = ("é" * 300 + "\n").encode()
    assert encoding_of(data[:101]).name == "utf-8"


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=200),
    st.integers(1, 7),
)
def test_transcoding_in_chunks(text: str, size: int) -> None:
    for name, mark in BOMS.items():
        if not mark:
            continue
        data = mark + text.encode(name)
        decode = encoding_of(data).decoder()
        assert decode is not None
        chunks = [data[start : start + size] for start in range(0, len(data), size)]
        out = b"".join(decode(chunk, False) for chunk in chunks) + decode(b"", True)
        assert out.decode() == text.removeprefix("\ufeff") or encoding_of(data).name != name
