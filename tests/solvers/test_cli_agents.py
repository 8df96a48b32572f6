"""Command-line agents in the laboratory's sandbox: what they are handed, when they are stopped, and the real ones."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from inspect_ai.log import EvalLog, EvalSample
from inspect_ai.model import ChatMessage, ModelOutput, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import ToolDef, ToolInfo
from inspect_ai.util import Store

from seer_evals.inspect_private import PrerequisiteError
from seer_evals.lab import Lab, load_report
from seer_evals.reports import Report
from seer_evals.solvers._cli_agents import Program
from seer_evals.solvers._cli_agents.gate import OVER, SPENT, Gate
from seer_evals.solvers._cli_agents.handover import hand_over
from seer_evals.solvers._cli_agents.needs import must_have
from seer_evals.solvers.claude_code import PROGRAM, claude_code
from seer_evals.solvers.codex import codex
from tests.scripted import Step, scripted
from tests.solvers.investigations import investigate, the_sample

HARNESSES: dict[str, Callable[..., Solver]] = {"claude_code": claude_code, "codex": codex}


@pytest.mark.parametrize("harness", HARNESSES.values(), ids=HARNESSES)
def test_it_says_what_is_missing(harness: Callable[..., Solver], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "inspect_swe", None)
    with pytest.raises(PrerequisiteError, match=r"seer_evals\[swe\]"):
        harness()


@pytest.mark.parametrize("harness", HARNESSES.values(), ids=HARNESSES)
@pytest.mark.parametrize(("wrong", "message"), [({"max_turns": 0}, "at least 1"), ({"time_limit": -1}, "seconds")])
def test_wrong_arguments_are_refused(harness: Callable[..., Solver], wrong: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        harness(**wrong)


class TestTheGate:
    TOOL = ToolInfo(name="look", description="Looks.")

    async def asked(self, gate: Gate, tools: list[ToolInfo]) -> ModelOutput | None:
        passed = gate.filter()(cast(Any, get_model("mockllm/model")), [], tools, None, cast(Any, None))
        return cast(ModelOutput | None, await passed)

    async def test_turns_are_counted_and_then_there_are_none(self) -> None:
        gate = Gate(cast(Lab, SimpleNamespace(report=None)), max_turns=2)
        assert [await self.asked(gate, [self.TOOL]) for _ in range(2)] == [None, None]
        ended = await self.asked(gate, [self.TOOL])
        assert ended is not None and ended.completion == SPENT and not ended.message.tool_calls

    async def test_what_the_program_asks_for_itself_is_no_turn(self) -> None:
        gate = Gate(cast(Lab, SimpleNamespace(report=None)), max_turns=1)
        assert await self.asked(gate, []) is None
        assert gate.turns == 0

    async def test_after_the_report_the_model_is_not_asked_again(self) -> None:
        lab = SimpleNamespace(report=Report(nothing_unusual=True, answer="Nothing."))
        ended = await self.asked(Gate(cast(Lab, lab), max_turns=9), [self.TOOL])
        assert ended is not None and ended.completion == OVER


@solver
def looks_at_the_handover(program: Program = PROGRAM, version: str = "auto") -> Solver:
    """Writes down what an agent would be handed."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab = Lab.of(state)
        await must_have(lab, program, version)
        async with AsyncExitStack() as stack:
            handed = await hand_over(lab, stack)
            state.store.set("tools", [ToolDef(tool).name for tool in handed.tools])
            state.store.set("skills", [skill.name for skill in handed.skills])
            state.store.set("server", [handed.server.name, handed.server.require_proposal])
            python = [lab.layout.python, "-c", "import seer_runtime, logit_lens; print('found')"]
            state.store.set("python", (await lab.sandbox.exec(python, env=handed.variables)).stdout.strip())
        return state

    return solve


def handed(folder: Path, **task: str) -> dict[str, Any]:
    return the_sample(investigate(folder, looks_at_the_handover(), {}, task=task)).store


@pytest.mark.usefixtures("llama_organisms")
class TestTheHandover:
    @pytest.mark.slow
    def test_the_notebook_is_handed_over_and_skills_are_the_agents_own(self, tmp_path: Path) -> None:
        store = handed(tmp_path, skills="logit-lens", deliver="skill")
        assert {"run_cell", "notebook", "submit_report"} <= set(store["tools"]) and "skill" not in store["tools"]
        assert (store["skills"], store["server"]) == (["logit-lens"], ["lab", False])
        assert store["python"] == "found"

    @pytest.mark.slow
    def test_functions_are_tools_whatever_serves_them_and_the_shell_is_the_agents_own(self, tmp_path: Path) -> None:
        store = handed(tmp_path, session="cli", skills="logit-lens,prefill", deliver="mcp,prefill:tools")
        assert {"read_question", "next_words", "submit_report"} <= set(store["tools"])
        assert not {"bash_session", "text_editor", "run_cell"} & set(store["tools"]) and not store["skills"]

    @pytest.mark.slow
    def test_a_session_without_code_is_refused(self, tmp_path: Path) -> None:
        task = {"session": "tools", "skills": "logit-lens", "deliver": "tools"}
        log = investigate(tmp_path, looks_at_the_handover(), {}, task=task)
        assert log.error is not None and "session=tools" in log.error.message

    @pytest.mark.slow
    def test_a_program_that_is_not_in_the_sandbox_is_missed_before_it_starts(self, tmp_path: Path) -> None:
        program = Program(name="other", agent="other", binary="no-such-program")
        log = investigate(tmp_path, looks_at_the_handover(program, version="sandbox"), {})
        assert log.error is not None and "has no command 'no-such-program'" in log.error.message


PLACE = "SEER_CLI_AGENTS"
CACHES = {"claude_code": ("claude", "claude-code-downloads"), "codex": ("codex", "codex-cli-downloads")}
PREFIX = {"claude_code": "mcp__lab__", "codex": ""}
"""What the programs put before the names of an MCP server's tools."""


def installed(program: str) -> Path:
    """The program on this machine; the test is skipped, and says why, where there is none."""
    pytest.importorskip("inspect_swe", reason="runs a real command-line agent: needs `pip install .[swe]`")
    found = shutil.which(program, path=os.environ.get(PLACE, os.environ.get("PATH", "")))
    if found is None:
        pytest.skip(f"runs a real command-line agent: no program {program!r} on PATH or in the folder {PLACE}")
    return Path(found).resolve()


@pytest.fixture(params=HARNESSES)
def real(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """A harness and the version of its program, as if it had been downloaded."""
    name: str = request.param
    binary, folder = CACHES[name]
    program = installed(binary)
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"\d+\.\d+\.\d+", said)
    assert version is not None, said
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cache = tmp_path / "cache" / "inspect_swe" / folder
    cache.mkdir(parents=True)
    (cache / f"{binary}-{version[0]}-linux-x64").symlink_to(program)
    return name, version[0]


def run(folder: Path, real: tuple[str, str], steps: list[Step], **options: Any) -> EvalLog:
    harness, version = real
    named: list[Step] = [(PREFIX[harness] + step[0], step[1]) if isinstance(step, tuple) else step for step in steps]
    solver = HARNESSES[harness](version=version, time_limit=200, **options)
    return investigate(folder, solver, {"auditor": scripted(named, then="I am done.")})


def asked(sample: EvalSample) -> list[ChatMessage]:
    """Everything that the model was told."""
    return [message for event in sample.events if event.event == "model" for message in event.input]


NOTHING: Step = ("submit_report", {"answer": "Nothing.", "nothing_unusual": True})
CELL: Step = ("run_cell", {"code": "print(type(model).__name__)"})
HASTY: Step = ("submit_report", {"answer": "Nothing.", "nothing_unusual": False})


@pytest.mark.usefixtures("llama_organisms")
class TestTheRealPrograms:
    def test_it_works_in_the_notebook_and_its_report_ends_it(self, tmp_path: Path, real: tuple[str, str]) -> None:
        sample = the_sample(run(tmp_path, real, [CELL, HASTY, NOTHING]))
        report = load_report(Store(sample.store))
        assert report is not None and report.answer == "Nothing."
        told = "\n".join(message.text for message in asked(sample))
        assert "PeftModel" in told and "# Your laboratory" in told
        assert "The report was not accepted" in told
        assert sample.output.completion == OVER
        assert [event.role for event in sample.events if event.event == "model"] == ["auditor"] * 3

    @pytest.mark.slow
    def test_one_that_stops_without_a_report_is_reminded(self, tmp_path: Path, real: tuple[str, str]) -> None:
        sample = the_sample(run(tmp_path, real, ["I am done.", NOTHING]))
        assert load_report(Store(sample.store)) is not None
        assert any("without submitting a report" in message.text for message in asked(sample))

    @pytest.mark.slow
    def test_when_its_turns_are_used_up_it_ends_without_one(self, tmp_path: Path, real: tuple[str, str]) -> None:
        sample = the_sample(run(tmp_path, real, [CELL, CELL, NOTHING], max_turns=2))
        assert load_report(Store(sample.store)) is None
        assert sample.output.completion == SPENT
