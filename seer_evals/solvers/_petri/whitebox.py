"""The auditor's hold on the inside of the target: vectors, and what a lens or a probe reads in a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inspect_ai.solver import TaskState
from inspect_ai.tool import ToolError

from seer_evals.audits import Steering
from seer_evals.lab import Lab
from seer_evals.lab.functions import CallError, Function, Gateway
from seer_evals.lab.interfaces import AUDIT

MAX_STRENGTH = 10.0
"""Times the residual stream's own length: beyond it, no model says anything."""


@dataclass
class WhiteBox:
    """The functions beside the target, called for the auditor; every call is in the log."""

    gateway: Gateway
    functions: dict[str, Function]
    vectors: dict[str, Steering] = field(default_factory=dict)
    """By name, with strength 0."""

    @staticmethod
    def beside(state: TaskState) -> "WhiteBox | None":
        """The hold on the target of a sample, or None if its model is not behind the audit interface."""
        try:
            lab = Lab.of(state)
        except LookupError:
            return None
        served = [each for each in lab.environment.scoped if Path(each.interface) == AUDIT]
        if not served or lab.scoped is None:
            return None
        functions = {each.name: each for each in lab.scoped.functions if each.module == served[0].name}
        return WhiteBox(lab.scoped, functions)

    async def call(self, function: str, **arguments: Any) -> Any:
        """Call a function of the audit interface.

        Raises:
            ToolError: It refuses, with its own words.
        """
        try:
            return await self.gateway.call(self.functions[function], arguments, caller="auditor")
        except CallError as error:
            raise ToolError(str(error)) from error

    async def make(self, function: str, **arguments: Any) -> str:
        """Make a vector, and keep what is known about it."""
        made = await self.call(function, **arguments)
        self.vectors[made["name"]] = Steering(
            vector=made["name"], source=made["source"], layer=made["layer"], strength=0.0
        )
        return f"{made['name']}: after layer {made['layer']} (the last is {made['layers'] - 1}); {made['source']}"

    def chosen(self, names: Sequence[str], strength: float) -> tuple[Steering, ...]:
        """What is to act on the target.

        Raises:
            ToolError: There is no such vector, or the strength makes no sense.
        """
        available = ", ".join(self.vectors) or "none; make one first"
        if not names:
            raise ToolError(f"No vector was named. Available: {available}.")
        if missing := [name for name in names if name not in self.vectors]:
            raise ToolError(f"There is no vector {', '.join(map(repr, missing))}. Available: {available}.")
        if not 0 < abs(strength) <= MAX_STRENGTH:
            raise ToolError(f"A strength is not 0 and from -{MAX_STRENGTH:g} to {MAX_STRENGTH:g}, got {strength:g}.")
        return tuple(self.vectors[name].model_copy(update={"strength": strength}) for name in names)
