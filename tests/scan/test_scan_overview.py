"""The overview in a browser: it breaks none of its own rules, and its numbers lead to the logs behind them."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from tests.browsing import PHONE
from tests.scan.conftest import archive_in, recorded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browsing import Visit


@pytest.fixture(scope="module")
def overview(scan: Callable[..., object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("overview")
    archive = archive_in(folder / "archive")
    shutil.copyfile(recorded("busy-hundreds-1.12.7-verbose"), archive / "server-2" / "busy.log")
    (archive / "damaged.log.gz").write_bytes(b"\x1f\x8b\x08" + bytes(50))
    scan(archive, "-o", folder / "out", "--workers", "1", check=4)
    return folder / "out" / "index.html"


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.targets: set[str] = set()
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            assert not name.startswith("on")
            assert name != "style"
            if name == "href" and tag == "a":
                self.targets.add(value or "")
            if name == "id":
                self.ids.add(value or "")


def test_links_lead_somewhere(overview: Path) -> None:
    page = overview.read_text(encoding="utf-8")
    links = Links()
    links.feed(page)
    assert any(target.startswith("logs/") for target in links.targets)
    for target in links.targets:
        if target.startswith("#"):
            assert target[1:] in links.ids
        else:
            assert (overview.parent / target).is_file()
    found, read, skipped, failed = (
        int(n)
        for n in re.search(r"(\d+) files found = (\d+) read \+ (\d+) skipped \+ (\d+) failed", page).groups()  # type: ignore[union-attr]
    )
    assert found == read + skipped + failed == 7
    assert "<script" not in page
    assert "damaged.log.gz" in page


def test_equal_datasets_give_equal_pages(overview: Path) -> None:
    from loganalyzer.scan.overview import render_overview

    assert render_overview(overview.parent) == overview.read_bytes()


@pytest.mark.browser
def test_accessible_in_both_themes_and_narrow(overview: Path, visit: Callable[..., Visit]) -> None:
    opened = visit(overview.as_uri(), viewport=PHONE, bypass_csp=True)
    assert opened.width() <= PHONE["width"]
    for theme in ("light", "dark"):
        opened.page.emulate_media(color_scheme=theme)
        assert opened.violations() == [], theme
    assert [url for url in opened.requests if not url.startswith(("file:", "data:"))] == []
