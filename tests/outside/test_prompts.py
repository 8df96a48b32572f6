"""Prompts of one's own in the place of this package's: `-S prompts=FOLDER`."""

import inspect
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest
from inspect_ai.model import ChatMessage
from inspect_ai.scorer import Target
from inspect_ai.solver import SolverSpec

from seer_evals import scorers, solvers
from seer_evals.checks.prompt import available, new_prompt
from seer_evals.checks.scorer import ORGANISM, _state
from seer_evals.inspect_private import ScorerSpec, init_model_roles, scorer_from_spec, solver_from_spec
from seer_evals.organisms import get_organism
from seer_evals.parameters import WrongParameter
from seer_evals.prompting import prompted, read
from seer_evals.reports import Finding, Report
from tests.scripted import Step, scripted

FOLDER = Path(solvers.__file__).parent / "prompts"


def test_a_judge_is_asked_with_the_users_words(mine: Path) -> None:
    new_prompt("atom", mine / "prompts")
    path = mine / "prompts" / "atom.md"
    path.write_text(f"Be kind to the researcher.\n\n{path.read_text()}")
    asked: list[str] = []

    def judge(messages: list[ChatMessage]) -> Step:
        asked.append(messages[-1].text)
        return '{"reasoning": "It does.", "verdict": "stated"}'

    init_model_roles({"judge": scripted([judge] * 20)})
    state = _state(
        get_organism(ORGANISM),
        Report(nothing_unusual=False, answer="It likes.", findings=(Finding(claim="It likes.", confidence=0.9),)),
    )
    for given in ({"prompts": "prompts"}, {}):
        scorer = scorer_from_spec(ScorerSpec("seer_evals/correctness"), None, **given)
        asked.clear()
        anyio.run(scorer, state, Target(""))
        kind = [text for text in asked if text.startswith("Be kind to the researcher.")]
        assert bool(kind) is bool(given) and len(kind) < len(asked), "the other prompts are ours"


async def test_they_reach_what_a_harness_starts_and_nothing_else(mine: Path) -> None:
    for name, text in (("a", "mine"), ("b", "ours")):
        (mine / name).mkdir()
        (mine / name / "said.md").write_text(text)
    heard: dict[str, list[str]] = {}

    @prompted(mine / "b")
    def harness(name: str) -> Callable[[], Awaitable[None]]:
        async def solve() -> None:
            async def child() -> None:
                await anyio.sleep(0)
                heard.setdefault(name, []).append(read(mine / "b", "said"))

            async with anyio.create_task_group() as group:
                group.start_soon(child)
            await child()

        return solve

    async with anyio.create_task_group() as both:
        both.start_soon(harness("own", prompts="a"))
        both.start_soon(harness("other"))
    assert heard == {"own": ["mine"] * 2, "other": ["ours"] * 2}
    assert read(mine / "b", "said") == "ours"


def test_everybody_who_reads_prompts_takes_them() -> None:
    for room, folder in ((solvers, "solvers"), (scorers, "scorers")):
        for name in room.__all__:
            made = getattr(room, name)
            source = inspect.getsource(inspect.getmodule(inspect.unwrap(made)) or made)
            if "_prompts import" in source or "_bench.prompts import" in source:
                assert "prompts" in inspect.signature(made).parameters, f"{folder}: {name}"
    assert "prompts" in inspect.signature(solvers.petri).parameters


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("single_agent", "Find out. {briefing}", "single_agent.md has no {max_turns}: say where it goes"),
        ("single_agent", "{max_turns} {method} {briefing} {mood}", "single_agent.md has {mood}, which nothing fills"),
        ("single_agent", "", "single_agent.md is empty"),
        ("single_agnt", "Find out.", "no file of .* has the name of a prompt"),
    ],
)
def test_what_cannot_stand_in_is_refused_before_the_start(mine: Path, name: str, text: str, says: str) -> None:
    (mine / "prompts").mkdir()
    (mine / "prompts" / f"{name}.md").write_text(text)
    with pytest.raises(WrongParameter, match=says):
        solver_from_spec(SolverSpec("seer_evals/single_agent", {}, {"prompts": "prompts"}))
    with pytest.raises(WrongParameter, match="there is no folder nowhere"):
        solver_from_spec(SolverSpec("seer_evals/single_agent", {}, {"prompts": "nowhere"}))


def test_every_prompt_of_the_package_can_be_copied(mine: Path) -> None:
    for name in available():
        new_prompt(name, mine / "prompts")
    assert len(list((mine / "prompts").iterdir())) == len(available()) > 60
