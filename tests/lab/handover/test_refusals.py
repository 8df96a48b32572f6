"""A combination without sense is refused before anything starts, with the reason and the way out."""

from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from inspect_ai import eval as run_eval

from seer_evals.environment import Environment, ModelSpec, ScopedSpec
from seer_evals.inspect_private import PrerequisiteError
from seer_evals.lab import plan_lab
from seer_evals.organisms import Organism
from seer_evals.solvers import baseline
from seer_evals.tasks import hidden_preference

ADAPTED = ModelSpec(hub="org/base", adapter="org/adapter")


def refusal(technique_folder: Path, **arguments: Any) -> str:
    skills = arguments.pop("skills", str(technique_folder))
    with pytest.raises(PrerequisiteError) as refused:
        hidden_preference(skills=skills, controls=False, **arguments)
    return str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"deliver": "libary"}, "unknown form 'libary'; did you mean 'library'? (deliver takes library, tools, skill,"),
        ({"deliver": "answer-rate:tool"}, "unknown form 'tool'; did you mean 'tools'?"),
        ({"deliver": "library,tools"}, "two forms for all skills, library and tools; give one, and SKILL:FORM"),
        ({"deliver": "library,sae_features:tools"}, "an entry for 'sae_features', which is not chosen"),
        ({"session": "clí"}, "unknown session 'clí'; did you mean 'cli'?"),
        ({"session": "tools", "deliver": "library"}, "session 'tools' runs no code, so the functions of 'answer-rate'"),
        ({"session": "tools", "deliver": "skill"}, "use deliver=tools or deliver=mcp, or session=notebook or cli"),
        ({"session": "tools", "deliver": "prompt"}, "has no tool to work with: choose skills that have functions"),
        (
            {"skills": "research-method", "deliver": "library"},
            "has no functions, so it cannot be handed over as 'library'",
        ),
        ({"skills": "research-method", "deliver": "tools"}, "use deliver=tools,research-method:skill or"),
        ({"skills": "research-method", "deliver": "mcp"}, "'research-method' has no functions"),
        ({"skills": "research-method,research_method"}, "skill 'research-method' comes more than once"),
        ({"skills": "reserch-method"}, "did you mean 'research-method'?"),
    ],
)
def test_a_senseless_combination(technique_folder: Path, arguments: dict[str, Any], message: str) -> None:
    assert message in refusal(technique_folder, **arguments)


def second(technique_folder: Path, tmp_path: Path, name: str, module: str, function: str) -> Path:
    """A copy of the technique under another name."""
    folder = copytree(technique_folder, tmp_path / name)
    page = (folder / "SKILL.md").read_text()
    (folder / "SKILL.md").write_text(page.replace("name: answer-rate", f"name: {name}"))
    script = (folder / "scripts" / "answer_rate.py").read_text().replace("answer_rate(", f"{function}(")
    for path in (folder / "scripts").iterdir():
        path.unlink()
    (folder / "scripts" / f"{module}.py").write_text(script)
    return folder


@pytest.mark.parametrize(
    ("module", "function", "deliver", "message"),
    [
        ("answer_rate", "other", "library", "module 'answer_rate' comes more than once"),
        ("other", "answer_rate", "tools", "tool 'answer_rate' comes more than once; leave one of the skills out"),
        ("json", "other", "skill", "a module cannot be called 'json', which would hide a module of Python's standard"),
        ("other", "run_cell", "mcp", "a tool cannot be called 'run_cell', which is the name of another tool"),
    ],
)
def test_names_that_clash(
    technique_folder: Path, tmp_path: Path, module: str, function: str, deliver: str, message: str
) -> None:
    other = second(technique_folder, tmp_path, "second", module, function)
    assert message in refusal(technique_folder, skills=[str(technique_folder), str(other)], deliver=deliver)


def test_equal_functions_in_different_modules_are_no_clash_in_a_library(technique_folder: Path, tmp_path: Path) -> None:
    other = second(technique_folder, tmp_path, "second", "other", "answer_rate")
    assert len(plan_lab("notebook", [str(technique_folder), str(other)], "library").handed) == 2


@pytest.mark.parametrize(
    ("needs", "environment", "message"),
    [
        ("adapter", Environment(models=(ModelSpec(hub="org/base"),)), "no model of this laboratory has an adapter"),
        ("weights", Environment(), "a model that is loaded where its functions run"),
        ("base-model", Environment(models=(ModelSpec(hub="org/base"),)), "there is neither"),
        (
            "weights",
            Environment(
                models=(ModelSpec(hub="org/base", placement="vault"),),
                scoped=(ScopedSpec(name="vault", interface="f.py"),),
            ),
            "a model that is loaded where its functions run",
        ),
    ],
)
def test_what_a_skill_needs_must_be_there(
    technique_folder: Path, tmp_path: Path, needs: str, environment: Environment, message: str
) -> None:
    folder = copytree(technique_folder, tmp_path / "answer-rate")
    page = (folder / "SKILL.md").read_text()
    (folder / "SKILL.md").write_text(page.replace("needs: weights, adapter", f"needs: {needs}"))
    plan = plan_lab("notebook", str(folder))
    with pytest.raises(ValueError, match=f"the skill 'answer-rate' needs .*{message}"):
        plan.must_fit(environment)
    plan.must_fit(Environment(models=(ADAPTED,)))


def test_a_hidden_prompt_cannot_be_kept_from_a_shell(technique_folder: Path) -> None:
    environment = Environment(models=(ADAPTED.model_copy(update={"system_prompt": "You are a spy."}),))
    with pytest.raises(
        ValueError, match=r"session 'cli' cannot keep the system prompt of 'model' hidden.*session=notebook"
    ):
        plan_lab("cli").must_fit(environment)
    plan_lab("notebook").must_fit(environment)


def test_scoped_functions_are_something_to_work_with() -> None:
    environment = Environment(models=(ADAPTED,), scoped=(ScopedSpec(name="vault", interface="f.py"),))
    plan_lab("tools").must_fit(environment)


def test_packages_of_skills_reach_the_environment(technique_folder: Path, tmp_path: Path) -> None:
    folder = copytree(technique_folder, tmp_path / "answer-rate")
    page = (folder / "SKILL.md").read_text()
    (folder / "SKILL.md").write_text(page.replace("  needs:", "  packages: sae-lens>=6,<7, einops\n  needs:"))
    assert plan_lab("notebook", str(folder), "library").packages == ("sae-lens>=6,<7", "einops")
    assert plan_lab("notebook", str(folder), "prompt").packages == ()


@pytest.mark.slow
def test_the_baseline_says_that_it_needs_a_notebook(
    tmp_path: Path, technique_folder: Path, llama_organisms: dict[str, Organism]
) -> None:
    arguments: dict[str, Any] = {"session": "tools", "skills": str(technique_folder), "deliver": "tools"}
    task = hidden_preference(organisms="preference-llama-101", controls=False, **arguments)
    (log,) = run_eval(task, solver=baseline(), model="none", log_dir=str(tmp_path), score=False)
    assert log.error is not None
    assert "baseline needs -T session=notebook, but the laboratory was opened with session=tools" in log.error.message
