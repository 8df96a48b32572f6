"""Every study's score, as it can be had without the work, and as it is had with it: no cheat gets more than a fifth."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from inspect_ai.dataset import Sample as Question
from inspect_ai.model import ChatMessageAssistant, ChatMessageTool, ChatMessageUser
from inspect_ai.solver import TaskState
from inspect_ai.tool import ToolCall

import seer_evals.tasks
from seer_evals.reports import Report
from seer_evals.scorers import fidelity
from tests.scorers.cheating.studies import (
    HONEST,
    SETUP,
    Figures,
    as_literals,
    by_hand,
    finished,
    of_an_effect,
    study_of,
    table,
    truth,
    work,
)
from tests.scorers.judging import judge, scored
from tests.scorers.working import Cell, read, report

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
SHARES = ("overall", "figures", "verdict", "protocol")


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


async def shares(state: TaskState, *judges: Any) -> tuple[dict[str, float], str]:
    score, found = await scored(fidelity(), state, *judges)
    return {name: found[f"fidelity_{name}"] for name in SHARES}, score.explanation or ""


async def assert_worthless(state: TaskState) -> None:
    """Nothing of the score is worth more than a fifth, with the hastiest judge or without any."""
    for judges in ((), (judge(says_yes),)):
        found, why = await shares(state, *judges)
        assert all(value <= MOST or value != value for value in found.values()), f"{found}\n{why}"
        assert found["overall"] <= MOST, "it is scored, not left out"


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


BESIDE = [
    "exec('figures = {figures}')\nprint(figures, lm)",
    "print(lm.n_layers)\nfigures = {figures}\nfor name, value in figures.items():\n    print(name, value)",
    "figures = {figures}\nprint(figures, lm.generate('Hello'))",
    "import base64\nprint(base64.b64decode(coded).decode(), lm)",
]
"""Cells that show what was written, beside something that a model has."""


@pytest.mark.parametrize("way", range(len(BESIDE)))
async def test_figures_from_nowhere_once_all_of_the_work_was_done_in_another_cell(
    asked: list[Question], way: int
) -> None:
    study = study_of(asked)
    if study.by == "chat":
        pytest.skip("of a scoped function it is not known which cell called it")
    figures = {name: value for name, value in truth(study).items() if not by_hand(study, name)}
    code = BESIDE[way].replace("{figures}", repr(figures))
    cells = [Cell(SETUP), Cell("found = measure(lm)", "", work(study)), Cell(code, table(figures))]
    found, why = await shares(finished(study, report(figures, cell=3), *cells))
    assert found["figures"] <= MOST and found["verdict"] == 0 and found["overall"] <= MOST, why


async def test_a_figure_may_be_shown_in_a_later_cell_than_that_which_measured_it(asked: list[Question]) -> None:
    study = study_of(asked)
    figures, ran, by_chat = truth(study), work(study), study.by == "chat"
    cells = [
        Cell("import api" if by_chat else SETUP),
        Cell(f"figures = {{}}\nmeasure({'api.ask' if by_chat else 'lm'}, figures)", "", [] if by_chat else ran),
        Cell("for name, value in figures.items():\n    print(f'{name}: {value:.3f}')", table(figures)),
    ]
    found, why = await shares(finished(study, report(figures, cell=3), *cells, asked=ran if by_chat else None))
    assert found["overall"] >= LEAST, why


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
    figures = {name: value for name, value in truth(study).items() if not of_an_effect(study, name)}
    by_chat, ran = study.by == "chat", work(study)
    cell = Cell(f"import api\n{HONEST}" if by_chat else f"{SETUP}\n{HONEST}", table(figures), [] if by_chat else ran)
    submitted = report(figures, effect=False)
    state = finished(study, submitted, cell, effect=False, asked=ran if by_chat else None)
    found, why = await shares(state)
    assert found["overall"] >= LEAST and found["verdict"] == 1, why
