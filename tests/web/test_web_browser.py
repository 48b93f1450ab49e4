"""Whole journeys in a real Chromium, with and without JavaScript, on a desk and on a phone, for everybody."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browsing import PHONE
from tests.knowledge import SAMPLES
from tests.web.conftest import LOG

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browsing import Visit
    from tests.web.conftest import Server

pytestmark = pytest.mark.browser

DROP = """([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], name));
  const drop = document.getElementById('drop');
  for (const kind of ['dragenter', 'dragover', 'drop']) {
    drop.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
  }
}"""


@pytest.fixture
def opened(visit: Callable[..., Visit], server: Server) -> Callable[..., Visit]:
    """Opens the first page of the server."""
    return lambda **options: visit(server.url, **options)


def drop(page: Page, name: str, content: bytes) -> None:
    page.evaluate(DROP, [name, base64.b64encode(content).decode()])


def assert_well(seen: Visit, server: Server) -> None:
    assert seen.errors == []
    assert seen.hosts() <= {urlsplit(server.url).netloc}, "something was asked of somebody else"


def diagnosed(page: Page) -> None:
    page.wait_for_selector("aside.served")


def test_drop_watch_read_follow_delete(server: Server, opened: Callable[..., Visit]) -> None:
    seen = opened()
    page = seen.page
    drop(page, "Orthanc.log", (SAMPLES / "busy-hundreds-1.12.7-verbose" / "orthanc.log").read_bytes() * 8)
    expect(page.locator("#chosen li")).to_contain_text("Orthanc.log")
    page.get_by_role("button", name="Diagnose").click()
    page.wait_for_url("**/d/*")
    expect(page.locator("#progress-words")).to_have_text("Reading the log.")
    expect(page.locator("#progress-bytes")).to_have_text(re.compile(r"^[1-9][0-9.]* (?:kB|MB) of 5\.7 MB$"))
    address = page.url
    diagnosed(page)
    assert page.url == address
    expect(page.locator("#headline")).to_contain_text("associations failed")
    page.locator("ol.causes a").first.click()
    assert page.evaluate("location.hash").startswith("#F-")
    link = page.locator("a[href^='#L']").first
    target = link.get_attribute("href") or ""
    link.click()
    expect(page.locator(f"[id='{target[1:]}']")).to_be_in_viewport()
    page.get_by_role("link", name="Delete …").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("are gone")
    assert_well(seen, server)
    assert page.goto(address).status == 404


def test_downloads(server: Server, opened: Callable[..., Visit], tmp_path: Path) -> None:
    seen = opened()
    page = seen.page
    page.set_input_files("#files", LOG)
    page.get_by_role("button", name="Diagnose").click()
    diagnosed(page)
    for name, file, begin in (
        ("HTML", "diagnosis.html", "<!DOCTYPE html>"),
        ("JSON", "diagnosis.json", "{"),
        ("Markdown", "diagnosis.md", "# Failure"),
        ("Draft of a reply", "reply.txt", "Hello"),
    ):
        with page.expect_download() as waiting:
            page.get_by_role("link", name=name, exact=True).click()
        assert waiting.value.suggested_filename == file
        waiting.value.save_as(tmp_path / file)
        assert (tmp_path / file).read_text(encoding="utf-8").startswith(begin)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Redacted log").click()
    waiting.value.save_as(tmp_path / "redacted.log")
    assert "MODALITY1" not in (tmp_path / "redacted.log").read_text(encoding="utf-8")


def test_cancel_while_it_is_analysed(server: Server, opened: Callable[..., Visit]) -> None:
    seen = opened()
    page = seen.page
    drop(page, "long.log", (SAMPLES / "busy-hundreds-1.12.7-verbose" / "orthanc.log").read_bytes() * 15)
    page.get_by_role("button", name="Diagnose").click()
    page.get_by_role("button", name="Cancel and delete").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("are gone")
    assert_well(seen, server)


def test_paste_and_search(server: Server, opened: Callable[..., Visit]) -> None:
    seen = opened()
    page = seen.page
    page.get_by_text("Paste a log instead").click()
    page.get_by_label("Text of the log").fill(LOG.read_text(encoding="utf-8"))
    page.get_by_label("Redact first").check()
    page.get_by_role("button", name="Diagnose").click()
    diagnosed(page)
    expect(page.locator("aside.served")).to_contain_text("redacted first")
    assert "MODALITY1" not in page.content()
    page.get_by_role("link", name="Your uploads").click()
    page.get_by_label("Cause").fill("called-aet")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".entries li")).to_have_count(1)
    page.get_by_label("AET").fill("NOT_THERE")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("main")).to_contain_text("Nothing matches.")
    assert_well(seen, server)


def test_what_the_page_itself_refuses(server: Server, opened: Callable[..., Visit]) -> None:
    seen = opened()
    page = seen.page
    page.get_by_role("button", name="Diagnose").click()
    expect(page.get_by_role("alert")).to_have_text("Choose a log first, or paste one.")
    drop(page, "empty.log", b"")
    page.get_by_role("button", name="Diagnose").click()
    expect(page.get_by_role("alert")).to_contain_text("the file is empty")
    page.get_by_role("button", name="Remove empty.log").click()
    expect(page.locator("#chosen li")).to_have_count(0)
    assert all("422" in error for error in seen.errors)


def test_without_javascript_and_with_the_keyboard(server: Server, opened: Callable[..., Visit]) -> None:
    seen = opened(java_script_enabled=False)
    page = seen.page
    page.set_input_files("#files", [LOG, SAMPLES / "unsupported-sop-class-out-1.12.7-trace" / "peer.log"])
    page.locator("#files").focus()
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.locator("#send").evaluate("(button) => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/d/*")
    diagnosed(page)
    expect(page.locator("#headline")).to_contain_text("WRONGAET")
    page.get_by_role("link", name="Delete …").press("Enter")
    page.get_by_role("button", name="Delete").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("are gone")
    page.get_by_role("link", name="Your uploads").first.press("Enter")
    expect(page.locator("main")).to_contain_text("There is nothing yet.")
    assert_well(seen, server)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_it(server: Server, opened: Callable[..., Visit], theme: str) -> None:
    """Axe finds nothing against WCAG 2.2 AA, nothing is wider than a phone."""
    seen = opened(color_scheme=theme, viewport=PHONE)
    page = seen.page

    def check(where: str) -> None:
        assert seen.violations() == [], where
        assert seen.width() <= PHONE["width"], where

    drop(page, "a-long-name-" + "x" * 150 + ".log", LOG.read_bytes())
    page.get_by_text("Paste a log instead").click()
    check("upload")
    page.get_by_role("button", name="Diagnose").click()
    page.wait_for_url("**/d/*")
    diagnosed(page)
    check("diagnosis")
    page.goto(f"{server.url}/uploads")
    check("uploads")
    page.get_by_role("link", name="Delete …").click()
    check("delete")
    page.goto(f"{server.url}/d/{'A' * 22}")
    check("nothing there")
    page.goto(server.url)
    drop(page, "orthanc.json", b'{"DicomAet": "ORTHANC"}')
    page.get_by_role("button", name="Diagnose").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No log was sent")
    check("failed")
    assert [error for error in seen.errors if not re.search("404", error)] == []


def test_the_login_page(visit: Callable[..., Visit], start: Callable[..., Server]) -> None:
    server = start("--token", "open sesame")
    seen = visit(f"{server.url}/uploads", viewport=PHONE)
    page = seen.page
    assert seen.violations() == []
    page.get_by_label("Access token").fill("guess")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("This is not the access token.")
    page.get_by_label("Access token").fill("open sesame")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your uploads")
    page.goto(server.url)
    page.set_input_files("#files", LOG)
    page.get_by_role("button", name="Diagnose").click()
    diagnosed(page)
    page.goto(server.url)
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("asks for its access token")
