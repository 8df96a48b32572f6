"""docs/prompts.md: sizes first, then what is shared, then every role's messages, then the tools' schemas."""

import json
import re
from collections.abc import Iterable, Iterator

from inspect_ai.tool import ToolInfo

from benchmarks.prompts._heard import Heard, Stage
from benchmarks.prompts._tokens import RULE, tokens

INTRODUCTION = """\
# What agents and judges are told

Written by `python -m benchmarks prompts`; a test fails when it is out of date. Each harness is played once, with
scripted models, on the organism `{organism}` of `hidden_preference` or in a task of its own, and what its models are
sent is noted down: word for word, but that texts which several prompts have stand once, under [Shared](#shared), and
are named in ⟨brackets⟩.

Sizes are in tokens, counted by a rule: {rule}. A schema goes with every turn, as the system message does. Not here are
`human`, who reads the briefing, and `petri_original`, whose prompts are Petri's own; command-line agents have further
instructions and tools of their makers, beside these.
"""
CLOCK = re.compile(r"\d+ (?:min|s) left")
CODE = re.compile(r"\b[0-9a-f]{32}\b")
"""Of a quotation, which hangs on what is quoted, the time that was left included."""


def page(stage: Stage) -> str:
    """The page as Markdown, the same on every machine."""
    tools = _named({_schema(tool): tool.name for heard in stage.heard for tool in heard.tools})
    parts = [
        INTRODUCTION.format(organism="preference-llama-101", rule=RULE),
        "\n".join(_sizes(stage.heard)),
        "## Shared",
        *(f"### ⟨{name}⟩\n\n{_fenced(_shortened(text, stage.parts, but=name))}" for name, text in stage.parts.items()),
        "## Messages",
        *(section for heard in stage.heard for section in _section(heard, stage.parts, tools)),
        "## Tools",
        *(f"### `{name}`\n\n{_fenced(schema)}" for schema, name in tools.items()),
    ]
    return CODE.sub("0" * 32, CLOCK.sub("60 min left", "\n\n".join(parts))) + "\n"


def _sizes(heard: Iterable[Heard]) -> Iterator[str]:
    yield "| harness | role | system message | other messages | tools | together |\n|---|---|---:|---:|---:|---:|"
    for each in heard:
        system = sum(tokens(message.text) for message in each.messages if message.role == "system")
        others = sum(tokens(message.text) for message in each.messages if message.role != "system")
        schemas = sum(tokens(_compact(tool)) for tool in each.tools)
        numbers = " | ".join(f"{number:,}" if number else "" for number in (system, others, schemas))
        yield f"| {each.harness} | {each.role} | {numbers} | {system + others + schemas:,} |"


def _section(heard: Heard, parts: dict[str, str], tools: dict[str, str]) -> Iterator[str]:
    yield f"### {heard.harness}: {heard.role}"
    for message in heard.messages:
        yield f"{message.role.capitalize()} message:\n\n{_fenced(_shortened(message.text, parts))}"
    if heard.tools:
        yield f"Tools: {', '.join(f'`{tools[_schema(tool)]}`' for tool in heard.tools)}."


def _shortened(text: str, parts: dict[str, str], but: str = "") -> str:
    for name, part in parts.items():
        if name != but:
            text = text.replace(part, f"⟨{name}⟩")
    return text.strip()


def _named(schemas: dict[str, str]) -> dict[str, str]:
    """A name of its own for each schema: tools of one name may differ from harness to harness."""
    seen: dict[str, int] = {}
    named = {}
    for schema, name in schemas.items():
        seen[name] = seen.get(name, 0) + 1
        named[schema] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    return named


def _schema(tool: ToolInfo) -> str:
    """The description as text, and each parameter in a line."""
    properties = tool.parameters.model_dump(exclude_none=True)["properties"]
    lines = [f"{name}: {json.dumps(schema, ensure_ascii=False)}" for name, schema in properties.items()]
    return "\n".join([tool.description, *(["", *lines] if lines else []), *_required(tool)])


def _required(tool: ToolInfo) -> list[str]:
    return [f"required: {', '.join(tool.parameters.required)}"] if tool.parameters.required else []


def _compact(tool: ToolInfo) -> str:
    """As a provider is sent it."""
    return json.dumps(tool.model_dump(exclude_none=True), separators=(",", ":"), ensure_ascii=False)


def _fenced(text: str) -> str:
    return f"````text\n{text}\n````"
