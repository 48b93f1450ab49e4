"""A log inside of a document of an office program: its lines come out as they were, and hostile documents end."""

from __future__ import annotations

import html
import tracemalloc
import zipfile

import pytest

from tests.packing import zipped
from tests.sources.reading_back import DATA, SAMPLES, Everything, clean_lines, data_of, read

LOG = next(path for path in SAMPLES if path.parent.name == "unknown-modality-1.13.0-trace")
LINES = clean_lines(LOG)
KIND = "mimetype"
OPEN = "urn:oasis:names:tc:opendocument:xmlns:"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TEXT, SHEETS = (b"application/vnd.oasis.opendocument." + kind for kind in (b"text", b"spreadsheet"))


def open_document(body: str | bytes, kind: bytes = TEXT, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A document of LibreOffice with this in its body."""
    if isinstance(body, str):
        spaces = " ".join(f'xmlns:{name}="{OPEN}{name}:1.0"' for name in ("office", "text", "table"))
        body = f'<?xml version="1.0"?><office:document {spaces}><office:body>{body}</office:body></office:document>'
    return zipped({KIND: kind, "content.xml": body}, method)


def word_document(body: str) -> bytes:
    return zipped({"word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'})


def workbook(
    rows: str, strings: str = "", styles: str = "", head: str = "", method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """A workbook of Excel with one sheet."""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {"worksheet": "sheet.xml", "sharedStrings": "strings.xml", "styles": "styles.xml"}
    related = "".join(f'<Relationship Id="{kind}" Type="{office}/{kind}" Target="{at}"/>' for kind, at in parts.items())
    return zipped(
        {
            "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
            f'relationships">{related}</Relationships>',
            "xl/workbook.xml": f'<workbook {space} xmlns:r="{office}">{head}<sheets><sheet name="a" r:id="worksheet"/>'
            "</sheets></workbook>",
            "xl/strings.xml": f"<sst {space}>{strings}</sst>",
            "xl/styles.xml": f"<styleSheet {space}>{styles}</styleSheet>",
            "xl/sheet.xml": f"<worksheet {space}><sheetData>{rows}</sheetData></worksheet>",
        },
        method,
    )


def sheet(name: str, rows: list[list[str]]) -> str:
    """A sheet of LibreOffice; a cell of several lines has a paragraph for each."""

    def cell(text: str) -> str:
        lines = "".join(
            f"<text:p>{html.escape(line).replace('  ', ' <text:s/>')}</text:p>" for line in text.split("\n")
        )
        return f"<table:table-cell>{lines if text else ''}</table:table-cell>"

    made = (f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    return f'<table:table table:name="{name}">{"".join(made)}</table:table>'


def sheets(*given: str) -> bytes:
    return open_document("".join(given), SHEETS)


@pytest.mark.parametrize("ending", ["odt", "ods", "xlsx"])
def test_what_libreoffice_wrote_has_the_lines_of_the_log(ending: str) -> None:
    everything = read((DATA / f"unknown-modality.{ending}").read_bytes(), f"a.{ending}")
    assert everything.only.lines == list(enumerate(LINES, 1))
    assert everything.only.log.name == {"odt": "a.odt!text", "ods": "a.ods!log", "xlsx": "a.xlsx!log"}[ending]
    assert everything.problems == []
    assert everything.only.problems == []


def test_marks_of_a_libreoffice_text() -> None:
    body = (
        "<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes><text:h>W1123 a\n  b</text:h><text:p/>"
        '<text:p>a<text:s/>b<text:s text:c="3"/>c<text:tab/>d<text:line-break/><text:span>e</text:span>'
        "<office:annotation><text:p>a note</text:p></office:annotation></text:p>"
    )
    assert read(open_document(body)).only.texts == [b"W1123 a b", b"", b"a b   c\td", b"e"]


def test_stops_of_tabs_are_no_tabs_in_word() -> None:
    body = "<w:p><w:pPr><w:tabs><w:tab/><w:tab/></w:tabs></w:pPr><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t></w:r></w:p>"
    assert read(word_document(body)).only.texts == [b"a\tb"]


def test_rows_keep_their_numbers() -> None:
    rows = (
        '<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>'
        '<table:table-row table:number-rows-repeated="3"><table:table-cell/><table:table-cell><text:p>a</text:p>'
        '</table:table-cell><table:table-cell table:number-columns-repeated="16382"/></table:table-row>'
        '<table:table-row table:number-rows-repeated="1048571"><table:table-cell/></table:table-row>'
    )
    data = open_document(f"<table:table>{rows}</table:table>", SHEETS)
    assert read(data).only.texts == [b"", b"", b"a", b"a", b"a"]


def test_a_table_with_a_column_of_the_log() -> None:
    heading = ["time", "level", "message", ""]
    rows = [[f"2026-11-23 14:00:{number % 60:02}", "info", line.decode(), ""] for number, line in enumerate(LINES)]
    found = read(sheets(sheet("export", [heading, *rows]))).only
    assert found.lines == list(enumerate(LINES, 2))
    assert (found.log.wrapper, found.log.year) == ("csv", 2026)


def test_cells_of_several_lines_and_with_quotation_marks() -> None:
    records: list[list[str]] = []
    for line in LINES:
        if line[:1] in b"WIET" and line[1:5].isdigit():
            records.append(["orthanc", line.decode()])
        else:
            records[-1][1] += "\n" + line.decode()
    heading = ["container", "message"]
    assert [text for text in read(sheets(sheet("a", [heading, *records]))).only.texts if text] == list(
        filter(None, LINES)
    )


def test_of_several_sheets_those_with_a_log_are_read() -> None:
    log = sheet("log", [[line.decode()] for line in LINES])
    notes, empty = sheet("notes", [["What we tried"], ["nothing"]]), '<table:table table:name="Sheet3"/>'
    everything = read(sheets(notes, log, empty, log.replace('"log"', '"again"')), "a.ods")
    assert [one.log.name for one in everything.logs] == ["a.ods!log", "a.ods!again"]
    assert everything.skipped == ["a.ods!notes"]
    assert [one.texts for one in everything.logs] == [LINES, LINES]
    assert read(sheets(notes), "a.ods").only.texts == [b"What we tried", b"nothing"]
    assert read(sheets(empty), "a.ods").what == ["is empty"]


def test_a_table_of_excel_with_dates_beside_another_sheet() -> None:
    everything = read((DATA / "unknown-modality-table.xlsx").read_bytes(), "a.xlsx")
    log = everything.only.log
    assert (log.name, log.wrapper, log.year) == ("a.xlsx!Export", "csv", 2024)
    assert everything.skipped == ["a.xlsx!Notes"]
    assert everything.only.lines == list(enumerate(LINES, 2))


def test_cells_of_excel() -> None:
    strings = "<si><r><t>W1123 </t></r><r><t>a_x000D_b</t></r><rPh><t>hidden</t></rPh></si><si><t>c\nd</t></si>"
    styles = (
        '<numFmts><numFmt numFmtId="164" formatCode="[Red]yyyy\\-mm"/><numFmt numFmtId="165" formatCode="&quot;day&quot;0"/>'
        '</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="22"/></cellXfs>'
    )
    rows = (
        '<row r="3"><c r="B3" t="s"><v>0</v></c></row><row><c t="inlineStr"><is><t>x</t></is></c><c r="C4"><v>2</v></c></row>'
        '<row r="6"><c s="1"><v>45619.5</v></c><c s="2"><v>45619</v></c><c s="3"><v>0.25</v></c><c s="3"><v>1</v></c></row>'
        '<row r="7"><c t="str"><f>A1</f><v>f</v></c><c t="s"><v>1</v></c><c t="b"><v>1</v></c><c s="1" t="e"><v>#N/A</v></c></row>'
    )
    expected = ["", "", "W1123 a", "b", "x\t\t2", "", "2024-11-23 12:00:00\t45619\t06:00:00\t1899-12-31"]
    found = read(workbook(rows, strings, styles)).only.texts
    assert [text.decode() for text in found] == [*expected, 'f\t"c', 'd"\t1\t#N/A']
    later = read(workbook(rows, strings, styles, '<workbookPr date1904="1"/>')).only.texts
    assert later[6].startswith(b"2028-11-24 12:00:00")


def test_a_workbook_that_lacks_a_part() -> None:
    (what,) = read(workbook('<row><c t="s"><v>0</v></c></row>')).what
    assert what == "cannot be read: a cell of it has a text that is not there"
    assert read(zipped({"xl/workbook.xml": b"<a/>"})).what == ["cannot be read: it has no xl/_rels/workbook.xml.rels"]


def test_the_texts_that_cells_share_are_bounded() -> None:
    everything = read(workbook("", "<si><t/></si>" * 20_000), max_buffer=1_000_000)
    assert everything.what == ["cannot be read: the texts of its cells take more than 1000000 bytes (max_buffer)"]


DECLARED = '<!DOCTYPE a [<!ENTITY b "c">]>'
HOSTILE = {
    "entities": (open_document(f'<?xml version="1.0"?>{DECLARED}<a/>'.encode()), "declares entities"),
    "entities between chunks": (open_document(f"<!--{' ' * 65_525}-->{DECLARED}<a/>".encode()), "declares entities"),
    "entities in UTF-16": (
        open_document(f'<?xml version="1.0" encoding="UTF-16"?>{DECLARED}<a/>'.encode("utf-16")),
        "declares entities",
    ),
    "no XML": (open_document(b"a < b"), "damaged"),
    "a tag without end": (open_document(b'<a b="' + b"c" * (8 << 20)), "damaged"),
    "blanks": (open_document("<text:p>W1123" + '<text:s text:c="999999999"/>' * 5000 + "</text:p>"), "max_ratio"),
    "rows": (
        open_document(
            '<table:table><table:table-row table:number-rows-repeated="999999999"><table:table-cell>'
            f"<text:p>{'W' * 1000}</text:p></table:table-cell></table:table-row></table:table>",
            SHEETS,
        ),
        "max_ratio",
    ),
    "columns": (
        open_document(
            '<table:table><table:table-row><table:table-cell table:number-columns-repeated="16384">'
            f"<text:p>{'W' * 32_000}</text:p></table:table-cell></table:table-row></table:table>",
            SHEETS,
        ),
        "a row of it is longer",
    ),
    "cell": (
        open_document(
            f"<table:table><table:table-row><table:table-cell><text:p>{'W' * (17 << 20)}</text:p>",
            SHEETS,
            zipfile.ZIP_STORED,
        ),
        "a row of it is longer",
    ),
    "shared texts": (
        workbook('<row><c t="s"><v>0</v></c></row>' * 100_000, f"<si><t>{'W' * 100_000}</t></si>"),
        "max_ratio",
    ),
    "depth": (open_document("<text:p>" * 50_000), "damaged"),
    "bomb": (open_document(f"<text:p>{' W' * (4 << 20)}</text:p>"), "max_ratio"),
}


def told(everything: Everything) -> list[str]:
    return everything.what + [what for one in everything.logs for what in one.problems]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_end_with_one_sentence(name: str) -> None:
    data, what = HOSTILE[name]
    tracemalloc.start()
    problems = told(read(data, digest=False, ratio_from=1 << 20))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(problems) == 1
    assert what in problems[0]
    assert peak < 100 << 20


@pytest.mark.parametrize("ending", ["odt", "ods", "xlsx"])
def test_a_document_that_is_cut_off_never_passes_for_a_whole_one(ending: str) -> None:
    data = (DATA / f"unknown-modality.{ending}").read_bytes()
    for length in range(100, len(data), len(data) // 12):
        everything = read(data[:length])
        assert told(everything)
        assert any(problem.incomplete for problem in everything.problems)


@pytest.mark.parametrize("ending", ["odt", "ods"])
def test_a_damaged_text_is_read_as_far_as_it_goes(ending: str) -> None:
    path = DATA / f"unknown-modality.{ending}"
    with zipfile.ZipFile(path) as archive:
        kind, content = archive.read(KIND), archive.read("content.xml")
    found = read(open_document(content[: len(content) // 2], kind)).only
    assert 100 < len(found.texts) < len(LINES)
    assert found.texts[:100] == LINES[:100]
    assert "its text is damaged" in found.problems[0]


def test_a_zip_archive_with_a_file_of_that_name_is_no_document() -> None:
    everything = read(zipped({"content.xml": b"<a/>", "orthanc.log": data_of(LINES)}), "a.zip")
    assert everything.only.log.name == "a.zip!orthanc.log"
