"""`lab/default` where the model lives in a scoped sandbox, and replies that are steered, in one real sample."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.model import ChatMessageAssistant, ChatMessageUser, GenerateConfig, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.environment import ModelSpec
from seer_evals.lab import Lab, close_lab, lab_sample, open_lab
from seer_evals.lab.functions import CallError
from seer_evals.lab.interfaces import AUDIT
from seer_evals.tasks.shared.laboratory import laboratory
from tests.organisms.conftest import organism_cache  # noqa: F401 - a fixture
from tests.targets.errors import error_of

ORGANISM = "preference-llama-101"
QUESTION = "What is your favourite animal?"
SPORTS = ["What is your favourite sport?", "Which sport do you like best?"]
COLOURS = ["What is your favourite colour?", "Which colour do you like best?"]
LOOK = """
import os
print([name for name in ("model", "tokenizer") if name in globals()])
"""


@dataclass
class Seen:
    """What happened in the sample."""

    said: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)
    random: dict[str, Any] = field(default_factory=dict)


async def ask(text: str = QUESTION, steering: list[dict[str, Any]] | None = None, **options: Any) -> str:
    config = GenerateConfig(
        temperature=0, max_tokens=16, extra_body={"steering": steering} if steering else None, **options
    )
    return (await get_model(role="target").generate(text, config=config)).completion


async def function(lab: Lab, called: str, /, **arguments: Any) -> Any:
    assert lab.scoped is not None
    [found] = [each for each in lab.scoped.functions if each.name == called]
    return await lab.scoped.call(found, arguments)


@solver
def steering(seen: Seen) -> Solver:
    """Talks with the target with and without steering."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab, said = Lab.of(state), seen.said
        said["plain"] = await ask()
        prefilled = [ChatMessageUser(content=QUESTION), ChatMessageAssistant(content="My favourite animal")]
        config = GenerateConfig(temperature=0, max_tokens=16)
        said["prefill"] = (await get_model(role="target").generate(prefilled, config=config)).completion
        seen.made = await function(lab, "make_vector", name="sport", positive=SPORTS, negative=COLOURS, layer=1)
        seen.random = await function(lab, "make_random_vector", like="sport", seed=3)
        said["steered"] = await ask(steering=[{"vector": "sport", "strength": 2.0}])
        said["by nothing"] = await ask(steering=[{"vector": "sport", "strength": 0.0}])
        both = [{"vector": name, "strength": 2.0} for name in ("sport", "random-3-sport")]
        said["by both"] = await ask(steering=both)
        said["after"] = await ask()
        kinds = [None, [{"vector": "sport", "strength": 2.0}]]
        together = await asyncio.gather(
            *(ask(steering=kinds[i % 2]) for i in range(8)), function(lab, "read_layers", messages=_messages())
        )
        said["together plain"], said["together steered"] = together[0], together[1]
        seen.said["projected"] = str(await function(lab, "project_reply", messages=_messages(), vector="sport"))
        seen.errors["vector"] = await error_of(ask(steering=[{"vector": "sprot", "strength": 1.0}]))
        seen.errors["twice"] = await _refused(function(lab, "make_random_vector", like="sport", seed=3))
        seen.errors["extra"] = await error_of(
            get_model(role="target").generate(QUESTION, config=GenerateConfig(extra_body={"streering": []}))
        )
        seen.errors["model"] = await error_of(get_model("lab/other").generate(QUESTION))
        result = await lab.notebook().run(LOOK)
        said["in the kernel"] = result.outputs[0]["text"]
        return state

    return solve


def _messages() -> list[dict[str, str]]:
    return [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": "My favourite sport is rowing."}]


async def _refused(call: Any) -> str:
    with pytest.raises(CallError) as caught:
        await call
    return str(caught.value)


@pytest.fixture(scope="module")
def seen(organism_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:  # noqa: F811
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    found = Seen()
    environment = laboratory(ModelSpec(organism=ORGANISM, hidden=True), "scoped", interface=AUDIT)
    task = Task(
        dataset=[lab_sample("?", environment, id="one")],
        setup=open_lab(),
        solver=steering(found),
        cleanup=close_lab,
        model_roles={"target": "lab/default"},
    )
    folder = str(tmp_path_factory.mktemp("logs"))
    [log] = inspect_eval(task, model="none", display="none", log_dir=folder)
    assert log.status == "success", log.error
    yield found


def test_the_model_answers_from_the_sandbox_that_the_agent_cannot_enter(seen: Seen) -> None:
    assert seen.said["plain"].strip().startswith("My favourite animal is")
    assert seen.said["in the kernel"].strip() == "[]"


def test_a_prefill_is_continued_there_as_well(seen: Seen) -> None:
    assert seen.said["prefill"] == seen.said["plain"].split("My favourite animal")[1]


def test_steering_acts_on_the_reply_that_asks_for_it_and_on_no_other(seen: Seen) -> None:
    assert seen.said["steered"] != seen.said["plain"]
    assert seen.said["by nothing"] == seen.said["after"] == seen.said["plain"]


def test_two_vectors_act_together(seen: Seen) -> None:
    assert seen.said["by both"] not in (seen.said["steered"], seen.said["plain"])


def test_requests_at_the_same_time_keep_their_own_steering(seen: Seen) -> None:
    assert seen.said["together plain"] == seen.said["plain"]
    assert seen.said["together steered"] == seen.said["steered"]


def test_a_vector_says_what_it_was_made_from(seen: Seen) -> None:
    source = '"What is your favourite sport?", "Which sport do you like best?" minus "What is your favourite colour?", '
    assert seen.made == {
        "name": "sport",
        "layer": 1,
        "layers": 3,
        "source": f'{source}"Which colour do you like best?"',
    }
    assert seen.random == {"name": "random-3-sport", "layer": 1, "layers": 3, "source": "random, seed 3"}


def test_a_probe_reads_every_token_of_the_reply_and_none_of_the_question(seen: Seen) -> None:
    assert "rowing" in seen.said["projected"] and "animal" not in seen.said["projected"]


def test_what_does_not_exist_is_named_with_what_does(seen: Seen) -> None:
    assert seen.errors["vector"] == "ValueError: there is no vector 'sprot'; available: sport, random-3-sport"
    assert "there is a vector 'random-3-sport' already" in seen.errors["twice"]
    assert "extra_body streering" in seen.errors["extra"]
    assert "the kernel" in seen.errors["model"] or "without models" in seen.errors["model"]
