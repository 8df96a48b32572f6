"""References of studies, imported as they are inside a sandbox."""

import importlib
from pathlib import Path
from typing import Any

import pytest

import seer_evals

RUNTIME = Path(seer_evals.__file__).parents[1] / "typings"
"""Where the runtime has the name that sandboxes give it, `seer_runtime`."""


def load_reference(name: str) -> Any:
    """The module `seer_evals.tasks.NAME.reference`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(RUNTIME))
        return importlib.import_module(f"seer_evals.tasks.{name}.reference")
