"""What trains, runs cells, or reads logs of something that does, run as it is printed."""

import re

import pytest

from tests.docs.checkout import Checkout
from tests.docs.pages import PAGES, printed
from tests.docs.running import why_not

OF_STUDIES = [page for page in PAGES if page == "docs/gallery.md" or page.startswith("seer_evals/tasks/")]
"""Their commands run each study's own technique to the end, as each study's own test does."""


@pytest.mark.slow
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("page", [page for page in PAGES if page not in OF_STUDIES])
def test_commands_that_take_minutes_run_as_they_are_printed(page: str, checkout: Checkout) -> None:
    for command in printed(page):
        if not why_not(command):
            done = checkout.run(command.text)
            said = f"{command}\n{done.stdout}{done.stderr}"
            assert done.returncode == 0 and not re.search(r"Task interrupted|Traceback|failed:", said), said
