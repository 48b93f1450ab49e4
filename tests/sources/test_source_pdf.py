"""A log that was printed to a PDF document gives the clean log's lines, and damaged and hostile documents end."""

from __future__ import annotations

import io
import random
import tracemalloc
import zlib

import pytest
from pypdf import PdfReader, PdfWriter

from loganalyzer.sources.evidence import line_starts
from tests.packing import zipped
from tests.sources.reading_back import DATA, SAMPLES, Everything, clean_lines, read

LOG = next(path for path in SAMPLES if path.parent.name == "unknown-modality-1.13.0-trace")
LINES = clean_lines(LOG)
PRINTED = {by: (DATA / f"unknown-modality-{by}.pdf").read_bytes() for by in ("chromium", "libreoffice")}


def told(everything: Everything) -> list[str]:
    return everything.what + [what for one in everything.logs for what in one.problems]


def document(content: bytes, copies: int = 1) -> bytes:
    """A document whose pages, so many, all have this content."""
    packed = zlib.compress(content)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (copies, b"3 0 R " * copies),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed),
        b"<</Type/Font/Subtype/Type1/BaseFont/Courier>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(b"%010d 00000 n \n" % len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"xref\n0 6\n0000000000 65535 f \n" + b"".join(places)
    return out + table + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)


def shown(*lines: str) -> bytes:
    return b"BT /F 9 Tf 11 TL 20 780 Td " + b"".join(b"(%s) Tj T* " % line.encode() for line in lines) + b"ET"


@pytest.mark.parametrize("by", PRINTED)
def test_what_programs_printed_has_the_lines_of_the_log(by: str) -> None:
    """Of a line that was wrapped, the parts are one again; blanks that follow each other may be lost."""
    everything = read(PRINTED[by], "a.pdf")
    assert everything.only.log.name == "a.pdf!text"
    assert told(everything) == []
    texts = everything.only.texts
    found, expected = ([b"".join(line.split()) for line in lines if line_starts(line)] for lines in (texts, LINES))
    assert found == expected
    assert b"".join(b"".join(texts).split()) == b"".join(b"".join(LINES).split())


@pytest.mark.parametrize("by", PRINTED)
def test_words_of_printed_messages_stay_apart(by: str) -> None:
    """Also where a line was full, and has no room for the blank behind it."""
    texts = read(PRINTED[by], "a.pdf").only.texts
    found, expected = ([line.split() for line in lines if line_starts(line)] for lines in (texts, LINES))
    assert found == expected


def test_in_a_stream_it_is_the_same() -> None:
    inside = read(zipped({"printed": PRINTED["chromium"]}), "a.zip").only
    assert inside.log.name == "a.zip!printed!text"
    assert inside.lines == read(PRINTED["chromium"]).only.lines


def test_lines_of_the_log_are_no_headings() -> None:
    data = document(shown("W1123 15:50:00.253753 main.cpp:2017] Orthanc version: 1.10.1", "Site 1"), copies=5)
    assert read(data).only.texts == [b"W1123 15:50:00.253753 main.cpp:2017] Orthanc version: 1.10.1"] * 5


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_passwords(algorithm: str) -> None:
    for password, expected in (("secret", ["cannot be read: it has a password; save it without one"]), ("", [])):
        made = PdfWriter(clone_from=PdfReader(io.BytesIO(PRINTED["chromium"])))
        made.encrypt(password, "owner", algorithm=algorithm)
        out = io.BytesIO()
        made.write(out)
        everything = read(out.getvalue())
        assert told(everything) == expected
        assert len(everything.logs) == (not expected)


def test_pictures_only() -> None:
    (what,) = told(read(document(b"q 1 0 0 1 0 0 cm Q")))
    assert what.startswith("cannot be read: it has no text, pictures at most")


def test_a_document_that_is_cut_off_never_passes_for_a_whole_one() -> None:
    data = PRINTED["libreoffice"]
    for length in (10, 500, len(data) // 2, len(data) - 3000, len(data) - 20):
        (what,) = told(read(data[:length]))
        assert "damaged" in what or "cut off" in what


def test_damage_never_raises() -> None:
    chance = random.Random(7)
    for _ in range(8):
        damaged = bytearray(PRINTED["chromium"])
        for _ in range(chance.choice((4, 40, 400))):
            damaged[chance.randrange(8, len(damaged))] = chance.randrange(256)
        read(bytes(damaged))


HOSTILE = {
    "a page that expands": (document(b" " * (200 << 20)), ""),
    "many operators": (document(b"q " * 3_000_000), ""),
    "pages that are one": (document(shown(*(f"W{number:0900}" for number in range(500))), 3000), "max_bytes"),
    "no document": (b"%PDF-1.4\n" + b"1 0 obj<<" * 50_000, ""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_end_with_one_sentence(name: str) -> None:
    data, expected = HOSTILE[name]
    tracemalloc.start()
    (what,) = told(read(data, digest=False, max_bytes=4 << 20))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert expected in what
    assert peak < 300 << 20
