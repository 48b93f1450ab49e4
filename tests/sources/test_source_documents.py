"""A log inside of a mail, a web page or an office document gives the clean log's diagnosis; other documents are named."""

from __future__ import annotations

import gzip
import html
import io
from collections.abc import Callable
from email.message import EmailMessage

import pytest

from loganalyzer.sources.options import ReadOptions
from loganalyzer.triage.files import posted_file
from loganalyzer.triage.message import FileKind
from tests import knowledge
from tests.packing import zipped
from tests.sources.reading_back import DATA, SAMPLES, clean_lines, data_of, read

LOG = next(path for path in SAMPLES if path.parent.name == "unknown-modality-1.13.0-trace")
YEAR = ReadOptions(year=2024)
TEXT = data_of(clean_lines(LOG)).decode()
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def mail() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "jane@example.org", "list@example.org", "C-STORE fails"
    made["Date"] = "Sat, 23 Nov 2024 14:00:00 +0100"
    return made


def with_text(coding: str) -> bytes:
    made = mail()
    made.set_content("Hello, this is the log:\n\n" + TEXT, cte=coding)
    return made.as_bytes()


def with_page_beside() -> bytes:
    """As most programs send it: the text, and the same as a page."""
    made = mail()
    made.set_content(TEXT, cte="quoted-printable")
    made.add_alternative(page().decode(), subtype="html")
    return made.as_bytes()


def attached() -> bytes:
    made = mail()
    made.set_content("See the file.\n")
    made.add_attachment(zipped({"orthanc.log": TEXT.encode()}), "application", "zip", filename="logs.zip")
    return made.as_bytes()


def page() -> bytes:
    shown = html.escape(TEXT)
    return f"<!DOCTYPE html>\n<html><script>if (1<2) a();</script><p>See:</p><pre>{shown}</pre></html>\n".encode()


def page_of_lines() -> bytes:
    rows = "<br>".join(html.escape(line).replace(" ", "&nbsp;") for line in TEXT.split("\n"))
    return f"<html><head><title>Topic</title></head><body><div>{rows}</div></body></html>".encode()


def saved_page() -> bytes:
    made = mail()
    made.set_content(page().decode(), subtype="html", cte="quoted-printable")
    return made.as_bytes()


def document() -> bytes:
    runs = (f'<w:p><w:r><w:t xml:space="preserve">{html.escape(line)}</w:t></w:r></w:p>' for line in TEXT.split("\n"))
    xml = f'<?xml version="1.0"?><w:document xmlns:w="{WORD}"><w:body>{"".join(runs)}</w:body></w:document>'
    return zipped({"[Content_Types].xml": b"<Types/>", "word/styles.xml": b"<a/>", "word/document.xml": xml.encode()})


FORMS: dict[str, Callable[[], bytes]] = {
    "quoted-printable mail": lambda: with_text("quoted-printable"),
    "base64 mail": lambda: with_text("base64"),
    "mail with a page": with_page_beside,
    "attachment": attached,
    "page": page,
    "page of lines": page_of_lines,
    "MHTML": saved_page,
    "Word": document,
    "LibreOffice text": (DATA / "unknown-modality.odt").read_bytes,
    "RTF": (DATA / "unknown-modality.rtf.gz").read_bytes,
    "Excel": (DATA / "unknown-modality.xlsx").read_bytes,
    "table of Excel": (DATA / "unknown-modality-table.xlsx").read_bytes,
    "PDF of Chromium": (DATA / "unknown-modality-chromium.pdf").read_bytes,
    "PDF of LibreOffice": (DATA / "unknown-modality-libreoffice.pdf").read_bytes,
    "LibreOffice sheet": (DATA / "unknown-modality.ods").read_bytes,
}


@pytest.mark.parametrize("form", FORMS)
def test_the_log_in_a_document_gives_the_same_diagnosis(form: str) -> None:
    clean = knowledge.diagnosed_files([("orthanc.log", io.BytesIO(TEXT.encode()))], options=YEAR)
    found = knowledge.diagnosed_files([("a file", io.BytesIO(FORMS[form]()))], options=YEAR)
    assert clean.findings
    assert found.verdict == clean.verdict
    assert [one.cause for one in found.findings] == [one.cause for one in clean.findings]
    proofs = [[proof.text for proof in one.evidence] for one in found.findings]
    assert proofs == [[proof.text for proof in one.evidence] for one in clean.findings]
    assert len(found.logs) == 1


def test_lines_of_a_page_have_the_numbers_of_its_source() -> None:
    found = read(page()).only
    lines = page().split(b"\n")
    assert [number for number, _ in found.lines] == [2, *range(2, len(found.lines) + 1)]
    for number, text in found.lines[2:]:
        assert html.escape(text.decode()).encode() == lines[number - 1]


FOREIGN = {
    "Excel": (zipped({"xl/workbook.bin": b"a"}), "or the sheet as CSV"),
    "LibreOffice with a password": (
        zipped({"mimetype": b"a", "content.xml": b"a", "META-INF/manifest.xml": b"<manifest:encryption-data/>"}),
        "it has a password; save it without one",
    ),
    "picture": (b"\x89PNG\r\n\x1a\n", "copy the log as text"),
    "Outlook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "save it as plain text, and its attachments as files"),
    "event log": (b"ElfFile\x00", "export it as text"),
    "7-Zip": (b"7z\xbc\xaf\x27\x1c", "pack them as zip"),
    "RAR": (b"Rar!\x1a\x07\x00", "pack them as zip"),
    "vim": (b"b0VIM 9.0" + bytes(4000), "open the log in vim"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_other_documents_are_named_with_what_to_do(name: str) -> None:
    data, advice = FOREIGN[name]
    (what,) = read(data).what
    assert what.startswith(("is ", "cannot be read: "))
    assert what.endswith(advice) or advice in what


DOCUMENTS = ["odt", "ods", "xlsx", "rtf.gz", "-chromium.pdf"]


def with_documents(*files: tuple[str, bytes]) -> bytes:
    made = mail()
    made.set_content("Please have a look at the file.\n")
    for name, data in files:
        made.add_attachment(data, "application", "octet-stream", filename=name)
    return made.as_bytes()


@pytest.mark.parametrize("ending", DOCUMENTS)
def test_a_document_with_a_log_that_is_attached_is_read(ending: str) -> None:
    data = (DATA / f"unknown-modality{'' if ending[0] == '-' else '.'}{ending}").read_bytes()
    if ending.endswith(".gz"):
        data = gzip.decompress(data)
    name = f"log.{ending.removesuffix('.gz').rpartition('.')[2]}"
    notes = zipped({"word/document.xml": f'<w:document xmlns:w="{WORD}"><w:p><w:t>Regards</w:t></w:p></w:document>'})
    everything = read(with_documents(("notes.docx", notes), (name, data), ("bad.pdf", b"%PDF-")), "post.eml")
    assert everything.only.log.name.startswith(f"post.eml!{name}!")
    assert everything.what == []
    assert everything.skipped == ["post.eml!notes.docx", "post.eml!bad.pdf"]


def test_triage_takes_documents_with_a_log() -> None:
    log = (DATA / "unknown-modality.odt").read_bytes()
    assert posted_file("log.odt", log).kind is FileKind.LOG
    assert posted_file("log.odt", zipped({"mimetype": b"", "content.xml": b"<a/>"})).kind is FileKind.OTHER
    assert posted_file("invoice.pdf", b"%PDF-1.4 cut off").kind is FileKind.OTHER
