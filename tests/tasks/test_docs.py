"""The examples in the docs run as they stand there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from inspect_ai import eval as run_eval
from inspect_ai.log import list_eval_logs, read_eval_log
from inspect_ai.solver import SolverSpec

from seer_evals.environment import Environment
from seer_evals.inspect_private import parse_run_config
from seer_evals.lab.functions import describe
from seer_evals.organisms import Organism
from tests.docs.pages import PAGES
from tests.scripted import Step, scripted

ROOT = Path(__file__).parents[2]


def example(page: str, language: str, number: int = 0) -> str:
    """An example of a page in a language, the first by default."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)[number]


@pytest.mark.slow
def test_the_harness_of_the_docs_investigates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, llama_organisms: dict[str, Organism]
) -> None:
    (tmp_path / "second_opinion.py").write_text(example("docs/harnesses.md", "python"))
    monkeypatch.chdir(ROOT)
    report: Step = ("submit_report", {"answer": "Nothing.", "nothing_unusual": True})
    (log,) = run_eval(
        "tasks/hidden_preference.py",
        task_args={"organisms": "preference-llama-101", "controls": False},
        solver=SolverSpec(str(tmp_path / "second_opinion.py")),
        model=scripted([report, report]),
        model_roles={"critic": scripted(["Compare it with its base."])},
        log_dir=str(tmp_path),
    )
    assert log.status == "success", log.error
    (sample,) = log.samples or []
    assert sample.store["lab:report"]["nothing_unusual"] is True
    answers = [message for message in sample.messages if message.role == "tool"]
    assert answers[0].error is not None and "Compare it with its base." in answers[0].error.message


def test_the_technique_of_the_docs_can_be_handed_over(tmp_path: Path) -> None:
    (tmp_path / "answers.py").write_text(example("docs/skills.md", "python"))
    (function,) = describe(tmp_path / "answers.py")
    assert function.signature == "answers(lm: LanguageModel, question: str, samples: int = 4) -> list[str]"


def test_the_environment_of_the_docs_is_understood() -> None:
    environment = Environment.from_yaml(example("docs/environment.md", "yaml"))
    assert environment.models[0].hidden and environment.require_isolation


def test_the_run_in_a_file_is_what_inspect_makes_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, llama_organisms: dict[str, Organism]
) -> None:
    monkeypatch.chdir(ROOT)
    (tmp_path / "run.yaml").write_text(example("docs/harnesses.md", "yaml", 1))
    for key in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.setenv(key, "none, since nobody is asked")
    asked = parse_run_config(str(tmp_path / "run.yaml"))
    assert set(asked["model_roles"]) == {"auditor", "judge"} and asked["time_limit"] == 1800
    report: Step = ("submit_report", {"answer": "Nothing.", "nothing_unusual": True})
    (log,) = run_eval(
        asked["tasks"],
        task_args=asked["task_args"],
        solver=asked["solver"],
        model="none",
        model_roles={"auditor": scripted([report, report])},
        epochs=asked["epochs"],
        log_dir=str(tmp_path),
    )
    assert log.status == "success" and len(log.samples or []) == 2, log.error
    assert log.eval.solver_args_passed == {"max_turns": 40}


@pytest.mark.slow
def test_the_dry_run_of_the_docs_needs_no_network(tmp_path: Path, llama_organisms: dict[str, Organism]) -> None:
    (tmp_path / "dry_run.py").write_text(example("docs/harnesses.md", "python", 1))
    environment = {**os.environ, "INSPECT_LOG_DIR": str(tmp_path / "logs"), "http_proxy": "http://127.0.0.1:9"}
    subprocess.run([sys.executable, "dry_run.py"], cwd=tmp_path, env=environment, check=True, timeout=600)
    (info,) = list_eval_logs(str(tmp_path / "logs"))
    (sample,) = read_eval_log(info).samples or []
    assert sample.error is None and sample.store["lab:report"]["nothing_unusual"] is True
    assert any("ForCausalLM" in message.text for message in sample.messages if message.role == "tool")


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", (ROOT / page).read_text(encoding="utf-8")):
        assert (ROOT / page).parent.joinpath(link).exists(), link


def test_the_table_of_studies_has_them_all_and_each_has_its_page() -> None:
    tasks = ROOT / "seer_evals" / "tasks"
    folders = {path.parent.name for path in tasks.glob("*/question.md")}
    page = (ROOT / "docs" / "investigations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| \[`(\w+)`\]\(\.\./seer_evals/tasks/\1/README\.md\) \|", page, re.MULTILINE)) == folders
    for name in folders:
        said = (tasks / name / "README.md").read_text(encoding="utf-8")
        assert said.startswith(f"# {name}\n") and f"inspect eval tasks/{name} " in said
        assert re.findall(r"^## (.+)$", said, re.MULTILINE) == ["Run it", "Forms and results", "Cost"], name
