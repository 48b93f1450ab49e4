"""Measures the report of a large diagnosis: JSON, HTML, and how fast Chromium opens and filters it.

    python benchmarks/report.py [NUMBER_OF_ASSOCIATIONS …]

The diagnosis is a recorded one, repeated with later times until it has so many associations. Figures are printed as a
table: seconds of the processor for the program, the page's own performance measures (milliseconds) for Chromium, of
several filters the slowest.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from loganalyzer import diagnose
from loganalyzer.report.html import render_html
from loganalyzer.report.json import to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from loganalyzer.diagnosis.model import Diagnosis
    from loganalyzer.timeline.association import Association

SAMPLE = Path(__file__).parents[1] / "sample_logs" / "busy-hundreds-1.12.7-verbose" / "orthanc.log"
SIZES = (394, 20_000, 50_000)
FILTERS = ("failed:yes", "aet:DEV0*", "result:rejected", "after:16:30 op:store", "-failed:yes longer:0.3", "DEV1", "")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def grown(diagnosis: Diagnosis, number: int) -> Diagnosis:
    """Return ``diagnosis`` with ``number`` associations: its own, again and again, a minute later each time."""
    own = diagnosis.associations
    places = {one.id: place for place, one in enumerate(own)}
    made = [_later(own[n % len(own)], n, n // len(own), places, len(own)) for n in range(number)]
    return replace(diagnosis, associations=tuple(made))


def _later(one: Association, number: int, turn: int, places: dict[str, int], count: int) -> Association:
    shift = timedelta(minutes=turn)
    parent = places.get(one.caused_by or "")
    return structs.replace(
        one,
        id=one.id if turn == 0 else f"A{number + 1}",
        start=one.start + shift if one.start else None,
        end=one.end + shift if one.end else None,
        established=one.established + shift if one.established else None,
        caused_by=None if parent is None else one.caused_by if turn == 0 else f"A{parent + turn * count + 1}",
    )


def _timed(work: Callable[[], str]) -> tuple[float, str]:
    begin = time.process_time()
    result = work()
    return time.process_time() - begin, result


def in_chromium(html: str) -> tuple[float, float]:
    """Return how many milliseconds the page's script takes to be ready, and the slowest of :data:`FILTERS`."""
    from playwright.sync_api import sync_playwright

    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        report = Path(folder) / "report.html"
        report.write_text(html, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        page = browser.new_page()
        page.goto(report.as_uri())
        opened = page.evaluate("performance.measure('all', {start: 0, end: 'loganalyzer-ready'}).duration")
        for query in FILTERS:
            page.fill("#filter", query)
            page.wait_for_timeout(400)
        took = page.evaluate("performance.getEntriesByName('loganalyzer-filter').map((one) => one.duration)")
        browser.close()
    return float(opened), float(max(took))


def main(arguments: list[str]) -> None:
    """Print one line of figures for each number of associations."""
    diagnosis = diagnose(SAMPLE)
    print("associations | JSON s | JSON MB | HTML s | HTML MB | opened ms | slowest filter ms")
    for number in [int(argument) for argument in arguments] or SIZES:
        large = grown(diagnosis, number)
        json_seconds, document = _timed(lambda large=large: to_json(large))  # type: ignore[misc]
        html_seconds, html = _timed(lambda large=large: render_html(large))  # type: ignore[misc]
        opened, slowest = in_chromium(html)
        figures = (
            f"{json_seconds:6.2f}",
            f"{len(document) / 1e6:7.1f}",
            f"{html_seconds:6.2f}",
            f"{len(html) / 1e6:7.2f}",
        )
        print(f"{number:12}", *figures, f"{opened:9.0f}", f"{slowest:17.0f}", sep=" | ")


if __name__ == "__main__":
    main(sys.argv[1:])
