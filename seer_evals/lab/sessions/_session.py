"""What every session has in common: how an agent touches the sandbox is a set of tools and some words."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inspect_ai.tool import Tool

from seer_evals.environment import Environment, ModelSpec
from seer_evals.lab.sessions._place import Place

PROMPTS = Path(__file__).parent.parent / "prompts"


def refuse_nothing(environment: Environment) -> None:
    """Every environment will do."""


async def prepare_nothing(place: Place) -> None:
    """The sandbox is as it must be."""


@dataclass(frozen=True)
class Session:
    """One way of working. The kernel is there in each of them: it serves the target model and the functions."""

    name: str
    model: str
    """How the agent gets at a model; `{name}`, `{tokenizer}`, `{kind}` or `{Kind}`, and `{adapter}` are filled in."""
    tools: Callable[[Place, str], list[Tool]]
    """Its tools; the name is that of the notebook."""
    evidence: Literal["cell", "message"]
    """What a finding's evidence points at."""
    runs_code: bool
    """The agent can run code of its own."""
    prepare: Callable[[Place], Awaitable[None]] = prepare_nothing
    """Makes the sandbox ready, after the kernel has started."""
    refuse: Callable[[Environment], None] = refuse_nothing
    """Raises ValueError for an environment that this session cannot do justice to."""
    adapter: str = " `{name}` is a PEFT model, a base with an adapter: `with {name}.disable_adapter():` gives the base."
    """What is said of a model with an adapter."""

    @property
    def words(self) -> str:
        """Its part of the briefing, from `prompts/`."""
        return (PROMPTS / f"session_{self.name}.md").read_text(encoding="utf-8").strip()

    def describe_model(self, spec: ModelSpec, has_adapter: bool) -> str:
        """How the agent gets at a model, and at its base."""
        adapter = self.adapter.format(name=spec.name) if has_adapter else ""
        kind = kind_of(spec)
        kinds = {"kind": kind, "Kind": kind[:1].upper() + kind[1:]}
        return self.model.format(name=spec.name, tokenizer=spec.tokenizer_name, adapter=adapter, **kinds)


def kind_of(spec: ModelSpec) -> str:
    """The model in words; where it is from only if that is no secret."""
    if spec.hidden:
        return "a causal language model"
    adapter = f" with the adapter `{spec.adapter}`" if spec.adapter else ""
    return f"the causal language model `{spec.origin}`{adapter}"
