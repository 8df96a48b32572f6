"""What differs between command-line agents."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from seer_evals.refusal import Refusal

MISSING = (
    '{name} runs by the package inspect_swe, which is not installed here: `pip install "seer_evals[swe]"` '
    "(Python 3.11 or newer)"
)


@dataclass(frozen=True)
class Program:
    """A command-line agent that the package inspect_swe can run in a sandbox."""

    name: str
    """Of its harness."""
    agent: str
    """Of the agent in inspect_swe."""
    binary: str
    """Its command."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What it is always given; above all it must not search the web from a laboratory without a network."""

    def make(self, **options: Any) -> Any:
        """The agent.

        Raises:
            Refusal: The package is not installed; the message says how to.
        """
        try:
            import inspect_swe
        except ImportError as error:
            raise Refusal(MISSING.format(name=self.name)) from error
        return getattr(inspect_swe, self.agent)(**self.options, **options)

    @property
    def port_key(self) -> str:
        """Where inspect_swe keeps, per sample, the port before the one that it takes next."""
        return f"{self.agent}_model_port"
