"""What may be chosen about a red team's work."""

from dataclasses import dataclass

from seer_evals.parameters import at_least


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
        """Raise a ValueError for what makes no sense, with what is allowed."""
        if self.queries < 0:
            raise ValueError(f"queries must be at least 0 (attacks without any query), got {self.queries}")
        at_least(1, attacks=self.attacks, max_turns=self.max_turns)
