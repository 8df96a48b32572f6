"""Where the exchanges of Petri's target are taken down: its agent runs unchanged, on a context that listens."""

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from inspect_ai.agent import Agent, AgentState
from inspect_ai.model import ChatMessage, ModelOutput
from inspect_ai.tool import ToolInfo
from inspect_ai.util import Store

from seer_evals.audits import AUDIT_KEY, AuditRecord, Ending, Realism
from seer_evals.solvers._peers.convert import to_record
from seer_evals.solvers._peers.exchange import Exchange

Generate = Callable[..., Awaitable[ModelOutput]]


@dataclass
class Recorder:
    """Keeps the record in the sample's store, up to date at every exchange."""

    store: Store
    exchanges: list[Exchange] = field(default_factory=list)

    def keep(self, ending: Ending = "running", detail: str = "", realism: Realism | None = None) -> AuditRecord:
        """Put the record into the store as it is now."""
        record = to_record(self.exchanges, ending, detail, realism)
        self.store.set(AUDIT_KEY, record.model_dump(mode="json"))
        return record

    def target(self, agent: Any) -> Agent:
        """Petri's target agent, listened to.

        Args:
            agent: A function of state and `TargetContext`, as `inspect_petri.target_agent` makes it.
        """

        async def execute(state: AgentState, context: Any) -> AgentState:
            heard: AgentState = await agent(state, _Listening(context, self))
            return heard

        return execute

    def listening(self, generate: Generate) -> Generate:
        """The target's `generate`, with every call taken down. Petri calls it only for what is not replayed."""

        @functools.wraps(generate)
        async def heard(*, input: list[ChatMessage], tools: list[ToolInfo], **more: Any) -> ModelOutput:
            read, given = tuple(input), tuple(tools)
            try:
                output = await generate(input=input, tools=tools, **more)
            except Exception as error:
                self._heard(Exchange(read, given, error=f"{type(error).__name__}: {error}".strip()))
                raise
            self._heard(Exchange(read, given, output))
            return output

        return heard

    def _heard(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        self.keep()


class _Listening:
    """A `TargetContext` that hands out a `generate` which is listened to; in all else the one that it stands for."""

    def __init__(self, context: Any, recorder: Recorder) -> None:
        self._context = context
        self._recorder = recorder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def replayable(self, fn: Generate, **options: Any) -> Any:
        """Petri's own, around the function that is listened to."""
        return self._context.replayable(self._recorder.listening(fn), **options)
