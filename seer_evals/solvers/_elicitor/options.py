"""What may be chosen about an elicitation."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """The parameters of `elicitor`, checked."""

    budget: int = 120
    """Conversations of the search."""
    trials: int = 8
    """Conversations of an attempt, where the elicitor names no number."""
    turns: int = 1
    """Messages to the target in one conversation; from 2 on, a proxy writes them."""
    held_out: int = 24
    """Conversations of the last measurement, and as many of the control."""
    max_turns: int = 40
    """Replies that the elicitor may give."""
    compaction: float = 0.9
    """Share of the elicitor's context window at which older messages are compacted."""

    def __post_init__(self) -> None:
        """Refuse what makes no sense.

        Raises:
            ValueError: With the value and what is allowed.
        """
        for name in ("budget", "trials", "turns", "held_out", "max_turns"):
            if (value := getattr(self, name)) < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")
        if self.trials > self.budget:
            raise ValueError(f"trials={self.trials} is more than the whole budget of {self.budget} conversations")
