"""One short pass through a model, watched: which of its parts are called, in which order, and with what."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeGuard

import torch

ROWS, LENGTH = 2, 3
STATE_ARGUMENTS = ("hidden_states", "x")
"""Names under which blocks are given the state, where they are not given it first."""
MIXING = {"attention_mask", "cache_params", "layer_past", "past_key_value", "past_key_values", "position_embeddings"}
"""Arguments that only what looks at other tokens is given."""


@dataclass(frozen=True, eq=False)
class Call:
    """How a module was called."""

    name: str
    """Its path in the model."""
    kind: str
    """The name of its class."""
    given: torch.Tensor | None
    """Its first argument."""
    state: torch.Tensor | None
    """What it returned, or the first of that."""
    mixing: bool
    """It was given more than states."""

    @property
    def leaf(self) -> str:
        """The last part of the path."""
        return self.name.rpartition(".")[2]

    def gives(self, width: int) -> bool:
        """Whether it returned one state of that width for each token."""
        return per_token(self.state) and self.state.shape[-1] == width

    def takes(self) -> bool:
        """Whether it was given something for each token."""
        return per_token(self.given)

    @property
    def flat(self) -> bool:
        """Whether it returned all tokens of a batch in one row, `[batch * position, d]`."""
        return self.state is not None and self.state.dim() == 2


def streams_of(state: torch.Tensor | None) -> int:
    """How many states the blocks pass on for each token, as the first dimension of one tensor (AltUp); 1 for most."""
    stacked = state is not None and state.dim() == 4 and tuple(state.shape[1:3]) == (ROWS, LENGTH)
    return len(state) if stacked and state is not None else 1


def per_token(tensor: torch.Tensor | None) -> TypeGuard[torch.Tensor]:
    """Whether it is one state for each token of the traced batch."""
    return tensor is not None and (
        (tensor.dim() == 3 and tensor.shape[:2] == (ROWS, LENGTH))
        or (tensor.dim() == 2 and len(tensor) == ROWS * LENGTH)
    )


@dataclass(frozen=True)
class Trace:
    """The calls of one pass, in order of their beginnings, and the logits that came out."""

    calls: list[Call]
    logits: torch.Tensor

    def of(self, name: str) -> list[Call]:
        """The calls of one module."""
        return [call for call in self.calls if call.name == name]

    def within(self, name: str, *, direct: bool = True) -> list[Call]:
        """The calls of a module's children, or of everything in it."""
        inside = [call for call in self.calls if call.name.startswith(f"{name}.")]
        return [call for call in inside if "." not in call.name[len(name) + 1 :]] if direct else inside


@torch.no_grad()
def trace(model: Any, inner: Any) -> Trace:
    """Watch a pass over two rows of three tokens.

    Raises:
        LookupError: The model cannot do one.
    """
    begun: list[Call | None] = []
    handles = []
    try:
        for name, module in inner.named_modules():
            if name:
                handles += _watch(name, module, begun)
        with _same_random_numbers(model):
            logits = model(**_inputs(model, inner)).logits
    except Exception as error:
        raise LookupError(
            f"{type(inner).__name__} cannot be inspected, since a pass over {LENGTH} tokens fails: {error}"
        ) from error
    finally:
        for handle in handles:
            handle.remove()
    return Trace([call for call in begun if call is not None], logits)


def _inputs(model: Any, inner: Any) -> dict[str, Any]:
    import inspect

    device = model.get_input_embeddings().weight.device
    ids = torch.tensor([[1, 2, 3], [3, 1, 2]], device=device)
    positions = torch.arange(LENGTH, device=device).expand(ROWS, LENGTH)
    inputs = {"attention_mask": torch.ones_like(ids), "position_ids": positions, "use_cache": False}
    takes = inspect.signature(inner.forward).parameters
    return {"input_ids": ids, **{key: value for key, value in inputs.items() if key in takes}}


@contextlib.contextmanager
def _same_random_numbers(model: Any) -> Iterator[None]:
    """A model in training mode draws dropout, which must not move the numbers of whoever trains it."""
    if not model.training:
        yield
        return
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        yield


def _watch(name: str, module: torch.nn.Module, begun: list[Call | None]) -> list[Any]:
    open_calls: list[tuple[int, torch.Tensor | None, bool]] = []

    def before(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        given = args[0] if args else next((kwargs[name] for name in STATE_ARGUMENTS if name in kwargs), None)
        mixing = len([each for each in args if isinstance(each, torch.Tensor)]) > 1 or bool(MIXING & kwargs.keys())
        open_calls.append((len(begun), given if isinstance(given, torch.Tensor) else None, mixing))
        begun.append(None)

    def after(module: Any, args: Any, output: Any) -> None:
        place, given, mixing = open_calls.pop()
        first = output[0] if isinstance(output, tuple | list) and output else output
        state = first if isinstance(first, torch.Tensor) else None
        begun[place] = Call(name, type(module).__name__, given, state, mixing)

    return [
        module.register_forward_pre_hook(before, with_kwargs=True),
        module.register_forward_hook(after),
    ]
