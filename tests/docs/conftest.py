"""A checkout for the commands of a page."""

import sys
from pathlib import Path

import pytest

from seer_evals.organisms import outside
from tests.docs.checkout import Checkout


@pytest.fixture
def checkout(tmp_path: Path, organism_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    monkeypatch.setattr(outside, "_loaded", {})  # a family of the README's, which other tests know nothing of
    if not (Path(sys.prefix) / "bin" / "activate").exists():
        pytest.skip("the tests do not run in a virtual environment")
    return Checkout.make(tmp_path)
