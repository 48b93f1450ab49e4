from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from loganalyzer.report.markdown import code, escaped, fenced, render_markdown
from loganalyzer.report.visible import visible
from loganalyzer.sources.block import Problem

if TYPE_CHECKING:
    from loganalyzer.diagnosis.model import Diagnosis

PLAIN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def _kinds(markdown: str) -> set[str]:
    kinds = set()
    for token in PLAIN.parse(markdown):
        kinds.add(token.type)
        kinds.update(child.type for child in token.children or ())
    return kinds


def _text(markdown: str) -> str:
    tokens = PLAIN.parseInline(markdown)[0].children or []
    return "".join(token.content for token in tokens if token.type != "html_inline")


def test_the_structure_comes_from_the_renderer_alone(hostile: Diagnosis) -> None:
    without_links = replace(hostile, findings=tuple(replace(one, references=()) for one in hostile.findings))
    assert _kinds(render_markdown(without_links)).isdisjoint(
        {"image", "link_open", "html_block", "hr", "heading_setext"}
    )


def test_hostile_texts_add_no_headings(hostile: Diagnosis) -> None:
    headings = sum(token.type == "heading_open" for token in PLAIN.parse(render_markdown(hostile)))
    sections = sum(map(bool, (hostile.questions, hostile.checklist, hostile.not_evaluated)))
    assert headings == 1 + len({finding.code for finding in hostile.findings}) + sections


def test_no_html_but_empty_comments(hostile: Diagnosis) -> None:
    for token in PLAIN.parse(render_markdown(hostile)):
        for child in token.children or ():
            if child.type == "html_inline":
                assert child.content == "<!-- -->"


@given(st.text(max_size=80) | st.text(alphabet="`*_[]()<>!#@:/\\|~-+=.1 w&;", max_size=40))
def test_any_text_is_shown_as_it_is(text: str) -> None:
    assert _text(escaped(text)) == " ".join(visible(text).split())


@given(st.text(alphabet="`*_[]()<>!#@:/\\|~-+=.1 w&;\n", max_size=40))
def test_any_text_is_one_paragraph(text: str) -> None:
    kinds = [token.type for token in PLAIN.parse(escaped(text))]
    assert kinds in ([], ["paragraph_open", "inline", "paragraph_close"])


@given(st.text(alphabet="`a |", max_size=20))
def test_any_text_fits_into_a_code_span(text: str) -> None:
    tokens = PLAIN.parseInline("x" + code(text))[0].children or []
    assert [token.type for token in tokens] == ["text", "code_inline"]


@given(st.lists(st.text(alphabet="`~ a#", max_size=20), max_size=5))
def test_any_lines_fit_into_a_fence(lines: list[str]) -> None:
    tokens = PLAIN.parse("\n".join(fenced(lines)))
    assert [token.type for token in tokens] == ["fence"]
    assert tokens[0].content == "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("text", ["@all", "#12", "http://192.0.2.1/x", "WWW.example.org", "javascript://x"])
def test_nothing_links_by_itself(text: str) -> None:
    assert text not in escaped(text)
    assert _text(escaped(text)) == text


def test_what_matters_is_there(one_diagnosis: Diagnosis) -> None:
    markdown = render_markdown(replace(one_diagnosis, problems=(Problem("a.zip!b.log:7", "The archive is cut."),)))
    finding = one_diagnosis.findings[0]
    assert markdown.startswith("# Failure: ")
    assert "> **Caution:** `a.zip!b.log:7`: The archive is cut." in markdown
    assert f"## {finding.code}: " in markdown
    for evidence in finding.evidence:
        assert evidence.text in markdown
    assert finding.actions[0].suggested
    assert finding.actions[0].suggested in markdown
    assert f"<{finding.references[0]}>" in markdown
