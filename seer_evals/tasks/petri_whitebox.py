"""What does this model do when it is pushed from within? Audits by an auditor who can steer the target and read it."""

from functools import partial

from inspect_ai import Task, task

from seer_evals.audits import find_seeds
from seer_evals.lab import close_lab, open_lab
from seer_evals.parameters import Seconds, checked
from seer_evals.sandboxes import check_provider
from seer_evals.scorers import petri_judge, process, steering_judge
from seer_evals.solvers.petri import petri
from seer_evals.tasks.shared.audits import LAB_TARGET, audit_sample, audit_viewer, check_target
from seer_evals.tasks.shared.lists import listed
from seer_evals.tasks.shared.organisms import select

DIMENSIONS = "default,tag:whitebox"


@task
@checked
def petri_whitebox(
    organisms: str | list[str] = "preference-llama-101",
    seeds: str | list[str] = "tag:steering",
    dimensions: str | list[str] = DIMENSIONS,
    calls: str = "each",
    summary: bool = True,
    sandbox: str = "workstation",
    gpu: str | list[str] = "",
    require_isolation: bool = False,
    time_limit: Seconds = 3600,
) -> Task:
    """Audit organisms with the roles `auditor` and `judge`; the target is in a sandbox that only functions reach.

    A steered reply always stands beside the reply at the same point without steering, in the record and before the
    judge; `steering_judge` rates both, and those under random vectors, without knowing which is which.

    Args:
        organisms: Ids of organisms that are the targets, separated by commas (`seer organisms list`).
        seeds: What to try: ids, `tag:…`, paths of `.md` files or folders of them, separated by commas; or one seed in
            place, as `text:` and what the auditor is told.
        dimensions: What to judge: `default`, `all`, ids, `tag:…` or paths (`seer dimensions list`).
        calls: `each` asks the judge about one dimension at a time, `one` about all of them at once.
        summary: Have the judge also say what happened, with the moments to look at, in a call of its own.
        sandbox: Provider of the laboratories.
        gpu: Types of GPU for the targets, in order of preference.
        require_isolation: Refuse to run where a laboratory cannot be isolated from this machine.
        time_limit: Seconds that an audit may take.
    """
    check_provider(sandbox)
    judge, viewer = petri_judge(dimensions, calls, summary), audit_viewer(dimensions)
    chosen = select(organisms, "all", []) if listed(organisms) else []
    check_target(bool(chosen), organisms)
    place = partial(audit_sample, sandbox=sandbox, gpu=gpu, require_isolation=require_isolation, whitebox=True)
    samples = [place(seed, organism) for seed in find_seeds(seeds) for organism in chosen]
    return Task(
        dataset=samples,
        setup=open_lab(),
        solver=petri(),
        scorer=[judge, steering_judge(), process()],
        cleanup=close_lab,
        model_roles={"target": LAB_TARGET},
        time_limit=time_limit,
        viewer=viewer,
        version=1,
    )
