"""What solvers and scorers share: filled prompts, others' words inside them, and answers of a given form."""

from seer_evals.prompting._fill import fill
from seer_evals.prompting._quoting import quoted, shortened, unmarked
from seer_evals.prompting._structured import ATTEMPTS, NoAnswer, ask, parsed, problems_of, wanted

__all__ = [
    "ATTEMPTS",
    "NoAnswer",
    "ask",
    "fill",
    "parsed",
    "problems_of",
    "quoted",
    "shortened",
    "unmarked",
    "wanted",
]
