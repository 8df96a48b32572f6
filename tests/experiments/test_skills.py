"""What each skill is worth, what was called, and what an agent makes of a tool that shows it."""

from collections.abc import Mapping
from typing import Any

import pytest

from seer_evals.experiments import Arm, Experiment, Rule, Subsets, Vary, as_markdown, write
from seer_evals.experiments._called import called, modules_called
from seer_evals.experiments._skills import gaps, skills_of, worths

ORGANISMS = 8
SKILLS = "task.args.skills"


def arm(name: str, right: Mapping[int, float] | float) -> Arm:
    """By organism, whether it is right; about every twin it is."""
    values = right if isinstance(right, Mapping) else dict.fromkeys(range(ORGANISMS), right)
    samples: dict[tuple[str, str, int], dict[str, float]] = {}
    for organism, value in values.items():
        samples["task", f"org-{organism}", 1] = {"right": value}
        samples["task", f"org-{organism}-twin", 1] = {"right": 1.0}
    return Arm(name, samples)


def experiment(vary: Vary) -> Experiment:
    return Experiment(name="e", question="?", inspect={"task": "seer_evals/secret_word"}, vary=vary, verdict=Rule())


def technique(name: str) -> dict[str, Any]:
    return {"solver": {"solver": "seer_evals/technique", "args": {"name": name}}}


# --- what varies ----------------------------------------------------------------------------------------------------


def test_subsets_are_none_all_each_alone_and_each_left_out() -> None:
    made = experiment(Vary(grid={SKILLS: Subsets(subsets=["a", "b", "c"])})).arms()
    skills = {name.removeprefix("skills="): config["task"]["args"]["skills"] for name, config in made.items()}
    assert skills == {
        "none": [],
        "all": ["a", "b", "c"],
        "a": ["a"],
        "b": ["b"],
        "c": ["c"],
        "all-but-a": ["b", "c"],
        "all-but-b": ["a", "c"],
        "all-but-c": ["a", "b"],
    }


def test_of_two_the_one_left_out_is_the_other_alone_and_runs_once() -> None:
    assert list(Subsets(subsets=["a", "b"]).parts()) == ["none", "all", "a", "b"]


def test_arms_with_names_stand_beside_a_grid() -> None:
    vary = Vary(grid={SKILLS: Subsets(subsets=["a", "b"])}, arms={"tool-a": technique("a")})
    assert list(experiment(vary).arms()) == ["skills=none", "skills=all", "skills=a", "skills=b", "tool-a"]


@pytest.mark.parametrize(("listed", "said"), [(["a"], "at least 2"), (["a", "a"], "names 'a' twice")])
def test_a_list_that_has_no_subsets_is_refused(listed: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Subsets(subsets=listed)


# --- what it is worth -----------------------------------------------------------------------------------------------

THREE = Vary(grid={SKILLS: Subsets(subsets=["a", "b", "c"])})


def of_three(**right: float) -> list[Arm]:
    named = {"none": 0.0, "all": 1.0, "a": 1.0, "b": 1.0, "c": 0.0, "but_a": 1.0, "but_b": 1.0, "but_c": 1.0, **right}
    return [arm(f"skills={name.replace('but_', 'all-but-')}", value) for name, value in named.items()]


def test_what_two_skills_show_alike_is_worth_something_alone_and_adds_nothing() -> None:
    found = {each.entry: (each.alone.value, each.added.value) for each in worths(experiment(THREE), of_three())}
    assert found == {"a": (0.5, 0.0), "b": (0.5, 0.0), "c": (0.0, 0.0)}


def test_what_only_works_beside_another_is_worth_nothing_alone() -> None:
    arms = of_three(a=0.0, b=0.0, but_a=0.0, but_b=0.0)
    found = {each.entry: (each.alone.value, each.added.value) for each in worths(experiment(THREE), arms)}
    assert found == {"a": (0.0, 0.5), "b": (0.0, 0.5), "c": (0.0, 0.0)}


def test_worth_is_over_all_that_varies_besides() -> None:
    vary = Vary(grid={SKILLS: Subsets(subsets=["a", "b"]), "task.args.deliver": ["skill", "prompt"]})
    right = {
        "skills=none,deliver=skill": 0.0,
        "skills=none,deliver=prompt": 0.0,
        "skills=all,deliver=skill": 1.0,
        "skills=all,deliver=prompt": 1.0,
        "skills=a,deliver=skill": 1.0,
        "skills=a,deliver=prompt": 0.0,
        "skills=b,deliver=skill": 0.0,
        "skills=b,deliver=prompt": 0.0,
    }
    made = experiment(vary)
    assert list(made.arms()) == list(right)
    found = {each.entry: each for each in worths(made, [arm(name, value) for name, value in right.items()])}
    assert (found["a"].alone.value, found["b"].alone.value, found["b"].alone.count) == (0.25, 0.0, ORGANISMS)


# --- from the tool to the agent -------------------------------------------------------------------------------------

GAP = Vary(
    arms={
        "plain": {SKILLS: ""},
        "agent": {SKILLS: "a,b"},
        "tool-a": technique("a"),
        "tool-b": technique("b"),
    }
)
SHOWS = {"a": {0: 1.0, 1: 1.0, 2: 0.0, 3: 0.0}, "b": {0: 0.0, 1: 0.0, 2: 1.0, 3: 0.0}}
TOOLS = [arm("tool-a", SHOWS["a"]), arm("tool-b", SHOWS["b"])]


def test_missed_is_what_a_tool_shows_and_the_agent_does_not_say() -> None:
    agent = arm("agent", {0: 1.0, 1: 0.0, 2: 0.0, 3: 1.0})
    calls = {("task", "org-0", 1): frozenset({"a"}), ("task", "org-1", 1): frozenset[str]()}
    (found,) = gaps(experiment(GAP), [arm("plain", 0.0), agent, *TOOLS], {"agent": calls})
    assert (found.arm, found.tools) == ("agent", ("a", "b"))
    assert [each.value for each in (found.shown, found.right, found.missed, found.called)] == [0.75, 0.5, 0.5, 0.5]
    assert found.shown.count == 4, "twins show nothing"


def test_who_is_right_only_about_twins_has_missed_everything_that_was_shown() -> None:
    (found,) = gaps(experiment(GAP), [arm("plain", 0.0), arm("agent", dict.fromkeys(range(4), 0.0)), *TOOLS], {})
    assert (found.right.value, found.missed.value, found.called.count) == (0.0, 0.75, 0)


def test_a_technique_alone_has_no_skills_of_an_agent() -> None:
    config = {"task": {"task": "t", "args": {"skills": "a"}}, **technique("a")}
    assert skills_of(config) == [] and skills_of({"task": {"task": "t", "args": {"skills": ["a"]}}}) == ["a"]


def test_the_report_has_both_tables_where_there_is_something_in_them() -> None:
    text = as_markdown(write(experiment(GAP), [arm("plain", 0.0), arm("agent", 1.0), *TOOLS]))
    assert "## From the tool to the agent" in text and "What each is worth" not in text
    assert "## What each is worth" in as_markdown(write(experiment(THREE), of_three()))


# --- what was called ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "modules"),
    [
        (["from prefill import compare as c", "x = c(1)"], {"prefill"}),
        (["import prefill as p\np.deep.compare(lm)"], {"prefill"}),
        (["%pip list\nfrom prefill import compare\ncompare(1)"], {"prefill"}),
        (["from prefill import compare"], set()),
        (["# compare(lm) of prefill\nprint('from prefill import compare; compare(lm)')"], set()),
        (["compare(1)", "def broken(:"], set()),
    ],
    ids=["by name", "by module", "beside magic", "imported only", "mentioned only", "never imported"],
)
def test_a_call_is_a_call_by_a_name_that_was_imported(cells: list[str], modules: set[str]) -> None:
    assert modules_called(cells) & {"prefill"} == modules


def test_a_cell_that_failed_and_a_tool_that_failed_called_nothing() -> None:
    from inspect_ai.event import ToolEvent
    from inspect_ai.log import EvalSample
    from inspect_ai.tool import ToolCallError

    def cell(source: str, status: str) -> dict[str, Any]:
        return {"cell_type": "code", "source": source, "metadata": {"seer": {"status": status}}}

    cells = [cell("import one, two", "ok"), cell("one.run()", "ok"), cell("two.run()", "error")]
    failed = ToolEvent(id="1", function="four", arguments={}, error=ToolCallError("unknown", "no"))
    skills = {
        "one": {"tools": [], "modules": {"one": {}}},
        "two": {"tools": [], "modules": {"two": {}}},
        "three": {"tools": ["three"], "modules": {}},
        "four": {"tools": ["four"], "modules": {}},
    }
    sample = EvalSample(
        id="s",
        epoch=1,
        input="",
        target="",
        store={"lab:given": {"session": "notebook", "skills": skills}, "seer:notebooks": {"main": {"cells": cells}}},
        events=[ToolEvent(id="0", function="three", arguments={}), failed],
    )
    assert set(called(sample)) == {"one", "three"}
