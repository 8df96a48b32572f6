"""`single_agent`: one language model with the laboratory's tools."""

from pathlib import Path

from inspect_ai._util.error import PrerequisiteError
from inspect_ai.agent import AgentContinue, AgentPrompt, AgentState, AgentSubmit, as_solver, react
from inspect_ai.log import transcript
from inspect_ai.model import CompactionAuto, CompactionStrategy, Model, get_model
from inspect_ai.model._model import model_roles
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import turn_limit

from seer_evals.lab import Lab, find_skills

PROMPT = (Path(__file__).parent / "prompts" / "single_agent.md").read_text(encoding="utf-8")
METHOD = "research-method"
CONTINUE = "Go on with the next step. When you are done, call submit_report."
LAST_TURNS = "You have {left} turns left. Finish what you are doing and call submit_report."
WARN_AT = 3
"""Turns before the end at which the agent is told so."""


@solver
def single_agent(max_turns: int = 50, compaction: float = 0.9) -> Solver:
    """Inspect's `react` loop as the role `auditor` if one is bound, otherwise as the evaluated model.

    It ends when a report is accepted or the turns are used up, whatever comes first; without a report the sample is
    scored as *no report*.

    Args:
        max_turns: Replies that the agent may give.
        compaction: Share of the context window at which older messages are compacted.
    """
    if max_turns < 1:
        raise ValueError(f"max_turns must be at least 1, got {max_turns}")

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab = Lab.of(state)
        model = _investigator()
        agent = react(
            name="investigator",
            prompt=AgentPrompt(
                instructions=_instructions(lab, max_turns),
                handoff_prompt=None,
                assistant_prompt=None,
                submit_prompt=None,
            ),
            tools=lab.tools(),
            model=model,
            submit=AgentSubmit(name="submit_report", tool=lab.submit_tool(), answer_only=True, keep_in_messages=True),
            on_continue=_continue(max_turns),
            compaction=await _compaction(model, compaction),
        )
        return await as_solver(agent, limits=[turn_limit(max_turns)])(state, generate)

    return solve


def _investigator() -> Model:
    """The role `auditor` if one is bound, otherwise the evaluated model.

    Raises:
        PrerequisiteError: There is neither.
    """
    model = get_model(role="auditor") if "auditor" in model_roles() else get_model()
    if model.api.__class__.__name__ == "NoModel":
        raise PrerequisiteError("there is no investigator: give --model-role auditor=MODEL or --model MODEL")
    return model


def _instructions(lab: Lab, max_turns: int) -> str:
    method = find_skills(METHOD)[0].instructions
    return PROMPT.format(max_turns=max_turns, method=method, briefing=lab.briefing())


async def _compaction(model: Model, threshold: float) -> CompactionStrategy | None:
    """Compaction, where the model's tokens can be counted; most providers need the network for that."""
    try:
        await model.count_tokens("Can tokens be counted?")
    except Exception as error:
        transcript().info(
            f"Long conversations are not compacted: tokens cannot be counted ({error}).", source="single_agent"
        )
        return None
    return CompactionAuto(threshold=threshold)


def _continue(max_turns: int) -> AgentContinue:
    turns = 0

    async def proceed(state: AgentState) -> bool | str | AgentState:
        nonlocal turns
        turns += 1
        if max_turns - turns == WARN_AT:
            return LAST_TURNS.format(left=WARN_AT)
        return True if state.output.message.tool_calls else CONTINUE

    return proceed
