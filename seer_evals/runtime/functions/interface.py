"""An interface file, loaded: its functions, found by name, and the models that they may be given."""

import asyncio
import contextlib
import importlib
import inspect
import sys
import threading
from collections.abc import Callable, Mapping
from types import FrameType, FunctionType, ModuleType
from typing import Any

from .arguments import ArgumentsRefused, bind
from .expose import MARK
from .values import decode

PASS_ERRORS_OF = "PASS_ERRORS_OF"
"""Variable of an interface: names of modules whose own errors reach the caller, beside those of the interface."""


class Interface:
    """The functions of one file, and nothing else of it."""

    def __init__(
        self, name: str, source: str, functions: list[dict[str, Any]], models: list[dict[str, Any]] | None = None
    ) -> None:
        self._file = f"<interface {name}>"
        self._specs = {function["name"]: function for function in functions}
        self._handles = _Handles(models or [])
        self._module = ModuleType(name)
        self._module.__dict__["lab_models"] = self._handles
        sys.modules[name] = self._module
        # Not the flags of this file: an interface decides on its own `from __future__`.
        exec(compile(source, self._file, "exec", dont_inherit=True), self._module.__dict__)
        self._talkative = tuple(getattr(self._module, PASS_ERRORS_OF, ()))
        self._target: Any = None
        self._lock = threading.Lock()
        for function in self._specs:
            self._function(function)

    def prepare(self, name: str, arguments: Any, payload: bytes) -> Callable[[], Any]:
        """A call, checked and ready to run.

        Raises:
            ArgumentsRefused: There is no such function, or the arguments do not fit it.
            CrossingError: The arguments cannot be read.
        """
        function = self._function(name)
        given = decode(arguments, payload)
        if not isinstance(given, dict) or not all(isinstance(key, str) for key in given):
            raise ArgumentsRefused(f"{name}() takes its arguments by name")
        positional, named = bind(self._specs[name], given, self._handles.find, self._handles.default)
        return lambda: _finished(function(*positional, **named))

    def ask_target(self, message: Any) -> dict[str, Any]:
        """Let a model answer as the target (see `seer_runtime.target.target`), when no call is using it.

        To be called from a thread of its own: it waits for the answer.
        """
        with self._lock:
            if self._target is None:
                self._target = importlib.import_module("..target.target", __package__).Target(
                    self._handles.pairs, self._handles.run_alone
                )
        answer: dict[str, Any] = self._target.ask(message)
        return answer

    def _function(self, name: str) -> FunctionType:
        # The list decides; the mark, the type and the file are asked for so that a wrong list can do no harm.
        function = self._module.__dict__.get(name) if name in self._specs else None
        if (
            not isinstance(function, FunctionType)
            or not getattr(function, MARK, False)
            or inspect.unwrap(function).__code__.co_filename != self._file
        ):
            raise ArgumentsRefused(f"no function {name[:80]!r} here; available: {', '.join(self._specs)}")
        return function

    def is_own(self, frame: FrameType) -> bool:
        """Whether a frame runs code of the interface, or of a module whose errors it lets through."""
        module = str(frame.f_globals.get("__name__", ""))
        return frame.f_code.co_filename == self._file or any(
            module == name or module.startswith(f"{name}.") for name in self._talkative
        )


class _Handles(Mapping[str, Any]):
    """The loaded models by name, as `LanguageModel` handles; in an interface it is the variable `lab_models`."""

    def __init__(self, models: list[dict[str, Any]]) -> None:
        self.pairs = load_pairs(models)
        self._made: dict[str, Any] = {}

    @property
    def default(self) -> str:
        return next(iter(self.pairs), "model")

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = handle(*self.pairs[name])
        return self._made[name]

    def __iter__(self) -> Any:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def run_alone(self, function: Callable[[], None]) -> None:
        """Run a function while no call uses a model."""
        with contextlib.ExitStack() as stack:
            for name in self:
                stack.enter_context(self[name].locked())
            function()

    def find(self, name: str) -> Any:
        if name not in self.pairs:
            available = ", ".join(self.pairs) or "none"
            raise ArgumentsRefused(f"no model {name[:80]!r} is loaded here; available: {available}")
        return self[name]


def load_pairs(models: list[dict[str, Any]]) -> dict[str, tuple[Any, Any]]:
    """Load models as `models.load` does; name -> model and tokenizer."""
    if not models:
        return {}
    load = importlib.import_module("..models.load", __package__).load
    return pairs(load(models), models)


def pairs(variables: Mapping[str, Any], models: list[dict[str, Any]]) -> dict[str, tuple[Any, Any]]:
    """Model and tokenizer by the model's name, out of what `models.load` returned."""
    return {spec["name"]: (variables[spec["name"]], variables[spec["tokenizer_name"]]) for spec in models}


def handle(model: Any, tokenizer: Any) -> Any:
    """The handle that functions are given for a loaded model."""
    return importlib.import_module("..whitebox", __package__).LanguageModel(model, tokenizer)


def _finished(result: Any) -> Any:
    return asyncio.run(_await(result)) if inspect.isawaitable(result) else result


async def _await(result: Any) -> Any:
    return await result
