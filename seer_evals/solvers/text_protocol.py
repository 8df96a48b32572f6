"""`text_protocol`: an investigator on a model without tool calls of its own, by a protocol in plain text."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from inspect_ai.agent import AgentInterrupted, agent_channel
from inspect_ai.model import (
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageTool,
    ChatMessageUser,
    GenerateConfig,
    Model,
    ModelOutput,
    execute_tools,
)
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import Tool, ToolCall, ToolDef, ToolInfo, ToolSource, mcp_connection
from inspect_ai.util import span

from seer_evals.lab import AnyTool, Lab
from seer_evals.parameters import checked
from seer_evals.prompting import prompted
from seer_evals.solvers._bench import agent_model, countdown, refuse_without_models
from seer_evals.solvers._bench.prompts import PROMPTS
from seer_evals.solvers._text_protocol import (
    SUBMIT,
    Final,
    ProtocolError,
    Step,
    help_for,
    parse,
    prompt_for,
    shorten,
    workspace_tools,
)

OWN_RESULT = "\nTOOL_RESULT:"
"""A model that goes on to make up its tool's result is stopped there."""
REPAIR = "PROTOCOL_ERROR: no call could be read from your reply: {problem}. Write the whole reply again."
IN_A_ROW = " ({left} more such {replies} in a row and the run ends without a report.)"
CUT = "it was cut at its length of {tokens} tokens before its JSON ended; say less in one reply. "
LEFT_OUT = "Only the first call of your reply was carried out, not: {names}."
LAST = " Write FINAL: now."


@solver
@checked
@prompted(PROMPTS)
def text_protocol(max_turns: int = 50, repairs: int = 8, keep_results: int = 8, max_tokens: int = 1024) -> Solver:
    """A model that only writes text, as the role `auditor` if one is bound, otherwise as the evaluated model.

    It has six tools for files and commands, where the session lets an agent run code, and every tool of the
    laboratory. Its replies are read generously: fences, a preamble, raw line breaks, a last bracket that lacks and the
    forms in which models are trained to call tools are no fault, and of several calls the first is carried out. It ends
    when a report is accepted, or the turns or the repairs are used up.

    Args:
        max_turns: Replies that the agent may give, unreadable ones included.
        repairs: Replies in a row from which no call can be read; each is handed back with what is wrong.
        keep_results: The last so many results stay whole in the model's context; older ones are cut short.
        max_tokens: Length of a reply.
    """
    for name, value in (("max_turns", max_turns), ("keep_results", keep_results), ("max_tokens", max_tokens)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    if repairs < 0:
        raise ValueError(f"repairs must not be negative, got {repairs}")
    refuse_without_models("text_protocol")

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab = Lab.of(state)
        async with AsyncExitStack() as stack:
            tools = await _tools(lab, stack)
            prompt = prompt_for(lab, tools, max_turns=max_turns, repairs=repairs, keep_results=keep_results)
            state.messages = [ChatMessageSystem(content=prompt), ChatMessageUser(content=state.input_text)]
            talk = _Talk(lab, agent_model(), tools, state, keep_results, max_tokens, max_turns)
            async with span("investigator", type="agent"):
                await _investigate(talk, repairs)
        return state

    return solve


async def _tools(lab: Lab, stack: AsyncExitStack) -> list[Tool]:
    """The six, the laboratory's and help; MCP servers stay connected as long as `stack` is open."""
    given: list[AnyTool] = lab.tools()
    await stack.enter_async_context(mcp_connection(given))
    found = workspace_tools(lab.sandbox, lab.layout) if lab.plan.session.runs_code else []
    for each in given:
        found += await each.tools() if isinstance(each, ToolSource) else [each]
    return [*found, help_for(lab, found)]


@dataclass
class _Talk:
    """The conversation, and what it is carried on with."""

    lab: Lab
    model: Model
    tools: list[Tool]
    state: TaskState
    keep_results: int
    max_tokens: int
    max_turns: int

    async def reply(self) -> ModelOutput:
        """The model's next reply, which joins the conversation and is the sample's output so far."""
        config = GenerateConfig(max_tokens=self.max_tokens, stop_seqs=[OWN_RESULT])
        output = await self.model.generate(shorten(self.state.messages, self.keep_results), config=config)
        self.state.messages.append(output.message)
        self.state.output = output
        return output

    def say(self, text: str, turn: int) -> None:
        """Answer the model in its turn, with what it has left."""
        numbered = len(self.state.messages) + 1 if self.lab.cites_messages else None
        rest = f"{countdown(turn, self.max_turns, numbered)}{LAST if self.max_turns - turn == 1 else ''}"
        self.state.messages.append(ChatMessageUser(content=f"{text}\n{rest}"))

    async def execute(self, step: Step) -> str:
        """Carry out a call, as Inspect carries out any other: with its event, its limits and its errors."""
        name = SUBMIT if isinstance(step, Final) else step.name
        tools = [self.lab.submit_tool()] if isinstance(step, Final) else self.tools
        call = ToolCall(id=f"call-{len(self.state.messages)}", function=name, arguments=dict(step.arguments))
        asked = ChatMessageAssistant(content=step.thought, tool_calls=[call])
        [answer, *_] = (await execute_tools([asked], tools)).messages
        assert isinstance(answer, ChatMessageTool)
        return f"error: {answer.error.message}" if answer.error else answer.text


async def _investigate(talk: _Talk, repairs: int) -> None:
    tools, messages = [_info(tool) for tool in talk.tools], talk.state.messages
    unread = 0
    async with agent_channel() as operator:
        for turn in range(1, talk.max_turns + 1):
            messages.extend(await operator.before_turn(messages))
            try:
                with operator.turn_scope():
                    read = await _turn(talk, turn, tools, repairs - unread)
            except AgentInterrupted:
                messages.extend(await operator.after_cancel(messages))
                continue
            unread = 0 if read else unread + 1
            if unread > repairs or talk.lab.report is not None:
                return


async def _turn(talk: _Talk, turn: int, tools: Sequence[ToolInfo], repairs: int) -> bool:
    """A reply and what comes of it; whether it could be read."""
    output = await talk.reply()
    cut = output.stop_reason == "max_tokens"
    try:
        step = parse(output.completion.split(OWN_RESULT)[0], tools, cut=cut)
    except ProtocolError as error:
        if repairs:
            talk.say(_repair(error, repairs - 1, talk.max_tokens if cut else 0), turn)
        return False
    result = await talk.execute(step)
    if talk.lab.report is None:
        note = f"\n({LEFT_OUT.format(names=', '.join(step.left_out))})" if step.left_out else ""
        talk.say(f"TOOL_RESULT: {result}{note}", turn)
    return True


def _repair(error: ProtocolError, left: int, tokens: int) -> str:
    problem = f"{CUT.format(tokens=tokens)}{error}" if tokens else str(error)
    return REPAIR.format(problem=problem) + IN_A_ROW.format(left=left + 1, replies="reply" if left == 0 else "replies")


def _info(tool: Tool) -> ToolInfo:
    described = ToolDef(tool)
    return ToolInfo(name=described.name, description=described.description, parameters=described.parameters)
