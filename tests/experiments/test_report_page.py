"""The report's page in a real browser: nothing is asked of anywhere, nothing runs, and figures can be read."""

import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seer_evals.experiments import Arm, Experiment, Rule, Vary, as_html, write
from tests.browser import browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser"]

ARMS = ("skills=none", "skills=all", "skills=<b>bold</b>", "skills=all-but-token-probabilities", "</svg><script>x()")
POINTS = 9
"""Of what is written in figures."""
PIXELS = 96 / 72
"""In a point."""


def arms() -> list[Arm]:
    rng = random.Random(1)
    found = []
    for number, name in enumerate(ARMS):
        samples = {
            ("task", f"org-{organism}", 1): {
                "right": float(rng.random() < 0.2 + 0.2 * number),
                "process_cost": 0.1 * (number + 1),
                "seconds": 3.0,
            }
            for organism in range(10)
        }
        found.append(Arm(name, samples))
    return found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    vary = Vary(arms={f"arm-{number}": {} for number in range(len(ARMS))})
    experiment = Experiment(name="skills", question="Is <i>it</i>?", inspect={}, vary=vary, verdict=Rule(least=0.2))
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(as_html(write(experiment, arms())), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [1280, 400])
def test_it_is_read_without_scrolling_aside_and_without_a_network(browser: "Browser", page: Path, width: int) -> None:
    opened = browser.new_page(viewport={"width": width, "height": 900})
    asked: list[str] = []
    said: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.goto(page.as_uri())
    assert asked == [page.as_uri()] and said == []
    assert opened.evaluate("document.documentElement.scrollWidth") <= width, "tables scroll by themselves"
    assert opened.locator("script").count() == 0 and opened.locator("h1 + p i, td b").count() == 0
    figures = opened.locator("figure svg")
    assert figures.count() == 2
    for number in range(2):
        figure = figures.nth(number)
        box, drawn = figure.bounding_box(), figure.evaluate("each => each.viewBox.baseVal.width")
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width
        assert POINTS * PIXELS * 0.8 <= POINTS * box["width"] / drawn <= POINTS * PIXELS * 2, "as large as text is"
    opened.close()


@pytest.mark.parametrize("width", [1280, 400])
def test_nothing_that_is_written_in_a_figure_lies_over_another_thing(
    browser: "Browser", page: Path, width: int
) -> None:
    opened = browser.new_page(viewport={"width": width, "height": 900})
    opened.goto(page.as_uri())
    boxes = opened.evaluate(
        """() => [...document.querySelectorAll("figure svg")].map(svg =>
            [...svg.querySelectorAll("g[id^=text_]")].map(each => {
                const box = each.getBoundingClientRect()
                return [box.left, box.top, box.right, box.bottom]
            }).filter(box => box[2] > box[0]))"""
    )
    assert len(boxes) == 2 and all(len(each) > 5 for each in boxes)
    for figure in boxes:
        for number, one in enumerate(figure):
            for other in figure[:number]:
                apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
                assert apart, (one, other)
    opened.close()
