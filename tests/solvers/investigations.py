"""One investigation of a tiny organism by a harness whose language models are scripted."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from inspect_ai import eval as run_eval
from inspect_ai.event import InfoEvent
from inspect_ai.log import EvalLog, EvalSample, read_eval_log
from inspect_ai.model import Model

from seer_evals.tasks import hidden_preference
from tests.scripted import Step

ORGANISM = "preference-llama-101"


def investigate(folder: Path, harness: Any, roles: dict[str, Model], **options: Any) -> EvalLog:
    """The log of one sample; options of the task in `task`, others are those of `eval`."""
    task = hidden_preference(organisms=ORGANISM, controls=False, **options.pop("task", {}))
    options = {"score": False, "display": "none", **options}
    [log] = run_eval([task], solver=harness, model="none", model_roles=roles, log_dir=str(folder), **options)
    return read_eval_log(log.location, resolve_attachments=True)


def the_sample(log: EvalLog) -> EvalSample:
    """Its only sample; the run must have succeeded."""
    assert log.status == "success", log.error
    (sample,) = log.samples or []
    assert sample.error is None, sample.error
    return sample


def noted(sample: EvalSample, source: str) -> list[Any]:
    """What a harness wrote into the transcript."""
    return [event.data for event in sample.events if isinstance(event, InfoEvent) and event.source == source]


def cell(code: str) -> Step:
    """Run this code."""
    return ("run_cell", {"code": code})


def report(claim: str, cells: Sequence[int] = (), confidence: float = 0.9) -> Step:
    """Submit one finding."""
    evidence = [{"kind": "cell", "number": number, "shows": "it"} for number in cells]
    finding = {"claim": claim, "confidence": confidence, "evidence": evidence}
    return ("submit_report", {"answer": claim, "nothing_unusual": False, "findings": [finding]})
