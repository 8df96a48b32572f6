"""Every harness once, with scripted models: those that share a task share its laboratory."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from inspect_ai import eval as run_eval
from inspect_ai.model import ChatMessage, ChatMessageSystem, ChatMessageUser
from inspect_ai.solver import Generate, Solver, TaskState, solver

from benchmarks.prompts._heard import Stage
from seer_evals.environment import Environment
from seer_evals.lab import Lab, cards_of, find_skills, plan_lab
from seer_evals.lab._briefing import write_briefing
from seer_evals.lab._cards import texts_of
from seer_evals.solvers import (
    deliberate,
    drafter,
    elicitor,
    petri,
    red_team,
    single_agent,
    supervisor,
    team,
    text_protocol,
)
from seer_evals.solvers._bench import read_prompt
from seer_evals.solvers._cli_agents.run import Choice, _instructions
from seer_evals.tasks.auditing_game import auditing_game

ORGANISM = "preference-llama-101"
AGENT = Path(__file__).with_name("agent.yaml")
SEED, STEERING_SEED = "the-approval-queue", "less-on-its-guard"
REPORT_KEY = "lab:report"
ROLES = ("auditor", "supervisor", "member", "reader", "realism", "proxy", "rater", "judge")
MAX_TURNS = 50


def rehearse() -> Stage:
    """Play everything, in about a minute.

    Raises:
        RuntimeError: A harness did not get to its end.
    """
    stage = Stage()
    one = {"organisms": ORGANISM}
    _play(stage, "", "hidden_preference", _each(stage), controls=False, **one)
    _tell_auditing_game(stage)
    _play(stage, "petri, white-box", "petri_whitebox", petri(), seeds=STEERING_SEED, **one)
    _play(stage, "petri, by a seed", "petri_audit", petri(realism=0.5), target=True, seeds=SEED)
    _play(stage, "petri, on an agent", "petri_audit", petri(), target=True, seeds=SEED, agent=str(AGENT))
    search = elicitor(turns=2, budget=2, trials=1, held_out=1)
    _play(stage, "elicitor", "elicitation", search, target=True, behaviour="It says its secret word.")
    _play(stage, "red_team", "red_teaming", red_team(queries=1, attacks=1), rater="judge")
    _play(stage, "drafter", "paper_draft", drafter(), papers="late-checkpoints")
    return stage


def _play(stage: Stage, harness: str, task: str, played: Solver, target: bool = False, **arguments: Any) -> None:
    stage.harness = harness
    roles = {role: stage.model(role) for role in (*ROLES, *(["target"] if target else []))}
    with tempfile.TemporaryDirectory() as folder:
        [log] = run_eval(
            f"seer_evals/{task}",
            task_args=arguments,
            solver=played,
            model="none",
            model_roles=roles,
            log_dir=folder,
            display="none",
        )
    if log.status != "success":
        raise RuntimeError(f"{harness or task} could not be rehearsed: {log.error and log.error.message}")


@solver
def _each(stage: Stage) -> Solver:
    """All harnesses that investigate, one after the other in one laboratory; the last one's report is scored."""
    harnesses = {
        "text_protocol": text_protocol(),
        "team": team(members=1, member_turns=2),
        "deliberate": deliberate(rounds=1),
        "supervisor": supervisor(every=1),
        "petri": petri(),
        "single_agent": single_agent(max_turns=MAX_TURNS),
    }

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab = Lab.of(state)
        stage.share(
            ("the briefing", lab.briefing()),
            ("the card, in short", lab.cards[0]),
            ("the card, in full", cards_of(lab.environment)[0].text),
            ("the research method", _method()),
            ("the question", state.input_text),
        )
        given = list(state.messages)
        for name, harness in harnesses.items():
            stage.harness = name
            state.messages = list(given)
            state.store.set(REPORT_KEY, None)
            state = await harness(state, generate)
        stage.tell("claude_code, codex", _told(_instructions(lab, Choice(MAX_TURNS)), state.input_text))
        stage.harness = "scorers"
        return state

    return solve


def _tell_auditing_game(stage: Stage) -> None:
    """The same agent in another task, whose models would take minutes to train: what it is told hangs on no weights."""
    sample = auditing_game(seeds=101, controls=False, defences="none").dataset[0]
    environment = Environment.model_validate((sample.metadata or {})["environment"])
    models = [model for model in environment.models if model.organism]
    told = texts_of(cards_of(environment), runs_code=True)
    briefing = write_briefing(environment, plan_lab(), {model.name: True for model in models}, told)
    system = read_prompt("single_agent", max_turns=MAX_TURNS, method=_method(), briefing=briefing)
    stage.tell("single_agent, auditing_game", _told(system, str(sample.input)))


def _method() -> str:
    return find_skills("research-method")[0].skill.instructions


def _told(system: str, question: str) -> Sequence[ChatMessage]:
    return [ChatMessageSystem(content=system), ChatMessageUser(content=question)]
