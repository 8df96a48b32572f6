"""What solvers and scorers share: filled prompts, others' words in them, answers and tool calls of a given form."""

from seer_evals.prompting._checked import checked
from seer_evals.prompting._fill import fill
from seer_evals.prompting._json import Found, closed, json_values
from seer_evals.prompting._quoting import quoted, shortened, unmarked
from seer_evals.prompting._reasoning import split_reasoning
from seer_evals.prompting._structured import ATTEMPTS, NoAnswer, ask, parsed, problems_of, wanted

__all__ = [
    "ATTEMPTS",
    "Found",
    "NoAnswer",
    "ask",
    "checked",
    "closed",
    "fill",
    "json_values",
    "parsed",
    "problems_of",
    "quoted",
    "shortened",
    "split_reasoning",
    "unmarked",
    "wanted",
]
