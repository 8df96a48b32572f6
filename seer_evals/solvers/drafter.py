"""`drafter`: reads a paper without any tools and fills the plan of an experiment."""

from inspect_ai.log import transcript
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.drafts import PROMPTS, DraftError, Paper, as_markdown, draft, keep_draft
from seer_evals.parameters import checked
from seer_evals.prompting import prompted
from seer_evals.solvers._bench import agent_model, refuse_without_models


@solver
@checked
@prompted(PROMPTS)
def drafter() -> Solver:
    """Make a plan of the paper that is the sample's input, with the role `auditor`, or else the evaluated model.

    What it quotes is looked for in the paper and what is not found is asked for again, twice at most; it is missing
    from the plan then. It is what `seer draft` does. The draft is in the sample's store.
    """
    refuse_without_models("drafter")

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        paper = Paper.of(str(state.sample_id), state.input_text)
        try:
            found = await draft(agent_model(), paper)
        except DraftError as error:
            transcript().info(str(error), source="drafter")
            return state
        keep_draft(state.store, found)
        state.output.completion = as_markdown(found, paper)
        return state

    return solve
