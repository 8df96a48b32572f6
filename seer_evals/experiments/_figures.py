"""The figures of a report, as SVG without anything from elsewhere."""

import io
import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from seer_evals.experiments._experiment import Rule
from seer_evals.experiments._results import COST, SECONDS, TOKENS, Arm
from seer_evals.experiments._verdict import Comparison
from seer_evals.intervals import average

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"better": "#1b7837", "worse": "#b2182b", "as good": "#2166ac"}
OTHER = "#666666"


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
    axes.set_xlabel(f"{rule.scored}, minus the first arm; grey: less than what matters")
    return svg(fig)


def frontier_figure(metric: str, arms: Sequence[Arm], beaten: dict[str, str]) -> str:
    """The metric by what a sample took: dollars where there are any, else tokens, else seconds; beaten arms hollow."""
    unit = next((each for each in (COST, TOKENS) if any(sum(arm.values(each)) for arm in arms)), SECONDS)
    fig, axes = begun(3.2)
    for arm in arms:
        value, price = average(arm.values(metric)), average(arm.values(unit))
        if not value.count or not price.count:
            continue
        low, high = (value.value if math.isnan(each) else each for each in (value.low, value.high))
        axes.plot([price.value] * 2, [low, high], color="#bbbbbb", linewidth=1.5, zorder=1)
        axes.plot(
            [price.value], [value.value], "o", color="#2166ac", fillstyle="none" if arm.name in beaten else "full"
        )
        axes.annotate(arm.name, (price.value, value.value), xytext=(6, 5), textcoords="offset points", fontsize=9)
    axes.set_xlabel({COST: "dollars a sample", TOKENS: "tokens a sample", SECONDS: "seconds a sample"}[unit])
    axes.set_ylabel(metric)
    axes.margins(x=0.2)
    return svg(fig)


def begun(height: float) -> "tuple[Any, Axes]":
    """An empty figure, as high as that in inches, without a frame.

    Raises:
        ValueError: There is no matplotlib.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ValueError("a report has figures, which need matplotlib: pip install 'seer_evals[local]'") from error
    fig = Figure(figsize=(7, height), layout="constrained")
    axes = fig.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return fig, axes


def svg(fig: Any) -> str:
    """Without what an SVG says at its beginning, and without the day, so that equal logs have equal reports."""
    held = io.StringIO()
    from matplotlib import rc_context

    with rc_context({"svg.hashsalt": "seer", "svg.fonttype": "path"}):
        fig.savefig(held, format="svg", metadata={"Date": None})
    found: str = held.getvalue()
    return re.sub(r"<metadata>.*?</metadata>", "", found[found.index("<svg") :], flags=re.DOTALL)
