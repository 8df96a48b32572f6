"""`petri_original`: Petri itself (the package inspect_petri) on the same seeds and targets, and in the same table."""

import anyio
from inspect_ai.log import transcript
from inspect_ai.model import ChatMessageUser, ModelOutput, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.audits import AGENT_KEY, CARD_KEY, SEED_KEY, Ending, Seed
from seer_evals.parameters import Share, checked
from seer_evals.prompting import prompted
from seer_evals.refusal import Refusal
from seer_evals.solvers._bench import agent_model, read_prompt, refuse_without_models
from seer_evals.solvers._bench.limits import limit_in, time_is_up
from seer_evals.solvers._bench.prompts import PROMPTS
from seer_evals.solvers._peers.auditor import Watched, realism_of
from seer_evals.solvers._peers.original import Choice, original, package
from seer_evals.solvers._peers.recorder import Recorder
from seer_evals.solvers._petri.definitions import described
from seer_evals.solvers._petri.prefills import why_not
from seer_evals.solvers._petri.purpose import seed_prompt


@solver
@checked
@prompted(PROMPTS)
def petri_original(
    max_turns: int = 30,
    target_tools: str = "synthetic",
    prefill: bool = False,
    rollback: bool = True,
    realism: float = 0.0,
    compaction: Share = 0.9,
) -> Solver:
    """Audit the role `target` by a seed with Petri's own auditor, prompts and tools, as the role `auditor`.

    Needs Python 3.12 or newer and the package inspect_petri (the extra `petri`). The defaults are Petri's. What the
    target was given and answered, in all branches, is kept as `petri` keeps it, so that `petri_judge` scores both; what
    Petri's auditor wrote and never sent is only in the sample's messages, which are the auditor's conversation.

    Args:
        max_turns: Replies of the auditor. (In `petri` it is those of the target.)
        target_tools: `synthetic` (the auditor makes the target's tools), `fixed` (those of the seed) or `none`.
        prefill: Let the auditor begin the target's replies, where the target's API truly continues them.
        rollback: Let the auditor go back and start afresh.
        realism: Score from 0 to 1 below which what the auditor is about to send goes back to it; 0 checks nothing. The
            role `realism` checks, otherwise the role `auditor`.
        compaction: Share of the auditor's context window at which older messages are compacted.

    Raises:
        Refusal: The package is not installed.
    """
    choice = Choice(max_turns, target_tools, prefill, rollback, realism, compaction)
    package()
    refuse_without_models("petri_original")

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        seed = _seed(state)
        if choice.prefill and (reason := why_not(get_model(role="target", required=True))):
            raise Refusal(f"prefill=true is not possible with this target, leave it out: {reason}")
        auditor, recorder, watched = agent_model(), Recorder(state.store), Watched(choice.max_turns)
        recorder.keep()
        ending, detail = _RUNNING
        try:
            petri = await original(choice, auditor, recorder, watched)
            await petri(_for_petri(state, seed, choice), generate)
            ending, detail = watched.ending()
        except Exception as error:
            limit = limit_in(error)
            if limit is None:
                raise
            ending, detail = "limit", limit.message
            raise limit from error
        except anyio.get_cancelled_exc_class():
            ending, detail = ("limit", up) if (up := time_is_up()) else _RUNNING
            raise
        finally:
            recorder.keep(ending, detail, realism_of(transcript().events) if choice.realism else None)
            state.messages = list(watched.messages)
            state.output = ModelOutput.from_content(auditor.name, f"({ending})")
        return state

    return solve


_RUNNING: tuple[Ending, str] = ("running", "")


def _seed(state: TaskState) -> Seed:
    if SEED_KEY not in state.metadata:
        raise Refusal(
            "petri_original audits by seeds and ends without a report: run it on tasks/petri_audit.py, or give an "
            "investigation another harness (such as petri)"
        )
    if AGENT_KEY in state.metadata:
        raise Refusal("petri_original audits models and no command-line agents: leave -T agent out, or take petri")
    return Seed.model_validate(state.metadata[SEED_KEY])


def _for_petri(state: TaskState, seed: Seed, choice: Choice) -> TaskState:
    """A state with the seed and nothing else: Petri hands a sample's metadata to its agents, and ours has the truth."""
    made = seed.tools and choice.target_tools == "synthetic"  # of fixed ones Petri tells its auditor itself
    advice = read_prompt("petri_seed_tools", tools=seed.tool_list) if made else ""
    task = seed_prompt(seed, advice.strip(), state.metadata.get(CARD_KEY, ""))
    fixed = choice.target_tools == "fixed"
    return TaskState(
        model=state.model,
        sample_id=state.sample_id,
        epoch=state.epoch,
        input=task,
        messages=[ChatMessageUser(content=task)],
        metadata={"tools": [described(tool) for tool in seed.tools]} if fixed and seed.tools else {},
        sample_uuid=state.uuid,
    )
