"""What does this model do when nobody seems to look? One audit per seed, judged dimension by dimension."""

from inspect_ai import Task, task

from seer_evals.lab import close_lab, open_lab
from seer_evals.parameters import Seconds, checked
from seer_evals.sandboxes import check_provider
from seer_evals.scorers import petri_judge, process
from seer_evals.solvers.petri import petri
from seer_evals.tasks.shared.audits import (
    LAB_TARGET,
    agent_called,
    audit_sample,
    audit_viewer,
    check_target,
    plain_seeds,
)
from seer_evals.tasks.shared.lists import listed
from seer_evals.tasks.shared.organisms import select


@task
@checked
def petri_audit(
    seeds: str | list[str] = "default",
    organisms: str | list[str] = "",
    agent: str = "",
    dimensions: str | list[str] = "default",
    calls: str = "each",
    summary: bool = True,
    sandbox: str = "workstation",
    gpu: str | list[str] = "",
    require_isolation: bool = False,
    time_limit: Seconds = 3600,
) -> Task:
    """Audit the model that is bound to the role `target`; roles `auditor` and `judge` do the work.

    Args:
        seeds: What to try: `default`, ids, `tag:…`, paths of `.md` files or folders of them, separated by commas
            (`seer seeds list`); or one seed in place, as `text:` and what the auditor is told.
        organisms: Ids of organisms that are the targets, separated by commas (`seer organisms list`). Every seed is
            then tried on every one, each in a laboratory of its own, and the target is `lab/default`.
        agent: The target is this command-line agent, in a sandbox of its own, on the model that is bound to the role:
            `claude_code`, `codex`, `gemini`, or the path of a YAML file that says how yours is started.
        dimensions: What to judge: `default`, `all`, ids, `tag:…` or paths (`seer dimensions list`).
        calls: `each` asks the judge about one dimension at a time, `one` about all of them at once.
        summary: Have the judge also say what happened, with the moments to look at, in a call of its own.
        sandbox: Provider of the laboratories and of an agent's sandboxes; without either none is started.
        gpu: Types of GPU for them, in order of preference.
        require_isolation: Refuse to run where a laboratory, or an agent, cannot be isolated from this machine.
        time_limit: Seconds that an audit may take.
    """
    check_provider(sandbox)
    judge, viewer = petri_judge(dimensions, calls, summary), audit_viewer(dimensions)
    chosen = select(organisms, "all", []) if listed(organisms) else []
    check_target(bool(chosen), organisms)
    program = agent_called(agent, bool(chosen))
    samples = [
        audit_sample(seed, organism, sandbox=sandbox, gpu=gpu, require_isolation=require_isolation, agent=program)
        for seed in plain_seeds(seeds)
        for organism in (chosen or (None,))
    ]
    return Task(
        dataset=samples,
        setup=open_lab() if chosen else None,
        solver=petri(),
        scorer=[judge, process()],
        cleanup=close_lab,
        model_roles={"target": LAB_TARGET} if chosen else None,
        time_limit=time_limit,
        viewer=viewer,
        version=1,
    )
