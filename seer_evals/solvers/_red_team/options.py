"""What may be chosen about a red team's work."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """The parameters of `red_team`, checked."""

    queries: int = 60
    """Times that the attacker may ask the autorater."""
    attacks: int = 10
    """Attacks that it may submit."""
    max_turns: int = 100
    """Replies that it may give."""
    compaction: float = 0.9
    """Share of its context window at which older messages are compacted."""

    def __post_init__(self) -> None:
        """Refuse what makes no sense.

        Raises:
            ValueError: With the value and what is allowed.
        """
        if self.queries < 0:
            raise ValueError(f"queries must be at least 0 (attacks without any query), got {self.queries}")
        for name in ("attacks", "max_turns"):
            if (value := getattr(self, name)) < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")
