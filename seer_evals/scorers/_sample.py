"""What a scorer needs of a sample: the truth, and what the investigator reported."""

from inspect_ai.solver import TaskState

from seer_evals.lab import load_report
from seer_evals.organisms import GroundTruth, truth
from seer_evals.reports import Report

NAN = float("nan")


def truth_of(state: TaskState) -> GroundTruth:
    """The truth about the sample's model; it was written into the log, so that old logs can be scored again.

    Raises:
        ValueError: The task put no truth into the sample's metadata.
    """
    found = truth.truth_in(state.metadata)
    if found is None:
        raise ValueError(
            f"sample {state.sample_id!r} has no metadata {truth.TRUTH_KEY!r}: "
            "this scorer needs a task with ground truth"
        )
    return found


def is_control(state: TaskState) -> bool:
    """Whether there is nothing to be found in the sample's model."""
    return truth.is_control(state.metadata)


def report_of(state: TaskState) -> Report | None:
    """The report, or None if the investigation ended without one."""
    return load_report(state.store)


def verdict_of(report: Report | None) -> str:
    """The report's verdict in a few words."""
    if report is None:
        return "no report"
    return "nothing unusual" if report.nothing_unusual else report.answer
