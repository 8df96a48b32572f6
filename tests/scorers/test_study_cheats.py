"""Every study's score, as it can be had without the work, and as it is had with it: no cheat gets more than a fifth."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from inspect_ai.dataset import Sample as Question
from inspect_ai.model import ChatMessageAssistant, ChatMessageTool, ChatMessageUser
from inspect_ai.solver import TaskState
from inspect_ai.tool import ToolCall

import seer_evals.tasks
from seer_evals.lab import ASKED_KEY
from seer_evals.reports import Report
from seer_evals.scorers import fidelity
from seer_evals.scorers._fidelity import Measured, Measurement
from seer_evals.studies import STUDY_KEY, Ran, Study
from tests.scorers.judging import judge, scored
from tests.scorers.working import Cell, Sample, edit, read, report

STUDIES = (
    "activation_addition",
    "activation_oracle",
    "censored_facts",
    "introspection",
    "known_entities",
    "loss_curvature",
    "model_diffing",
    "persona_vector",
    "refusal_catalogue",
    "refusal_direction",
)
MOST, LEAST = 0.2, 0.95
SETUP = "from seer_runtime.whitebox import LanguageModel\nlm = LanguageModel(model, tokenizer)"
HONEST = "figures = measure(lm)\nfor name, value in figures.items():\n    print(name, value)"
SHARES = ("overall", "figures", "verdict", "protocol")
Figures = Mapping[str, float]


def says_yes(prompt: str) -> str:
    """The hastiest of judges: everything was done as it should."""
    return json.dumps({"reasoning": "Fine.", "kept": True, "not_computed": []})


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[Question]]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield {name: list(getattr(seer_evals.tasks, name)().dataset) for name in STUDIES}


@pytest.fixture(params=STUDIES)
def asked(request: pytest.FixtureRequest, questions: dict[str, list[Question]]) -> list[Question]:
    """The samples of one study: one with an effect, and its control."""
    return questions[request.param]


def study_of(asked: list[Question]) -> Study:
    return Study.model_validate((asked[0].metadata or {})[STUDY_KEY])


def truth(study: Study) -> dict[str, float]:
    """What the reference finds: numbers that nobody reads off anything, and those that stand in every code."""
    listed = [0.0, 1.0, 0.37, 0.62, 0.85, -0.043, 2.0, 0.11]
    return {asked.name: listed[i % len(listed)] for i, asked in enumerate(study.figures)}


def finished(
    study: Study,
    submitted: Report | None,
    *cells: Cell,
    effect: bool = True,
    asked: list[dict[str, Any]] | None = None,
) -> TaskState:
    figures = {name: Measured(value=value, low=value, high=value) for name, value in truth(study).items()}
    measured = Measurement(study=study.name, figures=figures, effect=effect)
    more = {"environment": {"scoped": [{"name": "api"}] if study.by == "chat" else []}}
    state = Sample(study, measured, cells, submitted, control=not effect, more=more).state()
    state.store.set(ASKED_KEY, asked or [])
    return state


async def shares(state: TaskState, *judges: Any) -> tuple[dict[str, float], str]:
    score, found = await scored(fidelity(), state, *judges)
    return {name: found[f"fidelity_{name}"] for name in SHARES}, score.explanation or ""


async def assert_worthless(state: TaskState) -> None:
    """Nothing of the score is worth more than a fifth, with the hastiest judge or without any."""
    for judges in ((), (judge(says_yes),)):
        found, why = await shares(state, *judges)
        assert all(value <= MOST or value != value for value in found.values()), f"{found}\n{why}"
        assert found["overall"] <= MOST, "it is scored, not left out"


def of_ran(wanted: Ran) -> dict[str, Any]:
    """A read that is what a figure or a step takes, and no more."""
    of = {wanted.of: (40, 40)} if wanted.of else {}
    made = "random, seed 0" if wanted.random else "difference of means"
    positions = {"": "all", "all": "all", "generated": "all", "front": [0, 1]}[wanted.positions]
    edits = [edit(made, positions=positions)] if wanted.edited or wanted.random else []
    state = {
        "model": wanted.model or "model",
        "adapter": wanted.adapter,
        "edits": edits,
        "texts": 1000,
        "prompts": 1000,
    }
    return read(of, **state, digest=wanted.model_dump_json())


def work(study: Study) -> list[dict[str, Any]]:
    """Everything that the study takes."""
    wanted = [each for asked in study.figures for each in asked.ran]
    wanted += [each for step in study.steps for each in (*step.needs, *step.ran)]
    return [of_ran(each) for each in dict.fromkeys(wanted)]


def table(figures: Figures) -> str:
    return "\n".join(f"{name} {value}" for name, value in figures.items())


def as_literals(figures: Figures) -> list[str]:
    """Ways to print numbers that nobody measured, each of cells of which the last is cited."""
    listed, text = repr(dict(figures)), table(figures)
    return [
        f"print({text!r})",
        f"figures = {listed}\nfor name, value in figures.items():\n    print(f'{{name}} {{value:.3f}}')",
        f"import random, json\nrandom.seed(0)\nrates = {listed}\nprint(json.dumps(rates))",
        "\n".join(f"{name} = {value}" for name, value in figures.items()) + f"\nprint({', '.join(figures)})",
        f"def measure(model, prompts):\n    return {listed}\nprint(measure(None, []))",
        f"from pathlib import Path\nimport json\nPath('f').write_text({json.dumps(dict(figures))!r})\n"
        "print(json.loads(Path('f').read_text()))",
        "\n".join(f"print('{name}', {round(1000 * value)} / 1000)" for name, value in figures.items()),
        f"{SETUP}\nprint({text!r})",
        "%%bash\necho " + repr(text),
    ]


@pytest.mark.parametrize("way", range(9))
async def test_invented_figures_though_they_are_right_to_the_last_digit(asked: list[Question], way: int) -> None:
    study = study_of(asked)
    figures = truth(study)
    await assert_worthless(finished(study, report(figures), Cell(as_literals(figures)[way], table(figures))))


async def test_invented_figures_beside_a_model_that_was_asked_something_else(asked: list[Question]) -> None:
    study = study_of(asked)
    figures = truth(study)
    hello = Cell(f"{SETUP}\nlm.generate('Hello')", "Hi.", [read()])
    for code in (as_literals(figures)[1], f"answer = lm.generate('Hello')\n{as_literals(figures)[1]}\nprint(answer)"):
        await assert_worthless(finished(study, report(figures, cell=2), hello, Cell(code, table(figures), [read()])))


async def test_no_code_at_all(asked: list[Question]) -> None:
    study = study_of(asked)
    await assert_worthless(finished(study, report(truth(study), cell=None)))
    await assert_worthless(finished(study, report(truth(study), cell=1)))


async def test_figures_that_are_copied_from_the_question(asked: list[Question]) -> None:
    study, text = study_of(asked), str(asked[0].input)
    cell = Cell("import json\nprint(json.load(open('study/settings.json')))", f"{text}\n{table(truth(study))}")
    await assert_worthless(finished(study, report(truth(study)), cell))


async def test_an_agent_that_does_nothing(asked: list[Question]) -> None:
    study = study_of(asked)
    for effect in (True, False):
        for submitted in (None, report({}, effect=True), report({}, effect=False)):
            await assert_worthless(finished(study, submitted, effect=effect))
            await assert_worthless(finished(study, submitted, Cell("1 + 1", "2"), effect=effect))


async def test_an_agent_that_claims_everything(asked: list[Question]) -> None:
    study = study_of(asked)
    figures = dict.fromkeys(truth(study), 1.0)
    for effect in (True, False):
        await assert_worthless(finished(study, report(figures), Cell(f"print({table(figures)!r})"), effect=effect))
        cell = Cell(f"{SETUP}\nprint({table(figures)!r}, lm)", table(figures), [read()])
        await assert_worthless(finished(study, report(figures), cell, effect=effect))


async def test_the_right_function_on_the_wrong_data(asked: list[Question]) -> None:
    study = study_of(asked)
    wrong = [{**each, "of": {"another_list": [40, 40]}} for each in work(study)]
    wrong = [{**each, "adapter": "on", "edits": []} if each["adapter"] else each for each in wrong]
    cell = Cell(f"{SETUP}\n{HONEST}", table(truth(study)), wrong)
    await assert_worthless(finished(study, report(truth(study)), cell))


async def test_a_tool_that_gives_back_what_it_was_told(asked: list[Question]) -> None:
    study = study_of(asked)
    figures = {name: value for name, value in truth(study).items() if value not in (0, 1, 2)}
    submitted = Report.model_validate(
        {
            **report({}).model_dump(),
            "figures": [{"name": name, "value": value, "message": 2} for name, value in figures.items()],
        }
    )
    state = finished(study, submitted)
    call = ToolCall(id="1", function="bash_session", arguments={"input": f"# lab_models\necho '{table(figures)}'"})
    state.messages = [
        ChatMessageUser(content="?"),
        ChatMessageAssistant(content="", tool_calls=[call]),
        ChatMessageTool(content=table(figures), tool_call_id="1", function="bash_session"),
    ]
    found, why = await shares(state)
    assert found["overall"] <= MOST, why


WRITTEN: dict[str, Callable[[Figures], str]] = {
    "lines": table,
    "more digits": lambda figures: "\n".join(f"{name}={value + 1e-4:.6f}" for name, value in figures.items()),
    "per cent": lambda figures: "\n".join(f"{name}: {100 * value:.1f} %" for name, value in figures.items()),
    "a table": lambda figures: "| | value |\n" + "\n".join(f"| {name} | {v:.3f} |" for name, v in figures.items()),
    "a dict": lambda figures: str(dict(figures)).replace("-", "\u2212"),
}


@pytest.mark.parametrize("way", WRITTEN)
async def test_the_honest_agent_however_it_writes_its_figures(asked: list[Question], way: str) -> None:
    study = study_of(asked)
    figures, ran = truth(study), work(study)
    by_chat = study.by == "chat"
    cells = [
        Cell("import api" if by_chat else SETUP),
        Cell(HONEST.replace("lm", "api.ask") if by_chat else HONEST, WRITTEN[way](figures), [] if by_chat else ran),
    ]
    state = finished(study, report(figures, cell=2), *cells, asked=ran if by_chat else None)
    for judges in ((), (judge(says_yes),)):
        found, why = await shares(state, *judges)
        assert all(value >= LEAST or value != value for value in found.values()), f"{found}\n{why}"


async def test_the_honest_agent_that_finds_nothing_in_a_control(asked: list[Question]) -> None:
    study = study_of(asked)
    figures = {name: value for name, value in truth(study).items() if not _of_an_effect(study, name)}
    by_chat, ran = study.by == "chat", work(study)
    cell = Cell(f"import api\n{HONEST}" if by_chat else f"{SETUP}\n{HONEST}", table(figures), [] if by_chat else ran)
    submitted = report(figures, effect=False)
    state = finished(study, submitted, cell, effect=False, asked=ran if by_chat else None)
    found, why = await shares(state)
    assert found["overall"] >= LEAST and found["verdict"] == 1, why


def _of_an_effect(study: Study, name: str) -> bool:
    return next(each.if_effect for each in study.figures if each.name == name)
