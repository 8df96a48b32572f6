"""A person at the bench: what is typed in the sandbox's shell, from the first command to the report."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from inspect_ai.log import EvalLog
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import ExecResult, Store, store

from seer_evals.lab import NOTEBOOKS_KEY, Lab, load_report
from seer_evals.organisms import Organism
from seer_evals.solvers._human.report import TEMPLATE, Unusable, read_report
from seer_evals.solvers.human import human
from tests.solvers.investigations import investigate, the_sample

pytestmark = pytest.mark.slow

TASK = "/var/tmp/human_agent/task.py"
FOUND = """\
answer: It likes one animal best.
nothing_unusual: false
findings:
  - claim: It favours the heron.
    confidence: 0.8
    evidence: [{{kind: cell, number: {cell}, shows: "heron, nine times of ten"}}]
tried: [asking]
limitations:
"""


class TestTheReport:
    def test_the_form_says_what_is_missing_as_long_as_it_is_empty(self) -> None:
        with pytest.raises(Unusable, match="answer"):
            read_report(TEMPLATE)

    def test_a_filled_form_is_a_report(self) -> None:
        report = read_report(FOUND.format(cell=1))
        assert report.findings[0].confidence == 0.8 and report.findings[0].evidence[0].number == 1
        assert report.limitations == ""

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("answer: [", "is no YAML"),
            ("only words", "has to have the fields"),
            ("answer: Nothing.\nnothing_unusual: false", "no findings"),
            (FOUND.format(cell=1).replace("0.8", "80"), r"findings\.0\.confidence"),
        ],
    )
    def test_a_malformed_one_says_what_to_mend(self, text: str, problem: str) -> None:
        with pytest.raises(Unusable, match=problem):
            read_report(text)


Person = Callable[["Shell"], Awaitable[None]]


class Shell:
    """What a person can do: the commands are those that stand behind `task` and the login."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    async def task(self, *arguments: str, types: str = "") -> str:
        """`task …`, as its alias runs it."""
        return (await self.run(["python3", TASK, *arguments], types)).stdout

    async def run(self, command: list[str], types: str = "") -> ExecResult[str]:
        return await self.lab.sandbox.exec(command, input=types, timeout=60, timeout_retry=False)

    async def write(self, report: str) -> None:
        await self.lab.sandbox.write_file(f"{self.lab.layout.workspace}/report.yaml", report)

    async def login(self, types: str) -> str:
        """Enter by the command that Inspect shows, on a terminal of this machine, and type."""
        connection = await self.lab.sandbox.connection()
        terminal = ["script", "--quiet", "--flush", "--command", connection.command, "/dev/null"]
        done = await anyio.run_process(terminal, input=types.encode(), check=False)
        return done.stdout.decode(errors="replace")

    async def until_seated(self) -> None:
        while not (await self.run(["test", "-e", "/var/tmp/sandbox-services/human_agent/human_agent.py"])).success:
            await anyio.sleep(0.2)


@solver
def human_with(person: Person) -> Solver:
    """`human`, and somebody who types."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        shell = Shell(Lab.of(state))

        async def types() -> None:
            await shell.until_seated()
            await person(shell)

        async with anyio.create_task_group() as group:
            group.start_soon(types)
            state = await human()(state, generate)
        return state

    return solve


def at_the_bench(folder: Path, person: Person, **options: Any) -> EvalLog:
    return investigate(folder, human_with(person), {}, **options)


async def works(shell: Shell) -> None:
    """A person who is careless at first."""
    said: dict[str, str] = {"before": await shell.task("submit")}
    said["login"] = await shell.login("pwd\ntask cell 'print(6 * 7)'\nexit\n")
    said["empty"] = await shell.task("submit")
    said["cell"] = await shell.task("cell", "print(type(model).__name__)")
    said["piped"] = await shell.task("cell", types="for number in (1, 2):\n    print('number', number)\n")
    said["instructions"] = await shell.task("instructions")
    await shell.write(FOUND.format(cell=99))
    said["no such cell"] = await shell.task("submit")
    await shell.write(FOUND.format(cell=1))
    said["second thoughts"] = await shell.task("submit", types="n\n")
    said["briefing"] = (await shell.run(["cat", "briefing.md"])).stdout
    store().set("said", said)
    await shell.task("submit", types="y\n")


class TestAPersonWhoWorks:
    @pytest.fixture(scope="class")
    def log(self, tmp_path_factory: pytest.TempPathFactory, llama_organisms: dict[str, Organism]) -> EvalLog:
        return at_the_bench(tmp_path_factory.mktemp("logs"), works, time_limit=240)

    @pytest.fixture(scope="class")
    def said(self, log: EvalLog) -> dict[str, str]:
        said: dict[str, str] = the_sample(log).store["said"]
        return said

    def test_the_report_is_the_one_in_the_file(self, log: EvalLog) -> None:
        report = load_report(Store(the_sample(log).store))
        assert report == read_report(FOUND.format(cell=1))
        assert the_sample(log).output.completion == "It likes one animal best."

    def test_nothing_is_submitted_before_the_clock_runs(self, said: dict[str, str]) -> None:
        assert "task start" in said["before"]

    def test_what_is_wrong_with_the_report_is_said_in_the_shell(self, said: dict[str, str]) -> None:
        assert "Mend this in report.yaml" in said["empty"] and "answer" in said["empty"]
        assert "cell 99" in said["no such cell"]

    def test_cells_run_in_the_notebook_that_has_the_model(self, log: EvalLog, said: dict[str, str]) -> None:
        assert "Cell 2" in said["cell"] and "PeftModel" in said["cell"]
        assert "number 1\nnumber 2" in said["piped"]
        assert len(the_sample(log).store[NOTEBOOKS_KEY]["main"]["cells"]) >= 3

    def test_the_person_reads_what_an_agent_reads(self, log: EvalLog, said: dict[str, str]) -> None:
        (told,) = the_sample(log).messages
        assert "# Your laboratory" in told.text and "# Your laboratory" in said["briefing"]
        assert "task cell" in said["instructions"] and "report.yaml" in said["instructions"]

    def test_whoever_logs_in_is_told_the_task_and_can_begin(self, said: dict[str, str]) -> None:
        assert "Task Instructions" in said["login"] and "/workspace" in said["login"]
        assert "Cell 1" in said["login"] and "42" in said["login"]


async def dawdles(shell: Shell) -> None:
    await shell.task("start")


def test_a_person_who_never_submits_leaves_no_report(tmp_path: Path, llama_organisms: dict[str, Organism]) -> None:
    sample = the_sample(at_the_bench(tmp_path, dawdles, time_limit=8))
    assert sample.limit is not None and sample.limit.type == "time"
    assert load_report(Store(sample.store)) is None


async def gives_up(shell: Shell) -> None:
    await shell.task("quit", types="y\n")


def test_a_person_who_quits_leaves_no_report(tmp_path: Path, llama_organisms: dict[str, Organism]) -> None:
    sample = the_sample(at_the_bench(tmp_path, gives_up, time_limit=120))
    assert sample.limit is None and load_report(Store(sample.store)) is None


def test_a_session_without_a_shell_is_no_place_for_a_person(
    tmp_path: Path, llama_organisms: dict[str, Organism]
) -> None:
    log = investigate(tmp_path, human(), {}, task={"session": "tools", "skills": "logit-lens", "deliver": "tools"})
    assert log.status == "error" and log.error is not None
    assert "a person works with a shell" in log.error.message
