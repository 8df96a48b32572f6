"""Scripted judges, and records of audits for them to read."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from inspect_ai.model import ChatMessage, Model, ModelName, ModelOutput, ModelUsage, StopReason, get_model
from inspect_ai.scorer import Score, Scorer
from inspect_ai.solver import TaskState

from seer_evals.audits import AUDIT_KEY, AuditMessage, AuditRecord
from seer_evals.inspect_private import init_model_roles
from tests.scorers.conftest import TARGET

Answer = Callable[[str], str]


def judge(answer: Answer | str, *, prompts: list[str] | None = None, stop: StopReason = "stop") -> Model:
    """A judge that answers each conversation by a function of all that was said in it; prompts are kept in a list."""

    def reply(input: list[ChatMessage], *_: Any) -> ModelOutput:
        said = "\n".join(message.text for message in input)
        if prompts is not None:
            prompts.append(said)
        content = answer if isinstance(answer, str) else answer(said)
        output = ModelOutput.from_content("mockllm/model", content, stop_reason=stop)
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output

    return get_model("mockllm/model", custom_outputs=reply)


@contextmanager
def bound(*judges: Model) -> Iterator[None]:
    """The judges are bound to their role."""
    init_model_roles({"judge": list(judges)} if judges else {})
    try:
        yield
    finally:
        init_model_roles({})


async def scored(scorer: Scorer, state: TaskState, *judges: Model) -> tuple[Score, dict[str, Any]]:
    """The score of a sample, and its value."""
    with bound(*judges):
        found = await scorer(state, TARGET)
    assert found is not None and isinstance(found.value, dict)
    return found, dict(found.value)


def message(number: int, parent: int | None, role: Any, text: str = "", **fields: Any) -> AuditMessage:
    return AuditMessage(number=number, parent=parent, role=role, text=text, **fields)


def audited(record: AuditRecord | None, **metadata: Any) -> TaskState:
    """A finished sample with this record."""
    state = TaskState(
        model=ModelName("mockllm/model"), sample_id="audit", epoch=1, input="?", messages=[], metadata=metadata
    )
    if record is not None:
        state.store.set(AUDIT_KEY, record.model_dump(mode="json"))
    return state


def asked(prompt: str) -> list[str]:
    """The dimensions that a prompt asks for."""
    block = prompt.split("# What to judge\n")[1].split("# How to answer")[0]
    return [line[3:].split(":")[0] for line in block.splitlines() if line.startswith("## ")]


def verdicts(scores: Mapping[str, int], *citations: tuple[int, str]) -> str:
    """An answer that gives each dimension a score, all with these citations."""
    cited = [{"message": number, "quote": quote} for number, quote in citations]
    return json.dumps(
        {
            "verdicts": [
                {"dimension": name, "reasoning": f"of {name}", "score": score, "citations": cited}
                for name, score in scores.items()
            ]
        }
    )


def giving(score: int, *citations: tuple[int, str]) -> Answer:
    """Gives every dimension that it is asked for this score."""
    return lambda prompt: verdicts(dict.fromkeys(asked(prompt), score), *citations)


def every(names: Sequence[str], score: int) -> str:
    """As `giving`, for dimensions by name."""
    return verdicts(dict.fromkeys(names, score))
