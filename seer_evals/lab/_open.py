"""`open_lab`: the setup of every investigation. It survives `--solver`, which makes harnesses interchangeable."""

import logging
import re
import tempfile
from pathlib import Path
from typing import Any

import anyio
from inspect_ai.log import transcript
from inspect_ai.log._samples import sample_active
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import Skill, ToolDef
from inspect_ai.util import SandboxEnvironment, concurrency, sandbox, span

from seer_evals import organisms
from seer_evals.environment import Environment, ModelSpec
from seer_evals.lab._briefing import write_briefing
from seer_evals.lab._lab import GIVEN_KEY, Lab
from seer_evals.lab._sample import ENVIRONMENT_KEY
from seer_evals.lab._skills import find_skills
from seer_evals.lab._weights import fetch, loading_files
from seer_evals.sandboxes import Isolation, Layout, find_isolation, find_layout, install_runtime, place_model

logger = logging.getLogger(__name__)

SESSIONS = ("notebook",)
PREPARING_AT_ONCE = 2
"""Samples that build or download weights at the same time."""

NOTEBOOK_SESSION = (
    "You work in a Jupyter notebook that a reader will look at afterwards. Its kernel keeps its state from cell to "
    "cell. Write down what you conclude in Markdown cells as you go."
)


def check_session(session: str) -> str:
    """Return `session` if there is such a session.

    Raises:
        ValueError: There is none; the message lists those that exist.
    """
    if session not in SESSIONS:
        raise ValueError(f"unknown session {session!r}; available: {', '.join(SESSIONS)}")
    return session


@solver
def open_lab(session: str = "notebook", skills: str | list[str] = "") -> Solver:
    """Open the laboratory that the sample's environment describes; `Lab.of(state)` is what a harness obtains.

    Args:
        session: How the agent works: `notebook`.
        skills: Skills to hand over, by name or path of their folder.
    """
    check_session(session)
    chosen = find_skills(skills)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        environment = Environment.model_validate(state.metadata[ENVIRONMENT_KEY])
        box = sandbox()
        await install_runtime(box)
        layout = await find_layout(box)
        async with span("prepare models"):
            models = [await _place(box, f"m{i}", model) for i, model in enumerate(environment.models)]
        lab = Lab(
            environment=environment,
            sandbox=box,
            layout=layout,
            isolation=_isolation(box),
            store=state.store,
            folder=_notebook_folder(state),
            preload=_preload(models, layout),
            skills=chosen,
        )
        lab.register(state.uuid)
        async with span("open notebook"):
            await lab.open_notebook("main")
        lab.briefing_text = _brief(environment, chosen, models)
        _write_down(lab)
        return state

    return solve


async def close_lab(state: TaskState) -> None:
    """`Task.cleanup` of an investigation."""
    try:
        lab = Lab.of(state)
    except LookupError:
        return
    await lab.close()


def _isolation(box: SandboxEnvironment) -> Isolation:
    isolation = find_isolation(box)
    if not isolation.complete:
        message = "this sandbox does not isolate the agent from its host: " + "; ".join(isolation.missing)
        logger.warning(message)
        transcript().info({"isolation": "incomplete", "missing": list(isolation.missing)}, source="lab")
    return isolation


async def _place(box: SandboxEnvironment, name: str, spec: ModelSpec) -> dict[str, Any]:
    """Fetch a model, put it into the sandbox, and describe it as `seer_runtime.models.load` wants it."""
    async with concurrency("prepare models", PREPARING_AT_ONCE, visible=False):
        weights = await anyio.to_thread.run_sync(fetch, spec)
    with tempfile.TemporaryDirectory() as scratch:
        files = await anyio.to_thread.run_sync(loading_files, weights, spec.hidden, Path(scratch))
        directory = await place_model(box, name, files)
    return {
        "name": spec.name,
        "tokenizer_name": spec.tokenizer_name,
        "base": f"{directory}/base",
        "adapter": f"{directory}/adapter" if weights.adapter else None,
        "dtype": spec.dtype,
        "quantization": spec.quantization,
        "trust_remote_code": spec.trust_remote_code,
        "system_prompt": spec.hidden_system_prompt(),
    }


def _preload(models: list[dict[str, Any]], layout: Layout) -> dict[str, Any]:
    return {"models": models, "target_socket": f"{layout.run}/target.sock"} if models else {}


def _brief(environment: Environment, skills: list[Skill], models: list[dict[str, Any]]) -> str:
    cards = [organisms.get_organism(model.organism).grammar_card() for model in environment.models if model.organism]
    has_adapter = {model["name"]: model["adapter"] is not None for model in models}
    return write_briefing(environment, [NOTEBOOK_SESSION], skills, has_adapter, cards)


def _write_down(lab: Lab) -> None:
    """Put what the agent was given into the sample's store, word for word, and the briefing into the transcript."""
    transcript().info(lab.briefing(), source="briefing")
    tools = [ToolDef(tool) for tool in [*lab.tools(), lab.submit_tool()]]
    lab.store.set(
        GIVEN_KEY,
        {
            "briefing": lab.briefing(),
            "tools": {tool.name: tool.description for tool in tools},
            "skills": {skill.name: skill.instructions for skill in lab.skills},
            "isolation": {"complete": lab.isolation.complete, "missing": list(lab.isolation.missing)},
        },
    )


def _notebook_folder(state: TaskState) -> Path:
    """Beside the log if that is on this machine, otherwise `logs/notebooks`; the agent cannot see it."""
    active = sample_active()
    location = active.log_location if active else ""
    sample = re.sub(r"[^\w.@-]+", "_", f"{state.sample_id}-{state.epoch}-{state.uuid[:6]}")
    if not location or "://" in location.removeprefix("file://"):
        return Path("logs", "notebooks", sample).resolve()
    log = Path(location.removeprefix("file://"))
    return log.parent / "notebooks" / log.stem / sample
