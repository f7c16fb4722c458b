"""Figures -> pictures: inline SVG that takes its colours from the page, so that it follows dark mode. Knows numbers.

Drawn by matplotlib with stand-in colours, which are then replaced by the page's own CSS variables.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from eval.metrics import KS, RiskPoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK, _SOFT, _LINE, _ONE, _TWO, _THREE = (f"#0102{n:02x}" for n in range(3, 9))
_COLOURS = {
    _INK: "var(--ink)",
    _SOFT: "var(--soft)",
    _LINE: "var(--line)",
    _ONE: "var(--one)",
    _TWO: "var(--two)",
    _THREE: "var(--three)",
}
_SIZE = (5.6, 3.2)
"""Inches; the page scales it to the width that there is."""


def recall(summary: Mapping[str, Any]) -> str:
    """Recall, hit and all-evidence at k, recall with its interval."""
    with _drawing("recall") as (figure, axes):
        places = range(len(KS))
        for name, colour, label in (
            ("hit_at", _TWO, "any evidence"), ("recall_at", _ONE, "recall"), ("all_at", _THREE, "all evidence")
        ):  # fmt: skip
            leaves = [summary["retrieval"][name][str(k)] for k in KS]
            values = [found["value"] for found in leaves]
            axes.plot(places, values, marker="o", markersize=4, color=colour, label=label, zorder=3)
            if name == "recall_at":
                low = [found["value"] if found["low"] is None else found["low"] for found in leaves]
                high = [found["value"] if found["high"] is None else found["high"] for found in leaves]
                axes.fill_between(places, low, high, color=colour, alpha=0.15, linewidth=0)
        axes.set_xticks(places, [str(k) for k in KS])
        axes.set_xlabel("first k pieces")
        axes.set_ylim(0, 1.02)
        _legend(axes)
        return _svg(figure)


def risk(points: Sequence[RiskPoint]) -> str:
    """Share wrong against share answered, from the most confident answers on."""
    with _drawing("risk") as (figure, axes):
        axes.plot(
            [point.coverage for point in points],
            [point.risk for point in points],
            marker="o",
            markersize=3,
            color=_ONE,
            zorder=3,
        )
        axes.set_xlim(0, 1.02)
        axes.set_ylim(0, max(0.05, 1.15 * max(point.risk for point in points)))
        axes.set_xlabel("share of all questions answered, most confident first")
        axes.set_ylabel("share of these wrong")
        return _svg(figure)


def latency(times: Mapping[str, Sequence[float]]) -> str:
    """Share of the questions that are done after so many seconds, one curve for each of ``times`` (milliseconds)."""
    from matplotlib.ticker import LogLocator, NullLocator

    with _drawing("latency") as (figure, axes):
        for (label, values), colour in zip(times.items(), (_TWO, _ONE, _THREE), strict=False):
            axes.ecdf([max(value, 0.1) / 1000 for value in values], color=colour, label=label, zorder=3)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_ylim(0, 1.02)
        axes.set_xlabel("seconds from the question")
        axes.set_ylabel("share of questions")
        _legend(axes)
        return _svg(figure)


@contextmanager
def _drawing(name: str) -> Iterator[tuple[Figure, Axes]]:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    style = {
        "svg.fonttype": "none",
        "svg.hashsalt": name,
        "font.family": "sans-serif",
        "font.size": 10,
        "text.color": _INK,
        "axes.labelcolor": _SOFT,
        "axes.edgecolor": _LINE,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": _LINE,
        "grid.linewidth": 0.6,
        "xtick.color": _SOFT,
        "ytick.color": _SOFT,
        "lines.linewidth": 1.8,
    }
    with mpl.rc_context(style):  # type: ignore[arg-type]  # its keys are a closed list of names
        figure = Figure(figsize=_SIZE, layout="constrained")
        figure.patch.set_alpha(0)
        axes = figure.add_subplot()
        axes.patch.set_alpha(0)
        yield figure, axes


def _legend(axes: Axes) -> None:
    """Above the drawing, where no curve can be."""
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2, frameon=False, fontsize=9)


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r' (?:width|height)="[\d.]+pt"', "", svg, count=2)
    svg = re.sub(r' id="(?:figure|axes|patch|line2d|text|xtick|ytick|legend|matplotlib|FillBetween)[^"]*"', "", svg)
    svg = re.sub(r"'?DejaVu Sans'?[^;\"]*", "var(--sans)", svg)
    for drawn, meant in _COLOURS.items():
        svg = svg.replace(drawn, meant)
    svg = re.sub(r' xmlns(?::xlink)?="[^"]*"', "", svg).replace("xlink:href", "href")  # HTML needs no namespaces
    return svg.replace("<svg ", '<svg role="img" ', 1).strip()
