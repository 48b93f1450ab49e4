"""A log inside of a formatted document (RTF) comes out as it was, whichever program wrote it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sources.reading_back import DATA, ODD_AETS, SAMPLES, clean_lines, read

LOG = next(path for path in SAMPLES if path.parent.name == "unknown-modality-1.13.0-trace")
LINES = clean_lines(LOG)


def escaped(line: bytes) -> str:
    """A line as Windows' editors write it: other characters as a code with one that stands for it."""
    text = line.decode().replace("\\", "\\\\").replace("{", "\\{").replace("}", "\\}").replace("\t", "\\tab ")
    return "".join(letter if letter.isascii() else f"\\u{ord(letter)}?" for letter in text)


def by_wordpad(lines: list[bytes]) -> bytes:
    """The form that WordPad's control writes (Riched20)."""
    head = (
        "{\\rtf1\\ansi\\ansicpg1252\\deff0\\nouicompat\\deflang1033{\\fonttbl{\\f0\\fnil\\fcharset0 Calibri;}}\r\n"
        "{\\*\\generator Riched20 10.0.19041}\\viewkind4\\uc1 \r\n\\pard\\sa200\\sl276\\slmult1\\f0\\fs22\\lang9 "
    )
    return (head + "".join(f"{escaped(line)}\\par\r\n" for line in lines) + "}\r\n\0").encode()


def by_textedit(lines: list[bytes]) -> bytes:
    """The form that macOS' editor writes (Cocoa): a line ends with a backslash."""
    head = (
        "{\\rtf1\\ansi\\ansicpg1252\\cocoartf2639\n\\cocoatextscaling0{\\fonttbl\\f0\\fswiss\\fcharset0 Helvetica;}\n"
        "{\\colortbl;\\red255\\green255\\blue255;}\n{\\*\\expandedcolortbl;;}\n\\pard\\tx720\\pardirnatural\\f0\\fs24 \\cf0 "
    )
    return (head + "".join(f"{escaped(line)}\\\n" for line in lines) + "}").encode()


def by_word(lines: list[bytes]) -> bytes:
    """Runs of each line in groups, with revisions, a header and a picture between them, as Word's documents have."""
    head = (
        "{\\rtf1\\adeflang1025\\ansi\\ansicpg1252\\uc1{\\fonttbl{\\f0\\fcharset0 Times New Roman;}}{\\stylesheet{\\s1 x;}}"
        "{\\info{\\title W1123}{\\author DOE}}{\\header \\pard a header\\par}{\\*\\themedata 504b}"
        "{\\*\\shppict{\\pict\\pngblip\\bin5 \\}{{}}}{\\deleted gone\\par }"
    )
    runs = ("{\\rtlch\\fcs1 \\ltrch\\insrsid1 " + escaped(line) + "\\par }" for line in lines)
    return (head + "".join(runs) + "}").encode()


@pytest.mark.parametrize("write", [by_wordpad, by_textedit, by_word])
@pytest.mark.parametrize("path", [LOG, ODD_AETS])
def test_each_program_s_form(write: Callable[[list[bytes]], bytes], path: Path) -> None:
    lines = clean_lines(path)
    everything = read(write(lines), "a.rtf")
    assert everything.only.lines == list(enumerate(lines, 1))
    assert everything.only.log.name == "a.rtf!text"
    assert everything.problems == everything.only.problems == []


def test_what_libreoffice_wrote_has_the_lines_of_the_log() -> None:
    assert read((DATA / "unknown-modality.rtf.gz").read_bytes()).only.lines == list(enumerate(LINES, 1))


def test_characters() -> None:
    body = (
        "{\\fonttbl{\\f0\\fcharset0 A;}{\\f1\\fcharset204 B;}{\\f2\\fcharset128 C;}}W1123 \\'e9 {\\f1 \\'e9}\\f2 \\'8a\\'bf\\f0"
        " \\u8364?\\uc2\\u8364 ab\\uc0\\u8364\\u-10179\\u-8704 \\~\\_\\-\\emdash\\{\\}\\\\{\\*\\unknown x}\\par"
    )
    data = ("{\\rtf1\\ansi " + body + "}behind").encode()
    assert read(data).only.texts == ["W1123 é й漢€€€\U0001f600 -—{}\\".encode()]


def test_rows_of_a_table_are_lines() -> None:
    rows = "".join(f"\\trowd 14:00\\cell info\\cell {escaped(line)}\\cell\\row\n" for line in LINES)
    assert read(f"{{\\rtf1 {rows}}}".encode()).only.texts == LINES


HOSTILE = {
    "groups": b"{" * 1_000_000,
    "fields": b"{\\field{\\*\\fldinst{" * 100_000,
    "fonts": b"{\\fonttbl " + b"\\f1" * 200_000,
    "octets": b"\\'e9" * 200_000,
    "binary": b"\\bin999999999 " + b"{" * 200_000,
    "backslashes": b"\\" * 200_001,
    "words": b"\\" + b"a" * 1_000_000,
    "numbers": b"\\u" + b"9" * 1_000_000,
    "cells": b"\\cell " * 200_000,
    "codes": b"\\u55357?" * 50_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_end_with_one_sentence(name: str) -> None:
    started = time.process_time()
    everything = read(b"{\\rtf1 W1123 " + HOSTILE[name], "a.rtf")
    told = everything.what + [what for one in everything.logs for what in one.problems]
    assert len([what for what in told if "max_line" not in what]) == 1
    assert "ends too early" in told[-1] or "inside each other" in told[-1]
    assert time.process_time() - started < 20


def test_a_document_that_is_cut_off_never_passes_for_a_whole_one() -> None:
    data = by_word(LINES)
    for length in range(100, len(data), len(data) // 50):
        everything = read(data[:length])
        assert "ends too early" in (everything.what + [what for one in everything.logs for what in one.problems])[-1]
