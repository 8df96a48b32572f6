"""The environment of an investigation of one model, which is in the agent's kernel or in a scoped sandbox."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seer_evals import by_path
from seer_evals.environment import IN_KERNEL, Environment, ModelSpec, ScopedSpec
from seer_evals.lab.functions import interface_functions
from seer_evals.lab.interfaces import WHITEBOX
from seer_evals.organisms import Organism, PublicSource
from seer_evals.tasks.shared.lists import listed

SCOPED = "scoped"
SANDBOX = "whitebox"
"""Name of the scoped sandbox, and of the module that calls it."""
MODAL = "modal_gpu"
LARGE = ("A100-80GB", "H100")
"""GPUs that a public organism fits on: 9 billion parameters in bfloat16, with room for what is kept of a run."""
NO_GPU = "none"


def gpus_for(organism: Organism, sandbox: str, asked: str | list[str] = "") -> tuple[str, ...]:
    """Types of GPU for an organism, in order of preference.

    Args:
        organism: Built ones are tiny and need none.
        sandbox: The provider; only on Modal are GPUs got by asking for them.
        asked: What the task's parameter says, separated by commas; `none` for none, empty for what the organism needs.
    """
    return gpus_asked(asked, LARGE if sandbox == MODAL and isinstance(organism.source, PublicSource) else ())


def gpus_asked(asked: str | list[str], needed: tuple[str, ...]) -> tuple[str, ...]:
    """Types of GPU as a task's parameter says them, `none` for none; those that are needed if it says nothing."""
    named = tuple(listed(asked))
    return () if named == (NO_GPU,) else named or needed


def laboratory(
    model: ModelSpec, placement: str, gpu: Sequence[str] = (), *, interface: Path = WHITEBOX, **fields: Any
) -> Environment:
    """An environment with one model.

    Args:
        model: Without its placement.
        placement: `kernel`, or `scoped` for a sandbox of its own that the agent reaches by white-box functions only,
            or the path of an interface, for one that it reaches by the functions of that file.
        gpu: Types of GPU for the sandbox that the model is in, in order of preference.
        interface: The functions by which a model in a sandbox of its own is reached.
        fields: Other fields of the environment.

    Raises:
        ValueError: There is no such placement, or the interface has no function to expose.
    """
    if placement.endswith(".py"):
        placement, interface = SCOPED, _interface(placement)
    if placement == IN_KERNEL:
        return Environment(models=(model,), gpu=tuple(gpu), **fields)
    if placement != SCOPED:
        raise ValueError(
            f"unknown placement {placement!r}; available: {IN_KERNEL}, {SCOPED}, or the path of an interface (.py)"
        )
    scoped = ScopedSpec(name=SANDBOX, interface=str(interface), gpu=tuple(gpu))
    return Environment(models=(model.model_copy(update={"placement": SANDBOX}),), scoped=(scoped,), **fields)


def _interface(name: str) -> Path:
    path = by_path.given(name, Path.is_file)
    if path is None:
        raise ValueError(f"there is no file {name} with an interface")
    interface_functions(ScopedSpec(name=SANDBOX, interface=str(path)))
    return path
