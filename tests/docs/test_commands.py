"""Every command of README and docs, in a shell that has done only what README says.

Those that neither need what is not here nor take minutes are run as they are printed. Of the others, everything that
comes before a sample is done: options, files, tasks, harnesses and each parameter are what the programs know.
"""

import re
import sys
from pathlib import Path

import click
import pytest

import seer_evals.scorers
import seer_evals.solvers
import seer_evals.tasks
from tests.docs.built import build, known_parameters, leaf
from tests.docs.checkout import Checkout, activation
from tests.docs.pages import PAGES, ROOT, mentioned, parameters, printed
from tests.docs.running import MINUTES, why_not

UNBUILDABLE = r"^source |^export |^modal |venv-sae|^sudo |second_opinion\.py|^inspect view|organisms=public"
SAMPLE = next((ROOT / "logs" / "sample").glob("*.eval"))

README_FIRST = [page if page == "README.md" else pytest.param(page, marks=pytest.mark.slow) for page in PAGES]
"""All pages; those that a newcomer does not begin with are marked slow."""


def test_the_docs_have_one_way_to_find_the_programs(checkout: Checkout) -> None:
    assert activation() == "source .venv/bin/activate"
    for program in ("inspect", "seer", "python"):
        assert checkout.run(f"command -v {program}").stdout.strip().startswith(str(Path(sys.prefix)))
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        assert not re.findall(r"(?<![\w./-])\.venv/bin/(?:inspect|seer)", text), page


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_commands_run_as_they_are_printed(page: str, checkout: Checkout) -> None:
    for command in printed(page):
        if not why_not(command) and not re.search(MINUTES, command.text):
            done = checkout.run(command.text)
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("page", README_FIRST)
def test_what_commands_say_exists(page: str, checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(checkout.folder)
    monkeypatch.setenv("PWD", str(checkout.folder))  # a shell's, by which files are found that a user names
    checkout.run("seer skill new my-skill --into .. && seer family new my_family --into ..")
    checkout.run("seer organisms new my_organism")
    for command in printed(page):
        if not re.search(UNBUILDABLE, command.text):
            try:
                build(checkout.words(command.text))
            except (Exception, SystemExit) as error:
                pytest.fail(f"{command}: {error!r}")


TABLE = "docs/extending.md"
"""Its commands are run by tests/outside/test_table.py, without a process for each."""
PLACES = {
    "LOGS": str(SAMPLE),
    "LOG": str(SAMPLE),
    "MODEL": "mockllm/model",
    "NAME": "hidden_preference",
    "NOUN": "study",
}
"""What stands for the words in capitals."""


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if page != TABLE])
def test_commands_within_sentences_are_commands_and_those_that_are_whole_run(
    page: str, checkout: Checkout, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout.folder)
    for command in mentioned(page):
        text = re.sub(rf"\b({'|'.join(PLACES)})\b", lambda match: PLACES[match[0]], command.text)
        words = text.split(" > ")[0].split()
        if words[0] == "inspect" and not leaf(words[1:])[1]:
            continue
        try:
            build(words)
            if words[0] == "seer" and not why_not(command) and not re.search(MINUTES, command.text):
                done = checkout.run(text)
                assert done.returncode == 0, done.stderr
        except click.MissingParameter:
            pass
        except SystemExit:
            said = capsys.readouterr().err
            assert "the following arguments are required" in said, f"{command}: {said}"
        except (Exception, click.UsageError) as error:
            pytest.fail(f"{command}: {error!r}")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("flag", ["-T", "-S"])
def test_parameters_within_sentences_are_parameters(page: str, flag: str) -> None:
    tasks = [getattr(seer_evals.tasks, name) for name in seer_evals.tasks.__all__]
    others = [*map(vars(seer_evals.solvers).get, seer_evals.solvers.__all__)]
    others += [*map(vars(seer_evals.scorers).get, seer_evals.scorers.__all__)]
    known = known_parameters(tasks if flag == "-T" else [each for each in others if callable(each)])
    for said in parameters(page, flag):
        assert said.text in known, said
