from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from loganalyzer.diagnosis.model import Diagnosis, Verdict
from loganalyzer.report.advice import is_link
from loganalyzer.report.html import embed, render_html
from loganalyzer.texts import texts

ADDRESSES = ("href", "src", "action", "formaction", "data", "poster", "background", "cite", "srcset", "xlink:href")


class Document(HTMLParser):
    """What a browser would find in a report, as far as these tests look."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.raw: list[tuple[dict[str, str], str]] = []
        self.text: list[str] = []
        self._inside = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag in ("script", "style"):
            self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.raw.append((self.elements[-1][1], data))
        else:
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def data(self) -> Any:
        return json.loads(next(text for attributes, text in self.raw if attributes.get("id") == "data"))


@pytest.fixture(scope="module")
def document(diagnosis: Diagnosis) -> Document:
    return Document(render_html(diagnosis))


def _assert_harmless(document: Document, *, links: bool) -> None:
    allowed_links = re.compile(r"https://[a-z.]*(orthanc|dicom)[a-z.-]*/.*") if links else re.compile(r"(?!)")
    for tag, attributes in document.elements:
        assert tag not in ("iframe", "object", "embed", "base", "form", "img", "video", "audio", "foreignobject"), tag
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name != "style", tag
            if name in ADDRESSES:
                assert value.startswith("#") or value == "data:," or (tag == "a" and allowed_links.fullmatch(value)), (
                    value
                )
    assert len(document.all("script")) == 3
    assert len(document.all("style")) == 1


def test_nothing_is_asked_for_and_nothing_runs_but_the_reports_own_script(document: Document) -> None:
    _assert_harmless(document, links=True)


def test_hostile_texts_stay_texts(hostile: Diagnosis) -> None:
    html = render_html(hostile)
    html.encode("utf-8")
    _assert_harmless(Document(html), links=False)
    assert (
        re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", html)
        == []
    )


def test_hostile_texts_do_not_change_the_structure(one_diagnosis: Diagnosis, hostile: Diagnosis) -> None:
    allowed = {tag for tag, _ in Document(render_html(one_diagnosis)).elements} | {
        "p",
        "ul",
        "li",
        "details",
        "summary",
    }
    assert {tag for tag, _ in Document(render_html(hostile)).elements} <= allowed


def test_huge_texts_make_no_large_report(hostile: Diagnosis) -> None:
    assert len(render_html(hostile)) < 1_500_000


def test_the_policy_allows_the_style_and_the_script_by_hash_and_nothing_else(document: Document) -> None:
    policy = next(m["content"] for m in document.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    style = next(text for attributes, text in document.raw if not attributes and text.lstrip().startswith("/*"))
    script = next(text for attributes, text in document.raw if text.startswith("'use strict'"))
    assert "unsafe" not in policy
    assert allowed["default-src"] == "'none'"
    for directive, content in (("style-src", style), ("script-src", script)):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert allowed[directive] == f"'sha256-{digest}'"


def test_identifiers_are_unique_and_links_lead_somewhere(document: Document) -> None:
    ids = [attributes["id"] for _, attributes in document.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag in ("a", "use"):
        for attributes in document.all(tag):
            target = attributes["href"]
            if target.startswith("#") and not re.match(r"#[aq]=", target):
                assert target[1:] in ids, target
    for _, attributes in document.elements:
        for name in ("aria-labelledby", "aria-describedby", "for"):
            if name in attributes:
                assert set(attributes[name].split()) <= set(ids)


def test_headings_go_down_one_step_at_a_time(document: Document) -> None:
    levels = [int(tag[1]) for tag, _ in document.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1 or levels[1] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_usual_report_is_small(diagnosis: Diagnosis) -> None:
    assert len(render_html(diagnosis).encode()) < 1_000_000


def test_everything_is_readable_without_javascript(one_diagnosis: Diagnosis) -> None:
    text = " ".join(" ".join(Document(render_html(one_diagnosis)).text).split())
    finding = one_diagnosis.findings[0]
    shown = [one_diagnosis.headline, finding.title, finding.what, finding.why, *finding.ask, *finding.references]
    shown += [action.text for action in finding.actions]
    shown += [" ".join(evidence.text.split()) for evidence in finding.evidence]
    shown += [step.why for step in one_diagnosis.checklist] + [q.asks_for for q in one_diagnosis.questions]
    shown += [log.sha256 or "" for log in one_diagnosis.logs]
    for association in one_diagnosis.associations:
        shown += [association.calling_aet or "", *(" ".join(line.text.split()) for line in association.lines[:3])]
    for part in shown:
        assert part in text, part
    assert "not a medical device" in text


def test_a_finding_keeps_its_fixed_order(one_diagnosis: Diagnosis) -> None:
    t = texts()
    html = render_html(one_diagnosis)
    card = html[html.index('<article id="F-') : html.index("</article>")]
    keys = ("what", "evidence", "why", "action", "references")
    places = [card.index(f"<h4>{t(f'html.{key}_heading')}") for key in keys]
    assert places == sorted(places)


def test_a_thousand_findings_stay_readable(one_diagnosis: Diagnosis) -> None:
    cause = one_diagnosis.findings[0]
    alike = tuple(replace(cause, fingerprint=f"{n:04}", title=f"number {n}") for n in range(1000))
    symptoms = tuple(replace(cause, code=f"S{n}", explained_by=cause.code, associations=()) for n in range(500))
    html = render_html(replace(one_diagnosis, findings=(*alike, *symptoms)))
    assert len(html) < 1_000_000
    ids = {attributes.get("id") for _, attributes in Document(html).elements}
    assert {f"F-{cause.code}-{n:04}" for n in range(1000)} <= ids


def test_an_incomplete_diagnosis_is_never_green(one_diagnosis: Diagnosis) -> None:
    doubtful = replace(one_diagnosis, verdict=Verdict.HEALTHY, findings=(), complete=False, headline="Nothing failed.")
    html = render_html(doubtful)
    assert '<section id="verdict" class="verdict warning"' in html
    assert texts()("html.doubt_heading") in html


def test_the_table_holds_every_association(diagnosis: Diagnosis) -> None:
    data = Document(render_html(diagnosis)).data()
    ids = data["columns"]["id"]
    assert data["count"] == len(diagnosis.associations)
    assert (ids if isinstance(ids, list) else [ids["all"]]) == [one.id for one in diagnosis.associations]


def test_what_does_not_fit_is_said(one_diagnosis: Diagnosis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed, "ROWS", 1)
    html = render_html(replace(one_diagnosis, folded_associations=7))
    assert Document(html).data()["count"] == 1
    assert texts()("html.associations_capped", shown=1, total=9) in html
    monkeypatch.setattr(embed, "ROWS", 50_000)
    monkeypatch.setattr(embed, "DETAIL_BYTES", 1)
    html = render_html(one_diagnosis)
    assert Document(html).data()["details"] == {}
    assert texts()("html.details_capped", shown=0, total=2) in html


@pytest.mark.parametrize("verdict", list(Verdict))
def test_an_empty_diagnosis_has_a_report(verdict: Verdict) -> None:
    html = render_html(Diagnosis(verdict, "", True, (), (), (), (), (), (), ()))
    document = Document(html)
    _assert_harmless(document, links=False)
    assert texts()(f"verdict.headline.{verdict}") in " ".join(document.text)


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("https://orthanc.uclouvain.be/book/faq/dicom.html#x", True),
        ("http://orthanc.uclouvain.be/", False),
        ("javascript:alert(1)", False),
        ('https://x/"onclick=', False),
        ("DICOM PS3.8 9.3.4", False),
        ("https://user@evil.example/", False),
    ],
)
def test_only_plain_https_addresses_become_links(text: str, link: bool) -> None:
    assert is_link(text) is link


def test_both_dark_themes_are_the_same() -> None:
    from loganalyzer.report.html import STYLES
    from loganalyzer.report.html.environment import asset_text

    css = asset_text(STYLES)
    blocks = re.findall(
        r'(?:not\(\[data-theme="light"\]\)|:root\[data-theme="dark"\]) \{([^}]*color-scheme: dark[^}]*)\}', css
    )
    assert len(blocks) == 2
    assert blocks[0].split() == blocks[1].split()
