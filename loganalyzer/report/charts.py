"""Charts of a diagnosis, drawn with matplotlib as SVG that belongs into the HTML report.

This is the only module that imports matplotlib, and only when there is something to draw. Charts are byte-stable for
one version of matplotlib: no dates, fixed identifiers, no fonts embedded.
"""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from io import StringIO
from threading import Lock
from typing import TYPE_CHECKING, Any

from loganalyzer.report.chart_data import KINDS, Rate, Stack, activity, by_duration, by_peer, rates
from loganalyzer.report.chart_svg import INKS, themed
from loganalyzer.report.view import year_known
from loganalyzer.report.visible import visible
from loganalyzer.texts import grouped

if TYPE_CHECKING:
    from loganalyzer.diagnosis.model import Diagnosis
    from loganalyzer.texts import Texts

FEWEST = 3
"""Associations from which charts are drawn; fewer are read at a glance in the table."""

_DRAWING = Lock()  # matplotlib's settings belong to the whole process
_SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "loganalyzer",
    "font.size": 9,
    "font.family": ["DejaVu Sans"],
    "text.parse_math": False,
    "text.color": INKS["text"],
    "axes.labelcolor": INKS["quiet"],
    "axes.edgecolor": INKS["line"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "grid.color": INKS["line"],
    "grid.linewidth": 0.6,
    "xtick.color": INKS["line"],
    "xtick.labelcolor": INKS["quiet"],
    "ytick.color": INKS["line"],
    "ytick.labelcolor": INKS["quiet"],
    "legend.frameon": False,
}
_WIDTH = 6.4
_LABEL = 18


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart with the table of its numbers. ``svg`` is markup that holds nothing but what was drawn here."""

    id: str
    title: str
    svg: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def draw_charts(diagnosis: Diagnosis, texts: Texts) -> list[Chart]:
    """Return the charts that the diagnosis has numbers for; none, and quickly, for fewer than :data:`FEWEST`."""
    associations = diagnosis.associations
    if len(associations) < FEWEST:
        return []
    made = []
    over_time = activity(associations, year=year_known(diagnosis))
    if over_time is not None:
        made.append(_stacked("activity", over_time, texts, "chart.column_time"))
    peers = by_peer(associations, texts("chart.others"))
    made.append(_stacked("outcomes", peers, texts, "chart.column_peer", lying=True))
    durations = by_duration(associations, texts)
    if durations is not None:
        made.append(_stacked("durations", durations, texts, "chart.column_duration"))
    stores = rates(associations)
    if stores:
        made.append(_rates(stores, texts))
    return made


def _stacked(name: str, stack: Stack, texts: Texts, column: str, *, lying: bool = False) -> Chart:
    kinds = [texts(f"chart.kind.{KINDS[kind]}") for kind in stack.kinds]
    rows = [
        (label, *(grouped(counts[kind]) for kind in stack.kinds), grouped(sum(counts)))
        for label, counts in zip(stack.labels, stack.counts, strict=True)
    ]
    title = texts(f"chart.{name}")
    label = texts("chart.caption", title=title, what=", ".join(kinds))

    def draw(figure: Any, axes: Any) -> None:  # noqa: ANN401 -- matplotlib has no types
        places = range(len(stack.labels))
        floor = [0] * len(stack.labels)
        for kind, word in zip(stack.kinds, kinds, strict=True):
            used = [place for place in places if stack.counts[place][kind]]
            heights = [stack.counts[place][kind] for place in used]
            floors = [floor[place] for place in used]
            color = INKS[f"s{kind + 1}"]
            if lying:
                axes.barh(used, heights, left=floors, height=0.7, color=color, label=word)
            else:
                axes.bar(used, heights, bottom=floors, width=0.8, color=color, label=word)
            for place, height in zip(used, heights, strict=True):
                floor[place] += height
        _label_axes(axes, stack.labels, texts("chart.axis_associations"), lying=lying)
        figure.legend(loc="upper left", ncols=4, handlelength=1, columnspacing=1.2, borderaxespad=0.2)

    lines = -(-len(kinds) // 4)
    height = 0.6 + 0.16 * lines + (0.22 * len(stack.labels) if lying else 1.5)
    return Chart(
        f"chart-{name}",
        title,
        _svg(name, label, draw, height, top=0.18 * lines + 0.06, lying=lying),
        (texts(column), *kinds, texts("chart.total")),
        tuple(rows),
    )


def _rates(stores: list[Rate], texts: Texts) -> Chart:
    title = texts("chart.rates")

    def draw(_: Any, axes: Any) -> None:  # noqa: ANN401 -- matplotlib has no types
        axes.barh(range(len(stores)), [rate.median for rate in stores], height=0.7, color=INKS["s1"])
        _label_axes(axes, tuple(rate.label for rate in stores), texts("chart.axis_rate"), lying=True)

    rows = tuple(
        (rate.label, grouped(rate.associations), grouped(rate.instances), f"{rate.median:.1f}", f"{rate.slowest:.1f}")
        for rate in stores
    )
    columns = ("peer", "associations", "instances", "median", "slowest")
    head = tuple(texts(f"chart.column_{column}") for column in columns)
    label = texts("chart.caption", title=title, what=texts("chart.axis_rate"))
    svg = _svg("rates", label, draw, 0.65 + 0.22 * len(stores), top=0.06, lying=True)
    return Chart("chart-rates", title, svg, head, rows)


def _label_axes(axes: Any, labels: tuple[str, ...], unit: str, *, lying: bool) -> None:  # noqa: ANN401
    short = [visible(label, _LABEL) for label in labels]
    if lying:
        axes.set_yticks(range(len(short)), short)
        axes.invert_yaxis()
        axes.set_xlabel(unit)
        axes.grid(axis="x")
    else:
        every = max(1, -(-len(short) // 7))
        axes.set_xticks(range(0, len(short), every), short[::every])
        axes.set_ylabel(unit)
        axes.grid(axis="y")
    counted = axes.xaxis if lying else axes.yaxis
    counted.get_major_locator().set_params(nbins=6, integer=False, min_n_ticks=2)
    axes.tick_params(length=0)


def _svg(name: str, label: str, draw: Any, height: float, *, top: float, lying: bool) -> str:  # noqa: ANN401
    """Draw with matplotlib's settings of :data:`_SETTINGS`; sizes are inches, ``top`` is what the legend takes."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    with _DRAWING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import matplotlib as mpl
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure

        with mpl.rc_context(_SETTINGS):
            figure = Figure(figsize=(_WIDTH, height))
            FigureCanvasSVG(figure)
            axes = figure.add_subplot()
            draw(figure, axes)
            left = 1.35 if lying else 0.55
            figure.subplots_adjust(
                left=left / _WIDTH, right=1 - 0.12 / _WIDTH, top=1 - (top + 0.06) / height, bottom=0.45 / height
            )
            stream = StringIO()
            figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    return themed(stream.getvalue(), f"chart-{name}", label)
