"""A real Chromium, and windows of it that note what goes wrong and what is asked for."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, ViewportSize

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
PHONE: ViewportSize = {"width": 360, "height": 740}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PATIENCE_MS = 60_000


@dataclass(slots=True)
class Visit:
    """A page in a window of its own; ``requests`` are the addresses that were asked for."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def hosts(self) -> set[str]:
        return {urlsplit(address).netloc for address in self.requests} - {""}

    def width(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth"))

    def violations(self) -> list[tuple[str, list[str]]]:
        """What axe finds against WCAG 2.2 AA and good practice: each rule with some elements that break it."""
        self.page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
        found = self.page.evaluate("(tags) => axe.run({runOnly: tags, resultTypes: ['violations']})", RULES)
        return [(one["id"], [node["html"][:150] for node in one["nodes"][:3]]) for one in found["violations"]]


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    executable = shutil.which("chromium")
    assert executable, "the browser tests need Chromium: install the system's chromium package"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@contextlib.contextmanager
def visiting(browser: Browser, address: str, **options: Any) -> Iterator[Visit]:
    """A new window that shows ``address``; ``options`` are those of a context of playwright."""
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE_MS)
    visit = Visit(context.new_page())
    visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
    visit.page.on("console", lambda message: visit.errors.append(message.text))
    visit.page.on("request", lambda request: visit.requests.append(request.url))
    visit.page.goto(address)
    yield visit
    context.close()
