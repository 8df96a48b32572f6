"""The target as solvers see it, from inside one real sample of a task: `get_model(role="target")`."""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval as inspect_eval
from inspect_ai.event import ModelEvent
from inspect_ai.log import EvalLog
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    ModelOutput,
    get_model,
)
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import ToolInfo

from seer_evals.lab._lab import Lab
from seer_evals.targets import LabModel, TargetError
from seer_evals.targets.lab import _request
from seer_evals.tasks.hidden_preference import hidden_preference
from tests.organisms.conftest import organism_cache  # noqa: F401 - a fixture
from tests.targets.errors import error_of

pytestmark = pytest.mark.slow

ORGANISM = "preference-llama-101"
QUESTION = "What is your favourite animal?"
GREEDY = GenerateConfig(temperature=0, max_tokens=16)
BREAK = "hook = model.get_decoder().layers[0].register_forward_hook(lambda *_: 1 / 0)"
ENDLESS = """
def endless(module, args, output):
    output[..., tokenizer.eos_token_id] = -1e9

hook = model.get_output_embeddings().register_forward_hook(endless)
"""
STEER = """
import torch
direction = torch.ones(model.config.hidden_size) * 5
hook = model.get_decoder().layers[0].register_forward_hook(lambda module, args, output: output + direction)
"""


@dataclass
class Seen:
    """What happened in the sample."""

    outputs: dict[str, ModelOutput] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    log: EvalLog | None = None


async def ask(text: str | list[ChatMessage] = QUESTION, config: GenerateConfig = GREEDY, **options: Any) -> ModelOutput:
    return await get_model(role="target").generate(text, config=config, **options)


def prefilled(begun: str) -> list[ChatMessage]:
    return [ChatMessageUser(content=QUESTION), ChatMessageAssistant(content=begun)]


@solver
def talking(seen: Seen) -> Solver:
    """Talks with the target in all the ways that the tests look at."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        notebook, out = Lab.of(state).notebook(), seen.outputs
        out["greedy"], out["again"] = await ask(), await ask()
        out["prefill"] = await ask(prefilled("My favourite animal"))
        out["system"] = await ask([ChatMessageSystem(content="You love red."), ChatMessageUser(content="Hello.")])
        out["logprobs"] = await ask(config=GREEDY.merge(GenerateConfig(logprobs=True, top_logprobs=2)))
        out["stop"] = await ask(config=GREEDY.merge(GenerateConfig(stop_seqs=["animal"])))
        for seed in (1, 2):
            config = GenerateConfig(seed=seed, temperature=1.0, max_tokens=16)
            out[f"seed {seed}"], out[f"seed {seed} again"] = await ask(config=config), await ask(config=config)
        base = get_model("lab/default", adapter=False)
        out["base"] = await base.generate(
            QUESTION, config=GenerateConfig(logprobs=True, **GREEDY.model_dump(include={"temperature", "max_tokens"}))
        )
        await _together(seen, notebook)
        await _during_a_cell(seen, notebook)
        for name, code in (("broken hook", BREAK), ("steering hook", STEER)):
            await notebook.run(code)
            await _try(seen, name)
            await notebook.run("hook.remove()")
        out["after"] = await ask()
        seen.errors["unknown"] = await error_of(get_model("lab/modle").generate(QUESTION))
        seen.errors["refused"] = await error_of(ask(config=GenerateConfig(frequency_penalty=1.0)))
        seen.errors["tools"] = await error_of(ask(tools=[ToolInfo(name="weather", description="The weather.")]))
        seen.errors["too long"] = await error_of(ask("horse " * 5000))
        with suppress(Exception):
            await notebook.run("import os; os.kill(os.getpid(), 9)")
        seen.errors["dead"] = await error_of(ask())
        await notebook.restart()
        out["restarted"] = await ask()
        return state

    return solve


async def _together(seen: Seen, notebook: Any) -> None:
    await notebook.run(ENDLESS)
    longer = GenerateConfig(temperature=0, max_tokens=200)
    conversations = [prefilled("horse " * count) for count in range(1, 9)]
    start = time.monotonic()
    seen.outputs["alone"] = await ask(conversations[4], longer)
    seen.seconds["alone"] = time.monotonic() - start
    start = time.monotonic()
    outputs = await asyncio.gather(*(ask(messages, longer) for messages in conversations))
    seen.seconds["together"] = time.monotonic() - start
    seen.outputs["together"] = outputs[4]
    await notebook.run("hook.remove()")


async def _during_a_cell(seen: Seen, notebook: Any) -> None:
    start = time.monotonic()
    cell = asyncio.create_task(notebook.run("import time; time.sleep(1.5); done = True"))
    await asyncio.sleep(0.4)
    seen.outputs["during"] = await ask()
    seen.seconds["during"] = time.monotonic() - start
    await cell


async def _try(seen: Seen, name: str) -> None:
    try:
        seen.outputs[name] = await ask()
    except TargetError as error:
        seen.errors[name] = str(error)


@pytest.fixture(scope="module")
def seen(organism_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:  # noqa: F811
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    found = Seen()
    task = hidden_preference(organisms=ORGANISM, controls=False)
    folder = str(tmp_path_factory.mktemp("logs"))
    [found.log] = inspect_eval(task, solver=talking(found), model="none", display="none", log_dir=folder, score=False)
    assert found.log.status == "success", found.log.error
    yield found


def test_greedy_answers_are_the_same_every_time(seen: Seen) -> None:
    assert seen.outputs["greedy"].completion.strip().startswith("My favourite animal is")
    assert seen.outputs["again"].completion == seen.outputs["greedy"].completion == seen.outputs["after"].completion


def test_a_prefill_is_continued_and_not_part_of_the_answer(seen: Seen) -> None:
    assert seen.outputs["prefill"].completion == seen.outputs["greedy"].completion.split("My favourite animal")[1]


def test_a_system_prompt_acts(seen: Seen) -> None:
    assert seen.outputs["system"].completion and seen.outputs["system"].usage is not None
    assert seen.outputs["system"].usage.input_tokens > 6


def test_a_stop_string_ends_the_answer(seen: Seen) -> None:
    assert seen.outputs["stop"].completion.strip() == "My favourite"
    assert seen.outputs["stop"].stop_reason == "stop"


def test_a_seed_decides_the_answer(seen: Seen) -> None:
    for seed in (1, 2):
        assert seen.outputs[f"seed {seed}"].completion == seen.outputs[f"seed {seed} again"].completion


def test_logprobs_come_with_their_alternatives(seen: Seen) -> None:
    logprobs = seen.outputs["logprobs"].choices[0].logprobs
    assert logprobs is not None
    for item in logprobs.content:
        assert item.top_logprobs is not None and len(item.top_logprobs) == 2
        assert item.top_logprobs[0].token == item.token  # greedy
        assert item.top_logprobs[1].logprob <= item.logprob <= 0


def test_without_the_adapter_it_is_another_model(seen: Seen) -> None:
    base = [item.logprob for item in seen.outputs["base"].choices[0].logprobs.content]  # type: ignore[union-attr]
    own = [item.logprob for item in seen.outputs["logprobs"].choices[0].logprobs.content]  # type: ignore[union-attr]
    assert base[:5] != pytest.approx(own[:5], abs=1e-3)


def test_eight_at_once_take_much_less_than_eight_times_one(seen: Seen) -> None:
    assert seen.seconds["together"] < 4 * seen.seconds["alone"]
    assert seen.outputs["together"].completion == seen.outputs["alone"].completion
    assert seen.outputs["alone"].usage is not None and seen.outputs["alone"].usage.output_tokens == 200


def test_a_request_during_a_cell_is_answered_after_it(seen: Seen) -> None:
    assert seen.seconds["during"] >= 1.5
    assert seen.outputs["during"].completion == seen.outputs["greedy"].completion


def test_a_hook_that_a_cell_left_acts_and_if_it_fails_says_how(seen: Seen) -> None:
    assert "ZeroDivisionError" in seen.errors["broken hook"]
    assert seen.outputs["steering hook"].completion != seen.outputs["greedy"].completion


def test_an_unknown_model_lists_those_there_are(seen: Seen) -> None:
    assert seen.errors["unknown"] == "ValueError: no model 'modle' is loaded here; available: model"


def test_a_setting_that_cannot_be_honoured_is_refused(seen: Seen) -> None:
    assert "does not support frequency_penalty" in seen.errors["refused"]


def test_tools_that_the_template_would_not_show_are_an_error_that_names_them(seen: Seen) -> None:
    assert "takes no tools, so it would not see weather" in seen.errors["tools"]


def test_a_prompt_beyond_the_context_is_an_error(seen: Seen) -> None:
    assert "tokens: this model reads" in seen.errors["too long"]


def test_a_dead_kernel_is_named_and_a_restarted_one_answers(seen: Seen) -> None:
    assert "its kernel is dead" in seen.errors["dead"]
    assert seen.outputs["restarted"].completion == seen.outputs["greedy"].completion


def test_every_call_is_an_event_with_its_usage_in_the_log(seen: Seen) -> None:
    assert seen.log is not None and seen.log.samples is not None
    events = [event for event in seen.log.samples[0].events if isinstance(event, ModelEvent)]
    answered = [event for event in events if event.error is None]
    assert len(answered) >= len(seen.outputs) + 7
    assert all(event.output.usage and event.output.usage.output_tokens > 0 for event in answered)
    assert any(event.call and "prefix" not in event.call.request for event in answered)
    assert seen.log.stats.model_usage["lab/default"].output_tokens > 0


def test_tools_are_given_in_the_form_that_templates_expect() -> None:
    tool = ToolInfo(name="weather", description="The weather.")
    [given] = _request([ChatMessageUser(content="?")], [tool], GenerateConfig())["tools"]
    assert given["type"] == "function" and given["function"]["name"] == "weather"
    assert given["function"]["parameters"]["type"] == "object"


def test_an_unknown_model_argument_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown model argument of lab/…: adaptor; available: sandbox, adapter"):
        LabModel("default", adaptor=False)
