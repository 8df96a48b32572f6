"""`open_lab`: the setup of every investigation. It survives `--solver`, which makes harnesses interchangeable."""

import logging
import re
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from inspect_ai.log import transcript
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import SandboxEnvironment, concurrency, sandbox, span

from seer_evals.environment import IN_KERNEL, Environment, ModelSpec
from seer_evals.inspect_private import sample_active
from seer_evals.lab._briefing import write_briefing
from seer_evals.lab._cards import hand_over_cards
from seer_evals.lab._given import write_down
from seer_evals.lab._lab import Lab
from seer_evals.lab._lists import known_lists
from seer_evals.lab._plan import DEFAULT_SESSION, plan_lab
from seer_evals.lab._sample import ENVIRONMENT_KEY
from seer_evals.lab._scripts import place_pages, place_scripts
from seer_evals.lab._weights import fetch, loading_files
from seer_evals.lab.forms import DEFAULT_FORM
from seer_evals.lab.functions import Asked, Gateway, interface_briefing, interface_form, open_scoped, variables_of
from seer_evals.runtime.models.files import has_chat_template
from seer_evals.runtime.record.lists import Lists
from seer_evals.sandboxes import (
    Isolation,
    Layout,
    Placed,
    find_isolation,
    find_layout,
    install_runtime,
    place_files,
    place_model,
    provided_model,
)
from seer_evals.targets import DEFAULT, Ask, offer_routes, withdraw_routes

logger = logging.getLogger(__name__)

PREPARING_AT_ONCE = 2
"""Samples that build or download weights at the same time."""


@solver
def open_lab(
    session: str = DEFAULT_SESSION,
    skills: str | list[str] = "",
    deliver: str | list[str] = DEFAULT_FORM,
    interfaces: str = "",
) -> Solver:
    """Open the laboratory that the sample's environment describes; `Lab.of(state)` is what a harness obtains.

    Args:
        session: How the agent works: `notebook`, `cli` or `tools`.
        skills: Skills to hand over, by name or path of their folder.
        deliver: The form: `library`, `tools`, `skill`, `mcp` or `prompt`, and `SKILL:FORM` for skills that differ.
        interfaces: The form of scoped sandboxes' functions: `library`, `tools` or `mcp`; by default `library` in a
            session that runs code, otherwise `tools`.
    """
    plan = plan_lab(session, skills, deliver)
    form = interface_form(interfaces, plan.session.runs_code)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        environment = Environment.model_validate(state.metadata[ENVIRONMENT_KEY])
        plan.must_fit(environment)
        box = sandbox()
        for each in (box, *(sandbox(scoped.name) for scoped in environment.scoped)):
            await install_runtime(each)
        layout = await find_layout(box)
        await place_files(box, layout, environment)
        async with span("prepare models"):
            placed = await _place_all(environment)
            models = placed[IN_KERNEL]
        lists = known_lists(environment)
        gateway = await open_scoped(environment, layout, placed)
        if gateway:
            gateway.asked = Asked(lists)
        lab = Lab(
            environment=environment,
            sandbox=box,
            layout=layout,
            isolation=_isolation(box),
            store=state.store,
            variables=await variables_of(box),
            folder=_notebook_folder(state),
            preload=_preload(models, layout, lists),
            plan=plan,
            scoped=gateway,
            interfaces=form,
        )
        # Before anything is started in it, so that cleanup finds it whatever fails from here on.
        lab.register(state.uuid)
        if gateway:
            offer_routes(state.uuid, _routes(environment, gateway))
        await place_scripts(lab.sandbox, lab.library, [each.technique for each in plan.handed if each.runs_scripts])
        await place_pages(
            lab.sandbox, lab.layout.workspace, [each.technique for each in plan.handed if each.form.pages]
        )
        async with span("open notebook"):
            await lab.open_notebook("main")
        async with span("prepare session"):
            await plan.session.prepare(lab)
        lab.cards = await hand_over_cards(lab)
        lab.briefing_text = _brief(lab, placed)
        if gateway and (words := interface_briefing(gateway, form)):
            lab.briefing_text += f"\n{words}\n"
        write_down(lab)
        return state

    return solve


async def close_lab(state: TaskState) -> None:
    """`Task.cleanup` of an investigation."""
    withdraw_routes(state.uuid)
    try:
        lab = Lab.of(state)
    except LookupError:
        return
    await lab.close()


def _routes(environment: Environment, gateway: Gateway) -> dict[str, Ask]:
    """The way to each model in a scoped sandbox, for `lab/…`."""
    scoped = {model.name: model.placement for model in environment.models if model.placement != IN_KERNEL}
    routes: dict[str, Ask] = {name: partial(gateway.ask_target, sandbox) for name, sandbox in scoped.items()}
    first = environment.models[0].name if environment.models else ""
    return {**routes, DEFAULT: routes[first]} if first in routes else routes


def _isolation(box: SandboxEnvironment) -> Isolation:
    isolation = find_isolation(box)
    if not isolation.complete:
        message = "this sandbox does not isolate the agent from its host: " + "; ".join(isolation.missing)
        logger.warning(message)
        transcript().info({"isolation": "incomplete", "missing": list(isolation.missing)}, source="lab")
    return isolation


async def _place_all(environment: Environment) -> dict[str, list[dict[str, Any]]]:
    """Put each model into the sandbox that it belongs to; by placement, what is to be loaded there."""
    placed: dict[str, list[dict[str, Any]]] = {IN_KERNEL: []}
    for spec in environment.models:
        box = sandbox(None if spec.placement == IN_KERNEL else spec.placement)
        there = placed.setdefault(spec.placement, [])
        there.append(await _place(box, f"m{len(there)}", spec))
    return placed


async def _place(box: SandboxEnvironment, name: str, spec: ModelSpec) -> dict[str, Any]:
    """Put a model into the sandbox, unless the provider has, and describe it as `seer_runtime.models.load` wants it."""
    placed = provided_model(box, name) or await _uploaded(box, name, spec)
    return {
        "name": spec.name,
        "tokenizer_name": spec.tokenizer_name,
        "base": placed.base,
        "adapter": placed.adapter,
        "dtype": spec.dtype,
        "quantization": spec.quantization,
        "trust_remote_code": spec.trust_remote_code,
        "system_prompt": spec.hidden_system_prompt(),
        "chat_template": spec.chat_template_text(),
    }


async def _uploaded(box: SandboxEnvironment, name: str, spec: ModelSpec) -> Placed:
    async with concurrency("prepare models", PREPARING_AT_ONCE, visible=False):
        weights = await anyio.to_thread.run_sync(fetch, spec)
    with tempfile.TemporaryDirectory() as scratch:
        files = await anyio.to_thread.run_sync(loading_files, weights, spec.hidden, Path(scratch))
        if spec.chat_template is None and not has_chat_template(files.values()):
            _warn_of_no_template(spec)
        directory = await place_model(box, name, files)
    return Placed(f"{directory}/base", f"{directory}/adapter" if weights.adapter else None)


def _warn_of_no_template(spec: ModelSpec) -> None:
    message = (
        f"model {spec.name!r} has no chat template: it reads text and cannot be asked as lab/{spec.name}; "
        "if it is a chat model, give its template as chat_template (Jinja text or a file)"
    )
    logger.warning(message)
    transcript().info({"chat_template": "none", "model": spec.name}, source="lab")


def _preload(models: list[dict[str, Any]], layout: Layout, lists: Lists) -> dict[str, Any]:
    return {"models": models, "lists": lists.items, "target_socket": f"{layout.run}/target.sock"} if models else {}


def _brief(lab: Lab, placed: dict[str, list[dict[str, Any]]]) -> str:
    has_adapter = {model["name"]: model["adapter"] is not None for there in placed.values() for model in there}
    return write_briefing(lab.environment, lab.plan, has_adapter, lab.cards)


def _notebook_folder(state: TaskState) -> Path:
    """Beside the log if that is on this machine, otherwise `logs/notebooks`; the agent cannot see it."""
    active = sample_active()
    location = active.log_location if active else ""
    sample = re.sub(r"[^\w.@-]+", "_", f"{state.sample_id}-{state.epoch}-{state.uuid[:6]}")
    # A log in a bucket has no folder here, and the document is written at every change.
    if not location or "://" in location.removeprefix("file://"):
        return Path("logs", "notebooks", sample).resolve()
    log = Path(location.removeprefix("file://"))
    return log.parent / "notebooks" / log.stem / sample
