"""A real browser, for pages that people look at: Debian's Chromium, or the one that `SEER_TEST_BROWSER` names."""

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PATH = os.environ.get("SEER_TEST_BROWSER") or shutil.which("chromium") or shutil.which("google-chrome")
WANTED = "needs a browser: apt install chromium (or set SEER_TEST_BROWSER), and pip install 'seer_evals[browser]'"
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Chromium without a window, for a module whose tests do not await: while it is open, this thread's loop runs."""
    driver = pytest.importorskip("playwright.sync_api", reason=WANTED)
    if PATH is None:
        pytest.skip(WANTED)
    with driver.sync_playwright() as opened:
        found = opened.chromium.launch(executable_path=PATH, args=[*QUIET])
        yield found
        found.close()
