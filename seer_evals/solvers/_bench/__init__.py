"""What harnesses share: whose model an agent runs on, its prompt, and the loop of one investigator."""

from seer_evals.solvers._bench.investigator import Bench, investigator
from seer_evals.solvers._bench.models import agent_model
from seer_evals.solvers._bench.prompts import fill, read_prompt

__all__ = ["Bench", "agent_model", "fill", "investigator", "read_prompt"]
