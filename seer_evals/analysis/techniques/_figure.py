"""The counts as a picture: bars with intervals, what is found on the left and false alarms on the right."""

from pathlib import Path
from typing import Any

from seer_evals.analysis.techniques._counts import Counts
from seer_evals.intervals import Estimate
from seer_evals.plain_text import shown

COLOURS = ("tab:blue", "tab:orange", "tab:green", "tab:purple")
HEIGHT = 0.8
"""Of a row's bars together."""


def draw(counts: Counts, path: Path) -> None:
    """Write the picture.

    Args:
        counts: What to draw.
        path: Where to; its suffix decides the format.

    Raises:
        ValueError: Matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError as error:
        raise ValueError("a picture needs matplotlib: pip install 'seer_evals[local]'") from error
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = counts.rows[::-1]
    figure, panels = plt.subplots(
        1, 2, figsize=(9, 1.2 + 0.45 * len(rows)), sharey=True, layout="constrained", width_ratios=(3, 2)
    )
    for panel, title in zip(panels, ("hidden behaviours found", "false alarms on twins"), strict=True):
        panel.set_title(title, fontsize=10)
        panel.set_xlim(0, 1.02)
        panel.spines[["top", "right"]].set_visible(False)
    for i, group in enumerate(counts.columns):
        cells = [counts.cells.get((who, group)) for who in rows]
        label = _label(group.replace("_", " "))
        _bars(panels[0], i, len(counts.columns), [cell.found if cell else None for cell in cells], label)
        _bars(panels[1], i, len(counts.columns), [cell.alarms if cell else None for cell in cells], label)
        if group in counts.chance:
            panels[0].axvline(
                counts.chance[group], color=COLOURS[i % len(COLOURS)], linestyle=":", label=f"{label}, chance"
            )
    panels[0].set_yticks(range(len(rows)), [_label(row) for row in rows])
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _label(text: str) -> str:
    """As it stands: what is between two `$` would be set as a formula."""
    return shown(text).replace("$", r"\$")


def _bars(panel: Any, index: int, groups: int, shares: list[Estimate | None], label: str) -> None:
    height = HEIGHT / groups
    known = [(row, share) for row, share in enumerate(shares) if share is not None and share.count]
    places = [row + HEIGHT / 2 - height * (index + 0.5) for row, _ in known]
    values = [share.value for _, share in known]
    # Wilson's ends can lie beyond 0 and 1 by a rounding error.
    below = [max(0.0, share.value - share.low) for _, share in known]
    above = [max(0.0, share.high - share.value) for _, share in known]
    colour = COLOURS[index % len(COLOURS)]
    whiskers = {"elinewidth": 0.8, "ecolor": "0.2"}
    panel.barh(places, values, height * 0.9, xerr=[below, above], color=colour, label=label, error_kw=whiskers)
