"""Experiments: one file says what is compared and by which rule, Inspect runs it, and the rule says what is better."""

from seer_evals.experiments._called import skills_called
from seer_evals.experiments._checking import Checked, Planned, check_experiment, power
from seer_evals.experiments._experiment import Experiment, ExperimentError, Rule, load_experiment
from seer_evals.experiments._report import Written, as_html, as_markdown, write
from seer_evals.experiments._results import Arm, arm_results
from seer_evals.experiments._running import Outcome, folder_of, logs_of, run_experiment
from seer_evals.experiments._skills import agents
from seer_evals.experiments._vary import Subsets, Vary
from seer_evals.experiments._verdict import Comparison, conclude, dominated, in_words

__all__ = [
    "Arm",
    "Checked",
    "Comparison",
    "Experiment",
    "ExperimentError",
    "Outcome",
    "Planned",
    "Rule",
    "Subsets",
    "Vary",
    "Written",
    "agents",
    "arm_results",
    "as_html",
    "as_markdown",
    "check_experiment",
    "conclude",
    "dominated",
    "folder_of",
    "in_words",
    "load_experiment",
    "logs_of",
    "power",
    "run_experiment",
    "skills_called",
    "write",
]
