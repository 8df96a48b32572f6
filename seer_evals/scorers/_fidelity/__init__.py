"""The parts of `fidelity`: the scorer's own measurement, where figures come from, and the steps of a protocol."""

from seer_evals.scorers._fidelity.computed import judge_figures
from seer_evals.scorers._fidelity.grading import Credits, credit_figures, grade
from seer_evals.scorers._fidelity.measurement import REFERENCE_KEY, Measured, Measurement, MeasurementFailed, measure
from seer_evals.scorers._fidelity.steps import StepVerdict, decide_steps
from seer_evals.scorers._fidelity.support import Support, Work, support
from seer_evals.scorers._fidelity.work import work_of

__all__ = [
    "REFERENCE_KEY",
    "Credits",
    "Measured",
    "Measurement",
    "MeasurementFailed",
    "StepVerdict",
    "Support",
    "Work",
    "credit_figures",
    "decide_steps",
    "grade",
    "judge_figures",
    "measure",
    "support",
    "work_of",
]
