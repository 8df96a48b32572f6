"""A study is a folder anywhere: `seer study new` writes one that runs, `seer study check` says what is wrong."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from inspect_ai.log import list_eval_logs, read_eval_log

from seer_evals import by_path
from seer_evals.checks.study import check_study
from seer_evals.cli import main
from seer_evals.new import write_new
from seer_evals.organisms import Organism
from seer_evals.studies import STUDY_KEY
from tests.tasks.studying import metadata, values

ROOT = Path(__file__).parents[2]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_new("study", "my_study", tmp_path)[0]


def changed(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_two_studies_whose_files_have_the_same_names_run_in_one_evaluation(
    tmp_path: Path, llama_organisms: dict[str, Organism]
) -> None:
    before = subprocess.run(["git", "status", "--short"], cwd=ROOT, capture_output=True, text=True).stdout
    for name, samples in (("first_study", 16), ("second_study", 8)):
        assert main(["study", "new", name, "--into", str(tmp_path)]) == 0
        changed(tmp_path / name, "material.py", "SAMPLES = 16", f"SAMPLES = {samples}")
        assert main(["study", "check", str(tmp_path / name)]) == 0
    harness = ["--solver", "seer_evals/baseline", "--model", "none", "--log-dir", "logs"]
    command = [sys.executable, "-m", "inspect_ai", "eval", "first_study", "second_study", *harness, "--display", "none"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    logs = {log.eval.task: log for log in map(read_eval_log, list_eval_logs(str(tmp_path / "logs")))}
    assert len(logs) == 2
    for name, samples in (("first_study", 16), ("second_study", 8)):
        log = logs[name]
        assert len(log.samples or []) == 2
        for sample in log.samples or []:
            assert sample.metadata[STUDY_KEY]["reference"] == str(tmp_path / name / "reference.py")
            assert metadata(sample)["reference"]["details"]["asked"] == 3 * samples, "the other study's material"
            assert values(sample)["figures"] == values(sample)["verdict"] == 1
    assert before == subprocess.run(["git", "status", "--short"], cwd=ROOT, capture_output=True, text=True).stdout


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no question": (lambda folder: (folder / "question.md").unlink(), "question.md is missing"),
    "no page": (lambda folder: (folder / "README.md").unlink(), "README.md is missing"),
    "no reference": (lambda folder: (folder / "reference.py").unlink(), "reference.py is missing"),
    "import of what is beside": (
        lambda folder: changed(folder, "my_study.py", 'material = HERE.beside("material")', "import material"),
        "`import material` gets the first module of that name",
    ),
    "relative import": (
        lambda folder: changed(folder, "my_study.py", 'material = HERE.beside("material")', "from . import material"),
        "it has no relative imports; use HERE.beside",
    ),
    "no Python": (lambda folder: (folder / "material.py").write_text("def ("), "material.py is no Python"),
    "what no sandbox has": (
        lambda folder: changed(
            folder, "reference.py", "from typing import Any", "from typing import Any\nimport seer_evals"
        ),
        "seer_evals is not in the sandbox, where this runs; use torch and seer_runtime",
    ),
    "no measure": (
        lambda folder: changed(folder, "reference.py", "def measure(", "def measured("),
        "reference.py has no `measure(model, tokenizer, arguments)`",
    ),
    "arguments": (
        lambda folder: changed(folder, "reference.py", "measure(model: Any, tokenizer: Any, ", "measure("),
        "`measure` takes model, tokenizer, arguments",
    ),
    "no technique": (
        lambda folder: changed(folder, "baseline.py", "TECHNIQUE = in_notebook", "OTHER = in_notebook"),
        "baseline.py has no TECHNIQUE, made by `in_notebook`",
    ),
    "cell": (
        lambda folder: changed(folder, "baseline.md", "def share():", "def share(:"),
        "baseline.md: code block 1 is no Python",
    ),
    "nothing published": (
        lambda folder: changed(folder, "baseline.md", "@@published ", ""),
        "baseline.md publishes nothing",
    ),
    "placeholder": (
        lambda folder: changed(folder, "question.md", "{word}", "{words}"),
        "the task cannot be made: WrongParameter: a prompt has the placeholders",
    ),
    "a step without a page": (
        lambda folder: (folder / "steps" / "several_samples.md").unlink(),
        "the task cannot be made: FileNotFoundError",
    ),
    "no control": (
        lambda folder: changed(
            folder, "my_study.py", "CONTROL if each.control else ''", "'-twin' if each.control else ''"
        ),
        "no sample is a control",
    ),
    "a figure that is not asked for": (
        lambda folder: changed(folder, "question.md", "`share_base`", "`the other`"),
        "the question does not name the figure share_base",
    ),
    "another task's name": (
        lambda folder: changed(folder, "my_study.py", "def my_study(", "def your_study("),
        "my_study.py has to have one task, my_study; it has: your_study",
    ),
}


@pytest.mark.parametrize(("break_it", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_wrong_is_said(study: Path, break_it: Callable[[Path], object], message: str) -> None:
    break_it(study)
    problems = check_study(study)
    assert any(message in problem for problem in problems), problems


def test_a_new_study_has_nothing_to_mend(study: Path) -> None:
    assert check_study(study) == []


@pytest.mark.parametrize("name", ["My_study", "my-study", "class", "1st", ""])
def test_a_name_that_no_task_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a study's name"):
        write_new("study", name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_there_is_left_alone(study: Path) -> None:
    with pytest.raises(ValueError, match="is there already"):
        write_new("study", "my_study", study.parent)


def test_files_of_one_name_are_two_modules_and_one_of_ours_is_itself(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "material.py").write_text(f"WHERE = {name!r}\n")
    first, second = (by_path.load(tmp_path / name / "material.py") for name in ("a", "b"))
    assert (first.WHERE, second.WHERE) == ("a", "b")
    assert by_path.load(tmp_path / "a" / "material.py") is first
    assert by_path.load(Path(by_path.__file__)) is by_path
    with pytest.raises(FileNotFoundError):
        by_path.load(tmp_path / "c.py")
