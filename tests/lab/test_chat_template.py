"""A model that has no chat template says so when it is loaded, and takes one."""

import logging
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.event import InfoEvent
from inspect_ai.model import GenerateConfig, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.environment import Environment, ModelSpec
from seer_evals.lab import close_lab, lab_sample, open_lab
from seer_evals.lab._lab import Lab
from tests.runtime.tiny_models import save

pytestmark = pytest.mark.slow

TEMPLATE = "{% for m in messages %}<user>{{ m['content'] }}{% endfor %}<assistant>"


@solver
def asking(found: dict[str, Any]) -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        result = await Lab.of(state).notebook().run("print(tokenizer.chat_template)")
        found["template"] = result.outputs[-1]["text"].strip()
        try:
            output = await get_model("lab/default").generate("Hello.", config=GenerateConfig(max_tokens=3))
            found["tokens"] = output.usage and output.usage.output_tokens
        except Exception as error:
            found["error"] = str(error)
        return state

    return solve


def bare_model(folder: Path) -> str:
    base, _ = save(folder)
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base)
    tokenizer.chat_template = None
    tokenizer.save_pretrained(base)
    (Path(base) / "chat_template.jinja").unlink(missing_ok=True)
    return base


def run(tmp_path: Path, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    environment = Environment(models=(ModelSpec(path=bare_model(tmp_path), **options),))
    task = Task([lab_sample("?", environment, id="one")], setup=open_lab(), solver=asking(found), cleanup=close_lab)
    [log] = inspect_eval(task, model="none", display="none", log_dir=str(tmp_path / "logs"))
    assert log.status == "success" and log.samples, log.error
    events = [event.data for event in log.samples[0].events if isinstance(event, InfoEvent)]
    found["said"] = [data for data in events if isinstance(data, dict) and "chat_template" in data]
    return found


def test_a_model_without_one_says_so_at_loading(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="seer_evals"):
        found = run(tmp_path)
    assert found["template"] == "None" and "tokens" not in found
    assert found["said"] == [{"chat_template": "none", "model": "model"}]


@pytest.mark.parametrize("as_file", [False, True], ids=["text", "file"])
def test_it_takes_one_and_can_be_asked(tmp_path: Path, as_file: bool) -> None:
    (tmp_path / "own.jinja").write_text(TEMPLATE)
    found = run(tmp_path, chat_template=str(tmp_path / "own.jinja") if as_file else TEMPLATE)
    assert found["template"] == TEMPLATE and found["tokens"] == 3 and not found["said"]


def test_an_organism_has_its_own() -> None:
    with pytest.raises(ValueError, match="chat_template contradicts organism 'preference-llama-101'"):
        ModelSpec(organism="preference-llama-101", chat_template=TEMPLATE)
