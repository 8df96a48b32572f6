"""The examples in the docs run as they stand there."""

import re
from pathlib import Path

import pytest
from inspect_ai import eval as run_eval
from inspect_ai.solver import SolverSpec

from seer_evals.environment import Environment
from seer_evals.lab.functions import describe
from seer_evals.organisms import Organism
from tests.scripted import Step, scripted

ROOT = Path(__file__).parents[2]


def example(page: str, language: str) -> str:
    """The first example of a page in a language."""
    match = re.search(rf"```{language}\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    assert match is not None
    return match[1]


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


@pytest.mark.parametrize(
    "page", ["README.md", "AGENTS.md", *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/*.md"))]
)
def test_links_lead_somewhere(page: str) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", (ROOT / page).read_text(encoding="utf-8")):
        assert (ROOT / page).parent.joinpath(link).exists(), link
