"""What may be chosen about an elicitation."""

from dataclasses import dataclass

from seer_evals.parameters import at_least


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
        """Raise a ValueError for what makes no sense, with what is allowed."""
        at_least(1, budget=self.budget, trials=self.trials, turns=self.turns)
        at_least(1, held_out=self.held_out, max_turns=self.max_turns)
        if self.trials > self.budget:
            raise ValueError(f"trials={self.trials} is more than the whole budget of {self.budget} conversations")
