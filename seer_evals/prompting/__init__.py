"""What solvers and scorers share: filled prompts, others' words in them, answers and tool calls of a given form."""

from seer_evals.prompting._checked import checked
from seer_evals.prompting._fill import fill, fill_known, placeholders
from seer_evals.prompting._folder import Folder
from seer_evals.prompting._json import Found, closed, json_values
from seer_evals.prompting._own import own_prompts, prompt_problems, prompted, read
from seer_evals.prompting._quoting import quoted, shortened, unmarked
from seer_evals.prompting._reasoning import split_reasoning
from seer_evals.prompting._structured import ATTEMPTS, NoAnswer, ask, parsed, problems_of, wanted

__all__ = [
    "ATTEMPTS",
    "Folder",
    "Found",
    "NoAnswer",
    "ask",
    "checked",
    "closed",
    "fill",
    "fill_known",
    "json_values",
    "own_prompts",
    "parsed",
    "placeholders",
    "problems_of",
    "prompt_problems",
    "prompted",
    "quoted",
    "read",
    "shortened",
    "split_reasoning",
    "unmarked",
    "wanted",
]
