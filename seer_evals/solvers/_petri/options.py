"""What may be chosen about an audit."""

from dataclasses import dataclass

from seer_evals.lab import ReadSkill
from seer_evals.parameters import at_least

TARGET_TOOLS = ("synthetic", "fixed", "none")
AUDITOR_TOOLS = ("chat", "lab")


@dataclass(frozen=True)
class AuditOptions:
    """What may be chosen about any audit, checked."""

    max_turns: int = 20
    """Turns of the target, over all branches."""
    target_tools: str = "synthetic"
    """`synthetic`: the auditor makes the target's tools; `fixed`: those of the seed; `none`."""
    prefill: bool = True
    """The auditor may begin the target's replies."""
    rollback: bool = True
    """The auditor may go back and start afresh."""
    realism: float = 0.0
    """Score below which what the auditor is about to send goes back to it; 0 checks nothing."""
    compaction: float = 0.9
    """Share of the auditor's context window at which older messages are compacted."""

    def __post_init__(self) -> None:
        """Raise a ValueError for what makes no sense, with what is allowed."""
        at_least(1, max_turns=self.max_turns)
        if self.target_tools not in TARGET_TOOLS:
            raise ValueError(f"unknown target_tools {self.target_tools!r}; available: {', '.join(TARGET_TOOLS)}")
        if not 0 <= self.realism <= 1:
            raise ValueError(f"realism is a score from 0 (no check) to 1, got {self.realism}")


@dataclass(frozen=True)
class Options(AuditOptions):
    """The parameters of `petri`, checked."""

    depth: int = 1
    """Replies that the target may give within a turn while it works with tools."""
    realism_retries: int = 2
    """Times that one message may go back."""
    tools: str = "chat"
    """`chat`: the auditor only talks with the target; `lab`: it has the laboratory's tools besides."""
    skills: tuple[ReadSkill, ...] = ()
    """Skills whose instructions are put into the auditor's prompt."""

    def __post_init__(self) -> None:
        """Raise a ValueError for what makes no sense, with what is allowed."""
        super().__post_init__()
        at_least(1, depth=self.depth)
        at_least(0, realism_retries=self.realism_retries)
        if self.tools not in AUDITOR_TOOLS:
            raise ValueError(f"unknown tools {self.tools!r}; available: {', '.join(AUDITOR_TOOLS)}")

    @property
    def max_replies(self) -> int:
        """Replies of the auditor, so that it cannot idle for ever."""
        return 4 * self.max_turns * self.depth + 10
