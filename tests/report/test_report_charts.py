from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from msgspec import structs

from loganalyzer.report.chart_data import KINDS, LIMITS, activity, by_duration, by_peer, kind_of, rates
from loganalyzer.report.charts import draw_charts
from loganalyzer.report.overview import overview
from loganalyzer.texts import texts

if TYPE_CHECKING:
    from loganalyzer.diagnosis.model import Diagnosis
    from loganalyzer.report.charts import Chart


@pytest.fixture(scope="module")
def charts(busy_diagnosis: Diagnosis) -> list[Chart]:
    return draw_charts(busy_diagnosis, texts())


def test_one_association_is_drawn_too(one_diagnosis: Diagnosis) -> None:
    drawn = overview(one_diagnosis.associations[:1], "others", year=True)
    assert drawn is not None
    assert [row.total for row in drawn.rows] == [1]
    assert (drawn.last - drawn.first).total_seconds() >= 1


def _many(diagnosis: Diagnosis) -> Diagnosis:
    copies = [structs.replace(one, id=f"{one.id}{n}") for n in range(3) for one in diagnosis.associations]
    return replace(diagnosis, associations=tuple(copies))


def test_all_four_charts_are_drawn(charts: list[Chart]) -> None:
    assert [chart.id for chart in charts] == ["chart-activity", "chart-outcomes", "chart-durations", "chart-rates"]


def test_charts_hold_no_style_and_only_their_own_identifiers(charts: list[Chart]) -> None:
    for chart in charts:
        root = ET.fromstring(chart.svg)  # noqa: S314 -- made by the code under test
        for element in root.iter():
            assert "style" not in element.attrib
            assert not element.tag.endswith(("}style", "}script", "}metadata", "}image"))
            assert element.get("id", chart.id).startswith(chart.id)
            assert element.get("href", "#").startswith("#")
            assert not re.match("#0[1-4]", element.get("fill", "") + element.get("stroke", ""))
        ids = {element.get("id") for element in root.iter()}
        assert set(re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", chart.svg)) <= ids


def test_every_association_is_counted_once(busy_diagnosis: Diagnosis, charts: list[Chart]) -> None:
    total = len(busy_diagnosis.associations)
    for chart in charts[:2]:
        assert sum(int(row[-1]) for row in chart.rows) == total
        for row in chart.rows:
            assert sum(map(int, row[1:-1])) == int(row[-1])


def test_the_table_has_a_column_for_every_kind_that_occurs(busy_diagnosis: Diagnosis, charts: list[Chart]) -> None:
    kinds = [kind for kind in KINDS if any(kind_of(one) == kind for one in busy_diagnosis.associations)]
    assert list(charts[0].head[1:-1]) == [texts()(f"chart.kind.{kind}") for kind in kinds]


def test_charts_are_the_same_every_time(busy_diagnosis: Diagnosis, charts: list[Chart]) -> None:
    assert draw_charts(busy_diagnosis, texts()) == charts


def test_names_of_a_log_are_drawn_as_they_are(hostile: Diagnosis) -> None:
    for chart in draw_charts(_many(hostile), texts()):
        root = ET.fromstring(chart.svg)  # noqa: S314 -- made by the code under test
        assert all(element.tag.startswith("{http://www.w3.org/2000/svg}") for element in root.iter())
        chart.svg.encode("utf-8")


def test_dollars_are_no_formula(one_diagnosis: Diagnosis) -> None:
    named = tuple(structs.replace(one, calling_aet="$x^2$") for one in one_diagnosis.associations)
    outcomes = draw_charts(_many(replace(one_diagnosis, associations=named)), texts())
    assert "$x^2$" in next(chart.svg for chart in outcomes if chart.id == "chart-outcomes")


def test_two_associations_need_no_chart_and_no_matplotlib() -> None:
    code = (
        "import sys\n"
        "from loganalyzer.diagnosis.model import Diagnosis, Verdict\n"
        "from loganalyzer.report.html import render_html\n"
        "from loganalyzer.timeline.association import Association, Direction\n"
        "two = tuple(Association(str(n), 0, 1, Direction.INCOMING) for n in range(2))\n"
        "render_html(Diagnosis(Verdict.HEALTHY, '', True, (), (), (), (), two, (), ()))\n"
        "print('matplotlib' in sys.modules, 'pandas' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "False False\n"
    )


def test_bars_of_time_are_equal_and_complete(busy_diagnosis: Diagnosis) -> None:
    stack = activity(busy_diagnosis.associations, year=True)
    assert stack
    assert len(stack.labels) == len(stack.counts) == len(set(stack.labels))
    assert 2 <= len(stack.labels) <= 50
    assert stack.labels[0] <= f"{min(one.start for one in busy_diagnosis.associations if one.start):%H:%M:%S}"


def test_peers_beyond_the_first_share_a_row(busy_diagnosis: Diagnosis) -> None:
    stack = by_peer(busy_diagnosis.associations, "the rest")
    assert len(stack.labels) == 11
    assert stack.labels[-1] == "the rest"
    assert len(by_peer(busy_diagnosis.associations[:3], "the rest").labels) <= 3


def test_durations_fall_into_the_right_bars(busy_diagnosis: Diagnosis) -> None:
    stack = by_duration(busy_diagnosis.associations, texts())
    assert stack
    assert len(stack.labels) <= len(LIMITS) + 1
    timed = sum(one.start is not None and one.end is not None for one in busy_diagnosis.associations)
    assert sum(map(sum, stack.counts)) == timed


def test_rates_need_three_associations_that_store(busy_diagnosis: Diagnosis) -> None:
    stores = [one for one in busy_diagnosis.associations if any(o.command == "C-STORE" for o in one.operations)]
    assert rates(stores[:2]) == []
    found = rates(stores)
    assert [rate.median for rate in found] == sorted(rate.median for rate in found)
    assert all(0 < rate.slowest <= rate.median for rate in found)
