"""Trials: what people add, each from an empty folder with only what docs/extending.md says, and nothing touched."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from inspect_ai.log import EvalLog, list_eval_logs, read_eval_log

from seer_evals.analysis import samples, scores
from seer_evals.organisms import Organism
from tests.outside.conftest import Run

pytestmark = pytest.mark.slow
Evaluate = Callable[..., EvalLog]


def log_in(folder: str) -> EvalLog:
    (found,) = list_eval_logs(folder)
    log = read_eval_log(found)
    assert log.status == "success", log.error
    return log


STAND_IN = """
import sys
from seer_evals.checks.laboratory import stand_in
from inspect_ai import eval
from inspect_ai.solver import SolverSpec
task, arguments, solver = __import__("json").loads(sys.argv[1])
eval(task, task_args=arguments, solver=SolverSpec(solver) if solver else None, model=stand_in(),
     log_dir="logs", display="none", limit=1, score=False)
"""
"""What `inspect eval … --model` does, with a stand-in for a model by API."""


@pytest.fixture
def evaluate(mine: Path) -> Evaluate:
    def command(task: str, solver: str = "", **arguments: object) -> EvalLog:
        said = json.dumps([task, {"organisms": "preference-llama-101", **arguments}, solver])
        done = subprocess.run(
            [sys.executable, "-c", STAND_IN, said],
            env={**os.environ, "PWD": str(mine)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return log_in("logs")

    return command


def test_a_harness(run: Run, evaluate: Evaluate, llama_organisms: dict[str, Organism]) -> None:
    run("seer harness new my_harness")
    run("seer harness check my_harness.py")
    log = evaluate("seer_evals/hidden_preference", "my_harness.py")
    (sample,) = log.samples or []
    assert sample.store["lab:report"]["nothing_unusual"] is True
    objections = [m for m in sample.messages if m.role == "tool" and m.error and "objection" in m.error.message]
    assert len(objections) == 1


def test_a_technique(run: Run, evaluate: Evaluate, llama_organisms: dict[str, Organism]) -> None:
    run("seer skill new my-skill")
    run("seer skill check my-skill")
    log = evaluate("seer_evals/hidden_preference", skills="my-skill", deliver="tools")
    (sample,) = log.samples or []
    assert any("my_skill_rate" in str(event) for event in sample.events)


def test_a_family(run: Run, organism_cache: Path) -> None:
    run("seer family new my_family")
    run("seer family check my_family.py")
    run(
        "inspect eval seer_evals/hidden_preference -T families=my_family.py -T seeds=101 --display none --log-dir logs"
        " --solver seer_evals/baseline --model none"
    )
    assert set(samples("logs")["id"]) == {"my_family-llama-101", "my_family-llama-101-twin"}
    assert set(samples("logs")["outcome"]) == {"right"}
    figures = scores("logs").set_index(["id", "name"])["value"]
    assert figures["my_family-llama-101", "alias_match_found"] > 0.5
    assert "yes" in run("seer organisms check my_family.py:my_family-llama-101").stdout


def test_a_provider(run: Run, evaluate: Evaluate, llama_organisms: dict[str, Organism]) -> None:
    run("seer provider new my_provider")
    log = evaluate("seer_evals/hidden_preference", sandbox="my_provider.py")
    (sample,) = log.samples or []
    assert sample.sandbox and sample.sandbox.type == "my_provider"
    assert sample.store["lab:report"]["nothing_unusual"] is True


def test_an_interface(run: Run, evaluate: Evaluate, llama_organisms: dict[str, Organism]) -> None:
    run("seer interface new my_interface")
    run("seer interface check my_interface.py")
    log = evaluate("seer_evals/hidden_preference", placement="my_interface.py")
    (sample,) = log.samples or []
    told = " ".join(message.text for message in sample.messages)
    assert "count_parameters" in told


def test_an_environment(run: Run, evaluate: Evaluate, llama_organisms: dict[str, Organism]) -> None:
    run("seer environment new my_lab")
    run("seer environment check my_lab.yaml")
    run("inspect eval my_lab.py --solver seer_evals/baseline --model none --display none --log-dir logs")
    (sample,) = log_in("logs").samples or []
    assert "lab:report" in sample.store
