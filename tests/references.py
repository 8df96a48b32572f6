"""References of studies, imported as they are inside a sandbox."""

import importlib
import sys
from typing import Any

import pytest

NAMES = ("seer_runtime", "seer_runtime.whitebox")


def load_reference(name: str) -> Any:
    """The module `seer_evals.scorers.references.NAME`, which imports the runtime by the name that sandboxes give it."""
    with pytest.MonkeyPatch.context() as patch:
        for each in NAMES:
            patch.setitem(
                sys.modules, each, importlib.import_module(each.replace("seer_runtime", "seer_evals.runtime"))
            )
        return importlib.import_module(f"seer_evals.scorers.references.{name}")
