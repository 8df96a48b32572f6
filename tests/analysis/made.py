"""Logs that nobody ran."""

from typing import Any

from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalSample, EvalSpec

from seer_evals.lab import REPORT_KEY
from seer_evals.reports import Finding, Report


def report_of(claim: str) -> dict[str, Any]:
    """A store with a report that claims this."""
    report = Report(nothing_unusual=False, answer="?", findings=(Finding(claim=claim, confidence=1),))
    return {REPORT_KEY: report.model_dump(mode="json")}


def made_log(*samples: EvalSample, wanted: list[int | str] | None = None, epochs: int = 1, **options: Any) -> EvalLog:
    """A log of these samples.

    Args:
        samples: What ran.
        wanted: Ids of what was to run, where that is known.
        epochs: How often.
        options: Of the log, such as its status.
    """
    spec = EvalSpec(
        created="2026-01-01T00:00:00+00:00",
        task="hides",
        dataset=EvalDataset(sample_ids=wanted),
        model="none/none",
        config=EvalConfig(epochs=epochs),
    )
    return EvalLog(eval=spec, samples=list(samples), location="/logs/it.eval", **options)
