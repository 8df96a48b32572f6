"""The figures of a report, as SVG without anything from elsewhere."""

import io
import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seer_evals.experiments._experiment import Rule
from seer_evals.experiments._results import COST, SECONDS, TOKENS, Arm
from seer_evals.experiments._verdict import Comparison
from seer_evals.intervals import average

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"better": "#1b7837", "worse": "#b2182b", "as good": "#2166ac"}
OTHER = "#666666"
WIDTH = 4.4
"""Inches. A telephone shows it in nearly its own size, so that what is written can be read there."""
FONT = 9
"""Points."""
CLOSE = 0.05
"""Share of an axis below which two points have one label."""


def differences_figure(rule: Rule, found: Sequence[Comparison]) -> str:
    """Each arm's difference from the first one with its interval, and what does not matter as a band."""
    shown = [each for each in found if each.difference.count]
    fig, axes = begun(0.9 + 0.42 * max(1, len(shown)))
    axes.axvspan(-rule.least, rule.least, color="#eeeeee", zorder=0)
    axes.axvline(0, color="black", linewidth=0.8)
    for row, each in enumerate(reversed(shown)):
        gap, colour = each.difference, COLOURS.get(each.says, OTHER)
        if not math.isnan(gap.low):
            axes.plot([gap.low, gap.high], [row, row], color=colour, linewidth=2)
        axes.plot([gap.value], [row], "o", color=colour)
    axes.set_yticks(range(len(shown)), [each.arm for each in reversed(shown)])
    axes.set_ylim(-0.6, max(0, len(shown) - 1) + 0.6)
    axes.set_xlabel(f"{rule.scored}, minus the first arm\ngrey: less than what matters")
    return svg(fig)


def frontier_figure(metric: str, arms: Sequence[Arm], beaten: Mapping[str, str]) -> str:
    """The metric by what a sample took: dollars where there are any, else tokens, else seconds; beaten arms hollow.

    Points have numbers, and their names stand below: names beside points that lie close would hide each other.
    """
    unit = next((each for each in (COST, TOKENS) if any(sum(arm.values(each)) for arm in arms)), SECONDS)
    found = [(arm.name, average(arm.values(unit)), average(arm.values(metric))) for arm in arms]
    shown = [each for each in found if each[1].count and each[2].count]
    fig, axes = begun(2.8 + 0.19 * len(shown))
    for name, price, value in shown:
        low, high = (value.value if math.isnan(each) else each for each in (value.low, value.high))
        axes.plot([price.value] * 2, [low, high], color="#bbbbbb", linewidth=1.5, zorder=1)
        style: Any = "none" if name in beaten else "full"
        axes.plot([price.value], [value.value], "o", color="#2166ac", fillstyle=style)
    for numbers, x, y in _together([(price.value, value.value) for _, price, value in shown]):
        axes.annotate(", ".join(map(str, numbers)), (x, y), xytext=(6, 5), textcoords="offset points", fontsize=FONT)
    axes.set_xlabel({COST: "dollars a sample", TOKENS: "tokens a sample", SECONDS: "seconds a sample"}[unit])
    axes.set_ylabel(metric)
    axes.margins(x=0.2, y=0.1)
    names = "\n".join(f"{number}  {name}" for number, (name, _, _) in enumerate(shown, 1))
    fig.supxlabel(names, x=0.02, ha="left", fontsize=FONT)
    return svg(fig)


def _together(points: Sequence[tuple[float, float]]) -> list[tuple[list[int], float, float]]:
    """Numbers from 1 of points that would be drawn over each other, and where the first of them is."""
    spans = [max(each) - min(each) or 1.0 for each in zip(*points, strict=True)]
    found: list[tuple[list[int], float, float]] = []
    for number, (x, y) in enumerate(points, 1):
        near = (each for each in found if abs(each[1] - x) < CLOSE * spans[0] and abs(each[2] - y) < CLOSE * spans[1])
        if group := next(near, None):
            group[0].append(number)
        else:
            found.append(([number], x, y))
    return found


def begun(height: float) -> "tuple[Any, Axes]":
    """An empty figure, as high as that in inches, without a frame.

    Raises:
        ValueError: There is no matplotlib.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ValueError("a report has figures, which need matplotlib: pip install 'seer_evals[local]'") from error
    fig = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = fig.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=FONT)
    axes.xaxis.label.set_fontsize(FONT)
    axes.yaxis.label.set_fontsize(FONT)
    return fig, axes


def svg(fig: Any) -> str:
    """Without what an SVG says at its beginning, and without the day, so that equal logs have equal reports."""
    held = io.StringIO()
    from matplotlib import rc_context

    with rc_context({"svg.hashsalt": "seer", "svg.fonttype": "path"}):
        fig.savefig(held, format="svg", metadata={"Date": None})
    found: str = held.getvalue()
    return re.sub(r"<metadata>.*?</metadata>", "", found[found.index("<svg") :], flags=re.DOTALL)
