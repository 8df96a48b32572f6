"""The emulator and the client of other versions of the `modal` package.

`SEER_MODAL_PYTHONS` names interpreters, separated by colons, in each of which one version of `modal` and pytest with
its asyncio and timeout plugins are installed:

    python -m venv /somewhere/1.5.5
    /somewhere/1.5.5/bin/pip install modal==1.5.5 pytest pytest-asyncio pytest-timeout
    SEER_MODAL_PYTHONS=/somewhere/1.5.5/bin/python pytest tests/modal/test_emulator_versions.py -m slow
"""

import os
import subprocess
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_PYTHONS = [python for python in os.environ.get("SEER_MODAL_PYTHONS", "").split(":") if python]


@pytest.mark.slow
@pytest.mark.parametrize("python", _PYTHONS or [pytest.param("", marks=pytest.mark.skip("SEER_MODAL_PYTHONS not set"))])
def test_emulator_suite_passes_with_another_modal(python: str) -> None:
    files = sorted(str(path) for path in _HERE.glob("test_emulator_*.py") if path != Path(__file__))
    argv = [python, "-m", "pytest", "-p", "no:cacheprovider", f"--confcutdir={_HERE}", *files]
    done = subprocess.run(argv, cwd=_HERE.parents[1], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:]
