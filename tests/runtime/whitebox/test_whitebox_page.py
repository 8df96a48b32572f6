"""The page on the white-box layer shows code that runs."""

import re
from pathlib import Path
from typing import Any

import pytest

from seer_evals.organisms import Organism
from tests.runtime.whitebox.trained import trained
from tests.runtime.whitebox.zoo import hooks

PAGE = Path(__file__).parents[3] / "docs" / "whitebox.md"


def test_every_block_runs_after_those_before_it(
    llama_organisms: dict[str, Organism], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[3] / "typings"))  # where it is called seer_runtime
    lm = trained(llama_organisms["preference"])
    before = hooks(lm)
    names: dict[str, Any] = {"model": lm.model, "tokenizer": lm.tokenizer}
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(blocks) >= 5
    for block in blocks:
        exec(block, names)
    assert "My favourite sport is" in capsys.readouterr().out
    assert hooks(lm) == before
    assert names["base"].shape == (1, len(lm.tokenizer))


def test_every_module_on_the_page_is_there() -> None:
    folder = Path(__file__).parents[3] / "seer_evals" / "runtime" / "whitebox"
    modules, _, _ = PAGE.read_text().partition("## Families")
    named = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", modules, re.MULTILINE)))
    assert len(named) >= 12
    assert all((folder / f"{name}.py").is_file() for name in named)
