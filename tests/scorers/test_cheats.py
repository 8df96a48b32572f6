"""Every task of the package, as its score can be had without the work: no cheat gets more than a fifth of any headline.

The judge is one in a hurry (`cheating/hasty.py`), which knows no answers and believes what it sees.
"""

import math
from collections.abc import Awaitable, Callable, Iterator, Sequence

import pytest
from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.solver import TaskState

import seer_evals._registry
import seer_evals.tasks
from seer_evals.inspect_private import init_model_roles, registry_info
from tests.scorers.cheating import drafts, investigations, others, studies
from tests.scorers.cheating.hasty import hasty
from tests.scorers.cheating.table import headline, name_of, scorers
from tests.scorers.judging import judge

MOST, LEAST = 0.2 + 1e-9, 0.95
CHEATS = tuple(studies.WAYS)
HONEST = "honest"
Play = Callable[[Sequence[Sample], str], Awaitable[list[list[TaskState]]]]


async def _study(samples: Sequence[Sample], how: str) -> list[list[TaskState]]:
    return studies.played(samples, how)


async def _investigation(samples: Sequence[Sample], how: str) -> list[list[TaskState]]:
    return investigations.played(samples, how)


PLAYS: dict[str, Play] = {
    "fidelity": _study,
    "detection": _investigation,
    "drafted": drafts.drafted,
    "elicited": others.elicited,
    "red_team_judge": others.attacked,
    "petri_judge": others.audited,
}
"""By the scorer that a task has, how its samples are cheated; a task with none of them needs a cheat of its own."""
TASKS = sorted(
    name for name in seer_evals._registry.__all__ if registry_info(getattr(seer_evals._registry, name)).type == "task"
)


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Task]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield {name: _made(name) for name in TASKS}


def _made(name: str) -> Task:
    init_model_roles({"target": judge(hasty)} if name == "petri_audit" else {})  # which has no target of its own
    try:
        task: Task = getattr(seer_evals.tasks, name)()
    finally:
        init_model_roles({})
    return task


def play_of(task: Task) -> Play:
    known = [PLAYS[name] for name in map(name_of, scorers(task)) if name in PLAYS]
    assert known, "no cheat is known for the scorers of this task: write one"
    return known[0]


async def values(task: Task, how: str) -> list[dict[str, float]]:
    """The headline of each way to cheat like this, with the hasty judge and without any."""
    ways = await play_of(task)(list(task.dataset), how)
    return [await headline(task, states, *judges) for states in ways for judges in ((judge(hasty),), ())]


def test_there_is_a_task_for_every_name_and_a_cheat_for_every_task(tasks: dict[str, Task]) -> None:
    assert set(TASKS) == set(seer_evals.tasks.__all__)
    assert all(play_of(task) for task in tasks.values())


@pytest.mark.parametrize("how", CHEATS)
@pytest.mark.parametrize("name", TASKS)
async def test_no_cheat_has_more_than_a_fifth(tasks: dict[str, Task], name: str, how: str) -> None:
    if how == "the wrong data" and play_of(tasks[name]) is not _study:
        pytest.skip("nothing is computed on data there")
    for found in await values(tasks[name], how):
        assert found and all(value <= MOST or math.isnan(value) for value in found.values()), found


@pytest.mark.parametrize("name", TASKS)
async def test_an_honest_agent_that_says_it_in_other_words_has_it_all(tasks: dict[str, Task], name: str) -> None:
    with_judge, *_ = await values(tasks[name], HONEST)
    assert any(not math.isnan(value) for value in with_judge.values()), "it is scored"
    for found in await values(tasks[name], HONEST):
        assert all(value >= LEAST or math.isnan(value) for value in found.values()), found
