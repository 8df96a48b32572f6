"""What came of each sample, and of each that was to run and did not."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from inspect_ai.analysis import Column, EvalColumn, SampleColumn
from inspect_ai.log import EvalLog, EvalSample
from inspect_ai.util import Store

from seer_evals.analysis.frames._rows import Thing, of_logs, rows
from seer_evals.audits import CONTROL, SEED_KEY
from seer_evals.lab import load_report
from seer_evals.organisms.truth import ACCESS_KEY, CHANCE_KEY, FAMILY_KEY, GROUP_KEY, PAIR_KEY, TRUTH_KEY, is_control
from seer_evals.studies import BASELINE_KEY

VERDICTS = {"detection": "detection_right", "fidelity": "fidelity_verdict"}
"""Scorer -> its value that says whether the report's verdict is right."""
NOT_RUN = "not run"


@of_logs
def samples(log: EvalLog) -> list[Thing]:
    """One row for each sample of each epoch, as logs have them; then those that were to run and are not in their log.

    A log in which nothing ran has rows, too: its samples are `not run`.
    """
    return [*_ran(log), *_not_run(log)]


def parameters(log: EvalLog) -> dict[str, str]:
    """What can differ between two logs and says how the investigation was done."""
    arguments = {f"-S {name}": value for name, value in (log.eval.solver_args_passed or {}).items()}
    arguments |= {f"-T {name}": value for name, value in (log.eval.task_args_passed or {}).items()}
    if log.eval.model != "none/none":
        arguments["model"] = log.eval.model
    for role, model in (log.eval.model_roles or {}).items():
        arguments[role] = ", ".join(each.model for each in (model if isinstance(model, list) else [model]))
    return {name: str(value) for name, value in arguments.items()}


LOGS: list[Column] = [
    EvalColumn("task", path="eval.task", required=True),
    EvalColumn("created", path="eval.created", type=datetime, required=True),
    EvalColumn("status", path="status", required=True),
    EvalColumn("solver", path="eval.solver"),
    EvalColumn("model", path="eval.model"),
    EvalColumn("parameters", path=parameters),
]
SAMPLES: list[Column] = [
    SampleColumn("total_time", path="total_time"),
    SampleColumn("working_time", path="working_time"),
    SampleColumn("total_tokens", path=lambda sample: sum(used.total_tokens for used in sample.model_usage.values())),
    SampleColumn("error", path="error"),
    SampleColumn("limit", path="limit"),
]


def _ran(log: EvalLog) -> list[Thing]:
    return rows(log, partial(_sample, log), [*LOGS, *SAMPLES])


def _sample(log: EvalLog, sample: EvalSample) -> Iterator[Thing]:
    """What Inspect's columns do not have."""
    report = load_report(Store(sample.store))
    claims = report.claims if report else ()
    yield {
        "outcome": _outcome(sample),
        "who": _who(log, sample),
        "nothing_unusual": report.nothing_unusual if report else None,
        "claim": claims[0].claim if claims else None,
        "report": report.model_dump_json() if report else None,
        **_asked(sample),
    }


def _asked(sample: EvalSample) -> Thing:
    """What was to be found in a sample."""
    metadata, seed = sample.metadata, sample.metadata.get(SEED_KEY)
    family, truth = str(metadata.get(FAMILY_KEY)), metadata.get(TRUTH_KEY)
    return {
        "control": is_control(metadata),
        "seed_control": CONTROL in seed.get("tags", ()) if isinstance(seed, dict) else None,
        "family": family if FAMILY_KEY in metadata else None,
        "group": str(metadata.get(GROUP_KEY, family)),
        "pair": str(metadata.get(PAIR_KEY, str(sample.id).removesuffix("-twin"))),
        "chance": float(metadata.get(CHANCE_KEY, 0.0)),
        "target": str(sample.target),
        "truth": json.dumps(truth) if truth is not None else None,
    }


def _outcome(sample: EvalSample) -> str:
    if sample.error is not None:
        return "error"
    for scorer, verdict in VERDICTS.items():
        score = (sample.scores or {}).get(scorer)
        value: Any = score.value if score else None
        if isinstance(value, dict) and value.get(f"{scorer}_no_report"):
            return "no report"
        if isinstance(value, dict) and value.get(verdict) in (0, 1):
            return "right" if value[verdict] else "wrong"
    return "unscored"


def _who(log: EvalLog, sample: EvalSample) -> str:
    """Technique, or solver, model and access."""
    steps = log.plan.steps
    if not steps:
        return _auditor(log)
    solver = steps[-1].solver.rsplit("/", 1)[-1]
    if solver == "technique":
        return str(steps[-1].params.get("name", solver))
    if solver == "baseline":
        return str(sample.metadata.get(BASELINE_KEY) or solver)
    access = sample.metadata.get(ACCESS_KEY)
    return ", ".join([solver, _auditor(log), *([str(access)] if access else [])])


def _auditor(log: EvalLog) -> str:
    roles: Mapping[str, Any] = log.eval.model_roles or {}
    auditor = roles.get("auditor")
    each = auditor if isinstance(auditor, list) else [auditor] if auditor else []
    return " and ".join(model.model for model in each) or log.eval.model


def _not_run(log: EvalLog) -> Iterator[Thing]:
    """What was to run and is not in the log; a log that does not say what was to, and has nothing, is one row."""
    ran = {(str(sample.id), sample.epoch) for sample in log.samples or []}
    ids: list[str | None] = [str(id) for id in log.eval.dataset.sample_ids or []]
    wanted = [(id, epoch) for epoch in range(1, (log.eval.config.epochs or 1) + 1) for id in ids]
    missing = [each for each in wanted if each not in ran] if ran or wanted else [(None, None)]
    common = {
        "log": log.location,
        "eval_id": log.eval.eval_id,
        "task": log.eval.task,
        "created": datetime.fromisoformat(log.eval.created),
        "status": log.status,
        "solver": log.eval.solver,
        "model": log.eval.model,
        "parameters": json.dumps(parameters(log)),
        "outcome": NOT_RUN,
    }
    for id, epoch in missing:
        yield {**common, "id": id, "epoch": epoch}
