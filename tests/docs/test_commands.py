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
from seer_evals.organisms import outside
from tests.docs.built import build, known_parameters, leaf
from tests.docs.checkout import Checkout, activation
from tests.docs.pages import PAGES, ROOT, Command, mentioned, parameters, printed

NOT_HERE = {
    r"^source ": "every other command is run behind it",
    r"^export .*_API_KEY=…": "keys of one's own",
    r"(anthropic|openai)/": "models by API: everything is built up to the first sample",
    r"modal_gpu|^modal |MODAL_": "an account at Modal; the emulator's own tests run what it can show, as root",
    r"tests\.modal_emulator": "serves until it is ended, as root",
    r"venv-sae": "installs 45 packages for a skill that nothing else here needs",
    r"^inspect (view|acp)": "serves, or watches, until it is ended",
    r"^make (demo|test|check)": "installs this environment, and runs these tests",
    r"organisms pin": "asks the hub",
    r"logs/bench": "the logs of a command with models by API",
    r"second_opinion\.py|my-labels": "a file of the reader's own",
}
"""Patterns of commands that are not run here, with the reason each."""
MINUTES = (
    r"^inspect eval|^seer (organisms (check|build)|skill (try|check)|(harness|provider) check|bench)"
    r"|^seer table technique"
)
"""What trains, runs cells, or reads logs of something that does: run by the tests that are marked slow."""
UNBUILDABLE = r"^source |^export |^modal |venv-sae|^sudo |second_opinion\.py|^inspect view|organisms=public"
SAMPLE = next((ROOT / "logs" / "sample").glob("*.eval"))

OF_STUDIES = [page for page in PAGES if page == "docs/gallery.md" or page.startswith("seer_evals/tasks/")]
"""Their commands run each study's own technique to the end, as each study's own test does."""
README_FIRST = [page if page == "README.md" else pytest.param(page, marks=pytest.mark.slow) for page in PAGES]
"""All pages; those that a newcomer does not begin with are marked slow."""


@pytest.fixture
def checkout(tmp_path: Path, organism_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    monkeypatch.setattr(outside, "_loaded", {})  # a family of the README's, which other tests know nothing of
    if not (Path(sys.prefix) / "bin" / "activate").exists():
        pytest.skip("the tests do not run in a virtual environment")
    return Checkout.make(tmp_path)


def why_not(command: Command) -> str:
    """The reason for which a command is not run, or nothing."""
    return next((reason for pattern, reason in NOT_HERE.items() if re.search(pattern, command.text)), "")


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


@pytest.mark.slow
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("page", [page for page in PAGES if page not in OF_STUDIES])
def test_commands_that_take_minutes_run_as_they_are_printed(page: str, checkout: Checkout) -> None:
    for command in printed(page):
        if not why_not(command):
            done = checkout.run(command.text)
            said = f"{command}\n{done.stdout}{done.stderr}"
            assert done.returncode == 0 and not re.search(r"Task interrupted|Traceback|failed:", said), said


@pytest.mark.parametrize("page", README_FIRST)
def test_what_commands_say_exists(page: str, checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(checkout.folder)
    checkout.run("seer skill new my-skill --into .. && seer family new my_family --into ..")
    for command in printed(page):
        if not re.search(UNBUILDABLE, command.text):
            try:
                build(checkout.words(command.text))
            except (Exception, SystemExit) as error:
                pytest.fail(f"{command}: {error!r}")


TABLE = "docs/extending.md"
"""Its commands are run by tests/outside/test_table.py, without a process for each."""
PLACES = {"LOGS": str(SAMPLE), "LOG": str(SAMPLE), "MODEL": "mockllm/model", "NAME": "hidden_preference"}
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
