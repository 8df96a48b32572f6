"""The parts of `fidelity`: the scorer's own measurement, and the steps of a protocol."""

from seer_evals.scorers._fidelity.measurement import REFERENCE_KEY, Measured, Measurement, MeasurementFailed, measure
from seer_evals.scorers._fidelity.steps import StepVerdict, decide_steps
from seer_evals.scorers._fidelity.work import code_of, work_of

__all__ = [
    "REFERENCE_KEY",
    "Measured",
    "Measurement",
    "MeasurementFailed",
    "StepVerdict",
    "code_of",
    "decide_steps",
    "measure",
    "work_of",
]
