"""`text_protocol`: an investigator on a model without tool calls of its own, by a strict protocol in plain text."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageTool,
    ChatMessageUser,
    GenerateConfig,
    Model,
    execute_tools,
)
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import Tool, ToolCall, ToolDef, ToolSource, mcp_connection
from inspect_ai.util import span

from seer_evals.lab import AnyTool, Lab, find_skills
from seer_evals.solvers._bench import agent_model, read_prompt
from seer_evals.solvers._text_protocol import (
    Final,
    ProtocolError,
    ToolRequest,
    describe_tools,
    parse,
    shorten,
    workspace_tools,
)

METHOD = "research-method"
SUBMIT = "submit_report"
OWN_RESULT = "\nTOOL_RESULT:"
"""A model that goes on to make up its tool's result is stopped there."""
REPAIR = "PROTOCOL_ERROR: your reply was not carried out: {problem}. Write the whole reply again. ({left} left.)"


@solver
def text_protocol(max_turns: int = 50, repairs: int = 8, keep_results: int = 8, max_tokens: int = 1024) -> Solver:
    """A model that only writes text, as the role `auditor` if one is bound, otherwise as the evaluated model.

    It has six tools for files and commands, where the session lets an agent run code, and every tool of the
    laboratory. It ends when a report is accepted, the turns or the repairs are used up.

    Args:
        max_turns: Replies that the agent may give, malformed ones included.
        repairs: Malformed replies in the whole run, each of which is handed back with what is wrong.
        keep_results: The last so many results stay whole in the model's context; older ones are cut short.
        max_tokens: Length of a reply.
    """
    for name, value in (("max_turns", max_turns), ("keep_results", keep_results), ("max_tokens", max_tokens)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    if repairs < 0:
        raise ValueError(f"repairs must not be negative, got {repairs}")

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab = Lab.of(state)
        async with AsyncExitStack() as stack:
            tools = await _tools(lab, stack)
            prompt = _prompt(lab, tools, max_turns, repairs)
            state.messages = [ChatMessageSystem(content=prompt), ChatMessageUser(content=state.input_text)]
            talk = _Talk(lab, agent_model(), tools, state.messages, keep_results, max_tokens)
            async with span("investigator", type="agent"):
                await _investigate(talk, max_turns, repairs)
        return state

    return solve


async def _tools(lab: Lab, stack: AsyncExitStack) -> list[Tool]:
    """The six and the laboratory's; MCP servers stay connected as long as `stack` is open."""
    given: list[AnyTool] = lab.tools()
    await stack.enter_async_context(mcp_connection(given))
    found = workspace_tools(lab.sandbox, lab.layout) if lab.plan.session.runs_code else []
    for each in given:
        found += await each.tools() if isinstance(each, ToolSource) else [each]
    return found


def _prompt(lab: Lab, tools: Sequence[Tool], max_turns: int, repairs: int) -> str:
    return read_prompt(
        "text_protocol",
        max_turns=max_turns,
        repairs=repairs,
        tools=describe_tools(tools),
        report=describe_tools([lab.submit_tool()]),
        method=find_skills(METHOD)[0].instructions,
        briefing=lab.briefing(),
    )


@dataclass
class _Talk:
    """The conversation, and what it is carried on with."""

    lab: Lab
    model: Model
    tools: list[Tool]
    messages: list[ChatMessage]
    keep_results: int
    max_tokens: int

    async def reply(self) -> str:
        """The model's next reply, which joins the conversation."""
        config = GenerateConfig(max_tokens=self.max_tokens, stop_seqs=[OWN_RESULT])
        output = await self.model.generate(shorten(self.messages, self.keep_results), config=config)
        self.messages.append(output.message)
        return output.completion.split(OWN_RESULT)[0]

    def say(self, text: str) -> None:
        """Answer the model."""
        self.messages.append(ChatMessageUser(content=text))

    async def execute(self, step: ToolRequest | Final) -> str:
        """Carry out a call, as Inspect carries out any other: with its event, its limits and its errors."""
        name = SUBMIT if isinstance(step, Final) else step.name
        tools = [self.lab.submit_tool()] if isinstance(step, Final) else self.tools
        call = ToolCall(id=f"call-{len(self.messages)}", function=name, arguments=dict(step.arguments))
        asked = ChatMessageAssistant(content=step.thought, tool_calls=[call])
        [answer, *_] = (await execute_tools([asked], tools)).messages
        assert isinstance(answer, ChatMessageTool)
        return f"error: {answer.error.message}" if answer.error else answer.text


async def _investigate(talk: _Talk, max_turns: int, repairs: int) -> None:
    names = [ToolDef(tool).name for tool in talk.tools]
    for _ in range(max_turns):
        reply = await talk.reply()
        try:
            step = parse(reply, names)
        except ProtocolError as error:
            if repairs == 0:
                return
            repairs -= 1
            talk.say(REPAIR.format(problem=error, left=repairs))
            continue
        result = await talk.execute(step)
        if talk.lab.report is not None:
            return
        talk.say(f"TOOL_RESULT: {result}")
