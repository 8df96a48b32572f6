"""Harnesses: whoever does the investigating."""

from seer_evals.solvers._technique import Technique, find_technique, in_notebook, report_of
from seer_evals.solvers.baseline import baseline
from seer_evals.solvers.claude_code import claude_code
from seer_evals.solvers.codex import codex
from seer_evals.solvers.deliberate import deliberate
from seer_evals.solvers.drafter import drafter
from seer_evals.solvers.elicitor import elicitor
from seer_evals.solvers.human import human
from seer_evals.solvers.petri import petri
from seer_evals.solvers.petri_original import petri_original
from seer_evals.solvers.red_team import red_team
from seer_evals.solvers.single_agent import single_agent
from seer_evals.solvers.supervisor import supervisor
from seer_evals.solvers.team import team
from seer_evals.solvers.technique import technique
from seer_evals.solvers.text_protocol import text_protocol

__all__ = [
    "Technique",
    "baseline",
    "claude_code",
    "codex",
    "deliberate",
    "drafter",
    "elicitor",
    "find_technique",
    "human",
    "in_notebook",
    "petri",
    "petri_original",
    "red_team",
    "report_of",
    "single_agent",
    "supervisor",
    "team",
    "technique",
    "text_protocol",
]
