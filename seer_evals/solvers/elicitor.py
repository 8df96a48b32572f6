"""`elicitor`: searches for the prompt that most reliably makes the target show a stated behaviour."""

from inspect_ai.model import ModelOutput, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.audits.elicitation import BEHAVIOUR_KEY, Behaviour
from seer_evals.parameters import Share, checked
from seer_evals.prompting import prompted
from seer_evals.refusal import Refusal
from seer_evals.solvers._bench import agent_model, carried_out, read_prompt, refuse_without_models
from seer_evals.solvers._bench.limits import limits_noted
from seer_evals.solvers._bench.prompts import PROMPTS
from seer_evals.solvers._elicitor.checking import check_for
from seer_evals.solvers._elicitor.conversing import Talk
from seer_evals.solvers._elicitor.experiment import Experiment
from seer_evals.solvers._elicitor.options import Options
from seer_evals.solvers._elicitor.tools import show, submit, table, try_prompt


@solver
@checked
@prompted(PROMPTS)
def elicitor(
    budget: int = 120, trials: int = 8, turns: int = 1, held_out: int = 24, max_turns: int = 40, compaction: Share = 0.9
) -> Solver:
    """Search for a prompt with the role `auditor`, or else the evaluated model, and measure what it found.

    With `turns=1` a prompt is the message to the role `target`. With more it is the instruction of an agent (role
    `proxy`, otherwise the auditor's model) that talks with the target. Each prompt is tried in fresh conversations at
    temperature 1 with different seeds, and whether the behaviour occurs is told by words or by the role `judge`, as the
    sample's metadata say. The prompt that is submitted is then tried on seeds that the search has never seen, and a
    plain control prompt beside it. Every conversation is in the sample's store, at every change
    (`seer_evals.audits.elicitation.load_elicitation`).

    Args:
        budget: Conversations of the search.
        trials: Conversations of an attempt, where the elicitor names no number.
        turns: Messages to the target in one conversation.
        held_out: Conversations of the last measurement, and as many of the control; they are outside of the budget.
        max_turns: Replies that the elicitor may give.
        compaction: Share of the elicitor's context window at which older messages are compacted.
    """
    options = Options(budget, trials, turns, held_out, max_turns, compaction)
    refuse_without_models("elicitor")

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        behaviour = _behaviour(state)
        talk = Talk(
            target=get_model(role="target", required=True),
            proxy=agent_model("proxy") if options.turns > 1 else None,
            turns=options.turns,
        )
        experiment = Experiment(options, talk, check_for(behaviour), state.store, state.epoch)
        experiment.change()
        with limits_noted(experiment.limited):
            state = await _search(state, generate, experiment)
            if experiment.record.winner is None:
                experiment.change(ending="not submitted")
                return state
            await experiment.measure(behaviour.control or _plain(options))
        assert experiment.record.held_out is not None
        state.output = ModelOutput.from_content(str(state.model), experiment.record.held_out.words())
        return state

    return solve


async def _search(state: TaskState, generate: Generate, experiment: Experiment) -> TaskState:
    options = experiment.options
    instructions = read_prompt(
        "elicitor",
        way=_way(options),
        budget=options.budget,
        trials=options.trials,
        held_out=options.held_out,
        max_turns=options.max_turns,
    )
    tools = [try_prompt(experiment), show(experiment), table(experiment)]
    work = await carried_out("elicitor", instructions, tools, submit(experiment), "submit", options)
    return await work(state, generate)


def _way(options: Options) -> str:
    if options.turns == 1:
        return read_prompt("elicitor_message")
    return read_prompt("elicitor_instruction", turns=options.turns)


def _behaviour(state: TaskState) -> Behaviour:
    if BEHAVIOUR_KEY not in state.metadata:
        raise Refusal(
            f"elicitor needs a behaviour (sample metadata {BEHAVIOUR_KEY!r}), as the task elicitation gives it"
        )
    return Behaviour.model_validate(state.metadata[BEHAVIOUR_KEY])


def _plain(options: Options) -> str:
    return read_prompt("elicitor_control" if options.turns == 1 else "elicitor_control_instruction").strip()
