"""What an experiment's file may say, and what Inspect is then told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from seer_evals.cli import main
from seer_evals.experiments import ExperimentError, load_experiment
from seer_evals.experiments._checking import _has

FIELDS: dict[str, Any] = {
    "name": "one",
    "question": "Is the second better?",
    "task": "seer_evals/hidden_preference",
    "model": "none",
    "vary": {"arms": {"a": {"solver": "seer_evals/baseline"}, "b": {"task.args.seeds": 101}}},
}

Write = Callable[[dict[str, Any]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(fields: dict[str, Any]) -> Path:
        path = tmp_path / "exp.yaml"
        path.write_text(yaml.safe_dump(fields))
        return path

    return written


def test_an_arm_is_what_inspect_is_told_with_what_varies_in_its_place(write: Write) -> None:
    arms = load_experiment(write(FIELDS)).arms()
    common = {"task": "seer_evals/hidden_preference", "model": "none"}
    assert arms["a"] == {**common, "solver": "seer_evals/baseline"}
    assert arms["b"] == {**common, "task": {"task": "seer_evals/hidden_preference", "args": {"seeds": 101}}}


def test_a_grid_is_each_with_each_and_its_arms_have_names(write: Write) -> None:
    solvers = ["seer_evals/single_agent", {"solver": "seer_evals/technique", "args": {"name": "prefill"}}]
    grid = {"solver": solvers, "task.args.skills": ["", ["probes", "sampling"]]}
    arms = load_experiment(write({**FIELDS, "vary": {"grid": grid}})).arms()
    assert list(arms) == [
        "solver=single_agent,skills=none",
        "solver=single_agent,skills=probes+sampling",
        "solver=technique-prefill,skills=none",
        "solver=technique-prefill,skills=probes+sampling",
    ]
    last = arms["solver=technique-prefill,skills=probes+sampling"]
    assert last["solver"] == solvers[1] and last["task"]["args"] == {"skills": ["probes", "sampling"]}


def test_values_that_look_alike_do_not_make_one_arm_of_two(write: Write) -> None:
    grid = {"solver": ["one/mine.py", "two/mine.py"]}
    with pytest.raises(ExperimentError, match="two arms would be called 'solver=mine'"):
        load_experiment(write({**FIELDS, "vary": {"grid": grid}}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vray": {}}, "'vray' is no field; did you mean 'vary'?"),
        ({"name": "a/b"}, "name 'a/b' is a folder's name"),
        ({"question": " "}, "question is empty"),
        ({"vary": {}}, "say arms (by name), or grid"),
        ({"vary": {"arms": {"a": {}}}}, "vary has one arm"),
        ({"vary": {"arms": {"../a": {}, "b": {}}}}, "'../a' cannot be an arm's name"),
        ({"vary": {"arms": {"a": {}, "b": {"solvr": "x"}}}}, "'solvr' begins with no field of Inspect's; did you mean"),
        ({"vary": {"arms": {"a": {}, "b": {"model.args": 1}}}}, "there is nothing below 'model.args' to be set"),
        ({"vary": {"grid": {"solver": []}}}, "grid: solver has no values"),
        ({"verdict": {"least": 0}}, "verdict.least: Input should be greater than 0"),
        ({"verdict": {"metrik": "x"}}, "verdict.metrik: Extra inputs are not permitted"),
        ({"budget_usd": -1}, "budget_usd: Input should be greater than 0"),
    ],
)
def test_what_is_wrong_is_said(write: Write, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        load_experiment(write({**FIELDS, **changes}))
    assert message in str(caught.value) and "exp.yaml" in str(caught.value)


def test_all_that_is_wrong_is_said_at_once(write: Write) -> None:
    with pytest.raises(ExperimentError) as caught:
        load_experiment(write({**FIELDS, "budget_usd": -1, "verdict": {"alpha": 3}}))
    assert len(str(caught.value).splitlines()) == 2


def test_no_file_and_no_yaml(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="there is no file"):
        load_experiment(tmp_path / "exp.yaml")
    (tmp_path / "exp.yaml").write_text("[")
    with pytest.raises(ExperimentError, match="is no YAML"):
        load_experiment(tmp_path / "exp.yaml")
    (tmp_path / "exp.yaml").write_text("words")
    with pytest.raises(ExperimentError, match="has no fields"):
        load_experiment(tmp_path / "exp.yaml")


def test_a_check_says_the_plan_the_power_and_nothing_else(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    arms = {"a": {"solver": "seer_evals/baseline"}, "b": {"solver": "seer_evals/single_agent"}}
    seeds = {"task": "seer_evals/hidden_preference", "args": {"seeds": "1,2,3,4,5,6,7,8"}}
    path = write({**FIELDS, "task": seeds, "vary": {"arms": arms}, "eval_config": {"epochs": 2}})
    assert main(["experiment", "check", str(path)]) == 0
    said = capsys.readouterr()
    assert (
        "a: 32 samples of 8 organisms" in said.out and "8 organisms with 32 samples can show a difference" in said.out
    )
    assert not said.err


def test_a_check_says_all_that_is_wrong_with_all_arms(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    arms = {
        "a": {"task.args.seeds": "x"},
        "b": {"eval_config.epoch": 2},
        "c": {"task.args.seeds": "101,102"},
        "d": {"task": "seer_evals/nothing_of_this_name"},
    }
    path = write({**FIELDS, "vary": {"arms": arms}, "verdict": {"metric": "fidelity_overall"}})
    assert main(["experiment", "check", str(path)]) == 1
    said = capsys.readouterr()
    for arm in "abd":
        assert f"arm {arm}: " in said.err
    assert "hidden_preference gives 'fidelity_overall'" in said.err
    assert "arm d: there is no task in 'seer_evals/nothing_of_this_name'" in said.err
    assert "2 organisms cannot show any difference" in said.out


def test_a_check_makes_every_solver_as_inspect_would(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    arms = {
        "a": {"solver": "seer_evals/singel_agent"},
        "b": {"solver": {"solver": "seer_evals/technique", "args": {"nam": "prefill"}}},
        "c": {"solver": "nowhere.py"},
        "d": {"solver": {"solver": "seer_evals/technique", "args": {"name": "prefil"}}},
        "e": {"model_roles": {"auditor": {"model": "nosuch/model"}}},
    }
    assert main(["experiment", "check", str(write({**FIELDS, "vary": {"arms": arms}}))]) == 1
    said = capsys.readouterr().err
    for problem in (
        "arm a: Unknown solver seer_evals/singel_agent",
        "arm b: technique has no parameter 'nam'; did you mean 'name'?",
        "arm c: Unknown solver nowhere.py",
        "arm d: unknown technique 'prefil'",
        "arm e: model nosuch/model: Model API nosuch",
    ):
        assert problem in said


@pytest.mark.parametrize(
    ("metric", "given", "there"),
    [
        ("right", ["detection_right"], True),
        ("right", ["fidelity_verdict", "x"], True),
        ("right", ["correctness_score"], False),
        ("petri_concerning", ["petri_*", "audit_turns"], True),
        ("audit_concerning", ["petri_*", "audit_turns"], False),
        ("seconds", [], True),
    ],
)
def test_a_metric_is_one_that_a_scorer_says_it_gives(metric: str, given: list[str], there: bool) -> None:
    assert _has(metric, given) is there


def test_a_key_that_is_missing_is_said_once_and_hides_no_plan(
    write: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    fields = {**FIELDS, "model_roles": {"auditor": {"model": "anthropic/claude-sonnet-4-5"}}}
    vary = {"arms": {"a": {}, "b": {"task.args.seeds": "101,102"}}}
    assert main(["experiment", "check", str(write({**fields, "vary": vary}))]) == 1
    said = capsys.readouterr()
    assert said.err.count("No ANTHROPIC_API_KEY defined") == 1 and "every arm: model anthropic/" in said.err
    assert "a: 8 samples of 4 organisms" in said.out and "[bold]" not in said.err
