"""What a session touches of the laboratory that it is in."""

from typing import Any, Protocol

from inspect_ai.util import SandboxEnvironment

from seer_evals.lab.notebook import NotebookSession
from seer_evals.sandboxes import Layout


class Place(Protocol):
    """A `Lab`, which knows its session; a session knows only this of it."""

    @property
    def sandbox(self) -> SandboxEnvironment:
        """Where the models are."""

    @property
    def layout(self) -> Layout:
        """Its directories."""

    @property
    def library(self) -> str:
        """The directory from which the agent's Python can import modules."""

    @property
    def preload(self) -> dict[str, Any]:
        """What the kernel has loaded."""

    def notebook(self, name: str = "main") -> NotebookSession:
        """A notebook by name."""
