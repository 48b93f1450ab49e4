"""The HTML report in a real Chromium: what runs, what is asked for, who can read it, and whether the table works."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from loganalyzer.diagnosis.model import Diagnosis
from loganalyzer.report.html import render_html
from tests.browsing import PHONE
from tests.hostile import HOSTILE
from tests.report.conftest import with_every_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browsing import Visit

pytestmark = pytest.mark.browser

PAGES = 4
OPEN_ALL = "document.querySelectorAll('details').forEach((part) => { part.open = true; })"


@pytest.fixture
def open_report(visit: Callable[..., Visit], tmp_path: Path) -> Callable[..., Visit]:
    def opened(diagnosis: Diagnosis, fragment: str = "", **options: Any) -> Visit:
        report = tmp_path / "report.html"
        report.write_text(render_html(diagnosis), encoding="utf-8")
        return visit(report.as_uri() + fragment, **options)

    return opened


def _rows(page: Page) -> int:
    return page.locator("#table tbody tr").count()


def _filter(page: Page, query: str) -> None:
    page.fill("#filter", query)
    address = "#q=" + quote(query, safe="-_.!~*'()")
    expect(page).to_have_url(re.compile(re.escape(address) + "$"))


def _assert_clean(opened: Visit) -> None:
    assert opened.errors == []
    own = opened.page.url.partition("#")[0]
    assert [url for url in opened.requests if not url.startswith((own, "data:,"))] == []
    assert opened.page.evaluate("typeof window.pwned") == "undefined"


def _open_everything(page: Page, most: int = 3) -> None:
    page.evaluate(OPEN_ALL)
    for link in page.locator("#table tbody tr td:first-child a").all()[:most]:
        link.click()
        page.evaluate(OPEN_ALL)
        expect(page.locator("#drawer")).to_have_attribute("open", "")
        page.click("#drawer-close")


@pytest.mark.parametrize("first", range(PAGES))
def test_no_text_of_a_log_runs_or_asks_for_anything(open_report: Callable[..., Visit], first: int) -> None:
    """A page holds the associations, findings and all else of several diagnoses, each with a hostile text of its own."""
    diagnoses = [with_every_text(text) for text in list(HOSTILE.values())[first::PAGES]]
    members = [field.name for field in fields(Diagnosis) if isinstance(getattr(diagnoses[0], field.name), tuple)]
    hostile = replace(
        diagnoses[0], **{name: tuple(part for one in diagnoses for part in getattr(one, name)) for name in members}
    )
    opened = open_report(hostile)
    assert _rows(opened.page) == len(hostile.associations) == 2 * len(diagnoses)
    _open_everything(opened.page, len(hostile.associations))
    opened.page.fill("#filter", hostile.headline[:200])
    opened.page.wait_for_timeout(200)
    for select in opened.page.locator("[data-facet]").all():
        if select.is_visible():
            select.select_option(index=1)
    opened.page.hover("#timeline")
    opened.page.set_viewport_size(PHONE)
    assert opened.width() <= PHONE["width"]
    _assert_clean(opened)


def test_a_usual_report_opens_without_an_error(open_report: Callable[..., Visit], diagnosis: Diagnosis) -> None:
    opened = open_report(diagnosis)
    _open_everything(opened.page)
    _assert_clean(opened)
    names = opened.page.evaluate("performance.getEntriesByType('measure').map((one) => one.name)")
    assert {"loganalyzer-open", "loganalyzer-filter"} <= set(names)


@pytest.mark.parametrize(
    "case",
    ["busy-interleaved-a-1.10.1-trace", "move-destination-rejects-1.12.7-trace", "healthy-store-in-1.10.1-trace"],
)
def test_axe_finds_no_violation(
    open_report: Callable[..., Visit], record: Callable[[str], Diagnosis], case: str
) -> None:
    opened = open_report(record(case), bypass_csp=True, reduced_motion="reduce")
    page = opened.page
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for drawer in (False, True):
        if drawer:
            page.locator("#table tbody tr td:first-child a").first.click()
        page.evaluate(OPEN_ALL)
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            assert opened.violations() == [], (scheme, drawer)


def test_nothing_is_wider_than_a_phone(open_report: Callable[..., Visit], diagnosis: Diagnosis) -> None:
    opened = open_report(diagnosis, viewport=PHONE)
    page = opened.page
    page.evaluate(OPEN_ALL)
    assert opened.width() <= PHONE["width"]


def test_it_reads_without_javascript(open_report: Callable[..., Visit], one_diagnosis: Diagnosis) -> None:
    page = open_report(one_diagnosis, java_script_enabled=False).page
    assert not page.locator("#browser").is_visible()
    first = page.locator("details.association").first
    first.locator("summary").first.click()
    assert first.locator("svg.sequence").is_visible()
    assert page.get_by_text(one_diagnosis.findings[0].title).first.is_visible()


def test_the_theme_can_be_switched(open_report: Callable[..., Visit], one_diagnosis: Diagnosis) -> None:
    page = open_report(one_diagnosis, color_scheme="light").page
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.select_option("#theme", "dark")
    dark = page.evaluate(background)
    assert dark != light
    page.wait_for_timeout(300)  # another process reads after the reload what this one has only just handed on
    page.reload()
    assert page.evaluate(background) == dark


def test_evidence_can_be_copied(open_report: Callable[..., Visit], one_diagnosis: Diagnosis) -> None:
    page = open_report(one_diagnosis, permissions=["clipboard-read", "clipboard-write"]).page
    button = page.locator(".excerpt button.copy").first
    button.click()
    expect(button).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    evidence = min(one_diagnosis.findings[0].evidence, key=lambda one: one.line)
    assert f"{evidence.line}: {evidence.text}" in copied


def test_every_message_leads_to_its_line(open_report: Callable[..., Visit], record: Callable[[str], Diagnosis]) -> None:
    opened = open_report(record("move-destination-rejects-1.13.0-trace"))
    page = opened.page
    page.locator("#table tbody tr td:first-child a").first.click()
    arrow = page.locator("#drawer svg.sequence a").last
    arrow.click()
    line = (arrow.get_attribute("href") or "")[1:]
    assert page.locator("#drawer li.hit").get_attribute("id") == line
    assert page.locator("#drawer li.hit .number").inner_text() == line.removeprefix("D-")
    assert page.locator("#drawer").get_attribute("open") is not None
    assert opened.errors == []


def test_statements_link_to_lines_that_are_there(open_report: Callable[..., Visit], diagnosis: Diagnosis) -> None:
    page = open_report(diagnosis).page
    places = page.eval_on_selector_all(".places a", "(all) => all.map((a) => a.getAttribute('href').slice(1))")
    assert len(places) >= len([f for f in diagnosis.findings if f.evidence and f.explained_by is None])
    assert page.evaluate("(ids) => ids.filter((id) => !document.getElementById(id))", places) == []
    inner = page.eval_on_selector_all("svg.sequence a", "(all) => all.map((a) => a.getAttribute('href').slice(1))")
    assert page.evaluate("(ids) => ids.filter((id) => !document.getElementById(id))", inner) == []


@pytest.fixture
def busy(open_report: Callable[..., Visit], busy_diagnosis: Diagnosis) -> Visit:
    return open_report(busy_diagnosis)


def _matching(diagnosis: Diagnosis, test: Callable[[Any], bool]) -> int:
    return min(100, sum(map(test, diagnosis.associations)))


def test_the_filter_finds_what_it_is_asked_for(busy: Visit, busy_diagnosis: Diagnosis) -> None:
    failed = _matching(busy_diagnosis, lambda one: one.failed)
    assert _rows(busy.page) == 100
    for query, count in [
        ("failed:yes", failed),
        ("result:rejected", _matching(busy_diagnosis, lambda one: one.outcome == "rejected")),
        ("aet:DEV05", _matching(busy_diagnosis, lambda one: "DEV05" in (one.calling_aet, one.called_aet))),
        ("aet:dev0*", _matching(busy_diagnosis, lambda one: (one.calling_aet or "").startswith("DEV0"))),
        ("dir:out failed:yes", _matching(busy_diagnosis, lambda one: one.failed and one.direction == "outgoing")),
        ("-failed:no", failed),
        ("nothing-has-this-name", 0),
        ('"DEV05"', _matching(busy_diagnosis, lambda one: one.calling_aet == "DEV05")),
    ]:
        _filter(busy.page, query)
        assert _rows(busy.page) == count, query
    assert busy.errors == []


def test_a_word_that_is_none_is_explained(busy: Visit) -> None:
    busy.page.fill("#filter", "colour:red")
    busy.page.wait_for_selector("#filter-status.wrong")
    assert "colour" in busy.page.inner_text("#filter-status")
    busy.page.fill("#filter", "after:noon")
    expect(busy.page.locator("#filter-status")).to_contain_text("noon")
    assert _rows(busy.page) == 100


def test_the_state_is_kept_in_the_address(busy: Visit) -> None:
    _filter(busy.page, "failed:yes")
    busy.page.click("#table [data-sort=duration]")
    busy.page.click("#table [data-sort=duration]")
    first = busy.page.inner_text("#table tbody tr:first-child")
    busy.page.reload()
    assert busy.page.input_value("#filter") == "failed:yes"
    assert busy.page.inner_text("#table tbody tr:first-child") == first
    heads = busy.page.locator("#table th[aria-sort]")
    assert heads.count() == 1
    assert heads.get_attribute("aria-sort") == "descending"


def test_pages_follow_each_other(busy: Visit, busy_diagnosis: Diagnosis) -> None:
    seen = [busy.page.inner_text("#table tbody tr:first-child")]
    pages = -(-len(busy_diagnosis.associations) // 100)
    for _ in range(pages - 1):
        busy.page.click("#next")
        seen.append(busy.page.inner_text("#table tbody tr:first-child"))
    assert len(set(seen)) == pages
    assert busy.page.is_disabled("#next")
    busy.page.click("#previous")
    assert busy.page.inner_text("#table tbody tr:first-child") == seen[-2]


def test_facets_write_the_filter(busy: Visit, busy_diagnosis: Diagnosis) -> None:
    busy.page.select_option("[data-facet=result]", "rejected")
    assert busy.page.input_value("#filter") == "result:rejected"
    busy.page.check("#facet-failed")
    assert busy.page.input_value("#filter") == "result:rejected failed:yes"
    assert _rows(busy.page) == _matching(busy_diagnosis, lambda one: one.outcome == "rejected")
    busy.page.click("#clear")
    assert _rows(busy.page) == 100


def test_a_finding_leads_to_its_associations(busy: Visit, busy_diagnosis: Diagnosis) -> None:
    busy.page.locator(".finding a[href^='#q=']").first.click()
    expect(busy.page.locator("#table tbody tr")).to_have_count(len(busy_diagnosis.findings[0].associations))
    busy.page.locator(".finding a.open-association").first.click()
    expect(busy.page.locator("#drawer svg.sequence")).to_be_visible()
    busy.page.keyboard.press("Escape")
    expect(busy.page.locator("#drawer")).not_to_be_visible()


def test_the_table_works_from_the_keyboard(busy: Visit) -> None:
    busy.page.focus("#table tbody tr:first-child a")
    busy.page.keyboard.press("j")
    busy.page.keyboard.press("j")
    busy.page.keyboard.press("k")
    assert busy.page.evaluate("document.activeElement.closest('tr').rowIndex") == 2
    busy.page.keyboard.press("Enter")
    busy.page.wait_for_selector("#drawer[open]")
    title = busy.page.inner_text("#drawer-title")
    busy.page.click("#drawer-next")
    assert busy.page.inner_text("#drawer-title") != title
    busy.page.keyboard.press("Escape")
    busy.page.focus("#table tbody tr:first-child a")
    busy.page.keyboard.press("/")
    assert busy.page.evaluate("document.activeElement.id") == "filter"


def test_dragging_over_the_timeline_narrows_the_table(busy: Visit) -> None:
    box = busy.page.locator("#timeline").bounding_box()
    assert box
    busy.page.locator("#timeline").scroll_into_view_if_needed()
    box = busy.page.locator("#timeline").bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    busy.page.mouse.move(box["x"] + box["width"] * 0.3, y)
    busy.page.mouse.down()
    busy.page.mouse.move(box["x"] + box["width"] * 0.35, y, steps=4)
    busy.page.mouse.up()
    assert 0 < _rows(busy.page) < 100
    assert "–" in busy.page.inner_text("#zoom-window")
    busy.page.click("#zoom-reset")
    assert _rows(busy.page) == 100
    assert busy.errors == []


def test_a_link_into_a_folded_part_unfolds_it(open_report: Callable[..., Visit], one_diagnosis: Diagnosis) -> None:
    step = next(step for step in one_diagnosis.checklist if step.evidence)
    opened = open_report(one_diagnosis)
    page = opened.page
    target = page.evaluate("[...document.querySelectorAll('#checklist [id^=L]')].map((one) => one.id)[0]")
    assert target
    assert step.evidence
    page.goto(page.url.partition("#")[0] + f"#{target}")
    expect(page.locator(f"#checklist details[open] #{target}")).to_be_visible()


def test_print_opens_everything_but_repetitions(open_report: Callable[..., Visit], one_diagnosis: Diagnosis) -> None:
    page = open_report(one_diagnosis).page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open], .aside)").count() == 0
    assert page.locator("details.aside[open]").count() == 0
    assert page.locator("details.association").first.is_visible()
    assert not page.locator("#browser").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details.association[open]").count() == 0
