"""Experiments: one file says what is compared and by which rule, Inspect runs it, and the rule says what is better."""

from seer_evals.experiments._called import skills_called
from seer_evals.experiments._checking import Checked, Planned, check_experiment, power
from seer_evals.experiments._climb import Climb, Climbing, Component, Reflection, load, load_climb
from seer_evals.experiments._climb_checking import CheckedClimb, check_climb
from seer_evals.experiments._climb_report import write_climb
from seer_evals.experiments._climbing import Climbed, climb
from seer_evals.experiments._experiment import Experiment, ExperimentError, Rule, load_experiment
from seer_evals.experiments._objective import results_of, weighed
from seer_evals.experiments._over_time import write_over_time
from seer_evals.experiments._report import Written, as_html, as_markdown, write
from seer_evals.experiments._results import Arm, arm_results
from seer_evals.experiments._running import Outcome, folder_of, logs_of, run_experiment
from seer_evals.experiments._skills import agents
from seer_evals.experiments._vary import Subsets, Vary
from seer_evals.experiments._verdict import Comparison, conclude, dominated, in_words

__all__ = [
    "Arm",
    "Checked",
    "CheckedClimb",
    "Climb",
    "Climbed",
    "Climbing",
    "Comparison",
    "Component",
    "Experiment",
    "ExperimentError",
    "Outcome",
    "Planned",
    "Reflection",
    "Rule",
    "Subsets",
    "Vary",
    "Written",
    "agents",
    "arm_results",
    "as_html",
    "as_markdown",
    "check_climb",
    "check_experiment",
    "climb",
    "conclude",
    "dominated",
    "folder_of",
    "in_words",
    "load",
    "load_climb",
    "load_experiment",
    "logs_of",
    "power",
    "results_of",
    "run_experiment",
    "skills_called",
    "weighed",
    "write",
    "write_climb",
    "write_over_time",
]
