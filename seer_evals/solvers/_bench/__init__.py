"""What harnesses share: whose model an agent runs on, prompts and answers, and the loop of one investigator."""

from seer_evals.prompting import NoAnswer, ask, fill, quoted, shortened, unmarked
from seer_evals.solvers._bench.cards import card_texts
from seer_evals.solvers._bench.cells import cell_text, find_cell
from seer_evals.solvers._bench.conversation import as_text, code_or_arguments, replies
from seer_evals.solvers._bench.countdown import countdown
from seer_evals.solvers._bench.investigator import Bench, carried_out, investigator
from seer_evals.solvers._bench.models import agent_model, refuse_without_models
from seer_evals.solvers._bench.prompts import read_prompt, research_method

__all__ = [
    "Bench",
    "NoAnswer",
    "agent_model",
    "as_text",
    "ask",
    "card_texts",
    "carried_out",
    "cell_text",
    "code_or_arguments",
    "countdown",
    "fill",
    "find_cell",
    "investigator",
    "quoted",
    "read_prompt",
    "refuse_without_models",
    "replies",
    "research_method",
    "shortened",
    "unmarked",
]
