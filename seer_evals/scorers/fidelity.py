"""`fidelity`: does a study's report have the numbers that the scorer measures itself on the same model?"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from inspect_ai.scorer import Score, Scorer, Target, ci, mean, scorer
from inspect_ai.solver import TaskState

from seer_evals.reports import Report
from seer_evals.scorers._fidelity import (
    Measurement,
    MeasurementFailed,
    StepVerdict,
    code_of,
    decide_steps,
    measure,
    work_of,
)
from seer_evals.scorers._judge import judges
from seer_evals.scorers._metrics import total
from seer_evals.scorers._sample import NAN, is_control, report_of
from seer_evals.studies import STUDY_KEY, Study

SHARES = ("overall", "figures", "verdict", "protocol", "published")
COUNTS = ("missing_figures", "undecided_steps")
REASONS = ("no_report", "no_reference", "broken_control")


@dataclass(frozen=True)
class Credits:
    """What each figure is worth, by name; only of those that count."""

    true: dict[str, float] = field(default_factory=dict)
    published: dict[str, float] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


@scorer(
    metrics={
        **{f"fidelity_{key}": [mean(), ci()] for key in SHARES},
        **{f"fidelity_{key}": [mean()] for key in COUNTS},
        **{f"fidelity_{reason}": [total()] for reason in REASONS},
    }
)
def fidelity() -> Scorer:
    """Compare a study's report with the reference's measurement on the very model that the agent had.

    `fidelity_figures` is the mean credit of the figures that the study asks for: 1 within its tolerance of the
    reference, falling to 0 at three times that, 0 for a missing one. `fidelity_verdict` is 1 if effect or no effect
    was found as the reference finds it. `fidelity_protocol` is the weight of the steps that were kept to, of those that
    could be decided: `fidelity_undecided_steps` counts the others, mostly for want of a judge. `fidelity_overall` is
    the mean of these three; `fidelity_published` compares with what the paper reports, where it does.

    On a control *no effect* is right, and figures that are left out cost nothing. If the reference does find an effect
    there, the sample is unscored and counted in `fidelity_broken_control`. A run without a report scores 0. Where the
    reference cannot be run, the sample is unscored and counted in `fidelity_no_reference`.

    The measurement is kept in the sample's store: `inspect score` on the log uses it, and says so.
    """

    async def score(state: TaskState, target: Target) -> Score:
        study, report = study_of(state), report_of(state)
        try:
            measured, kept = await measure(state, study)
        except MeasurementFailed as failure:
            return _unscored(report, "no_reference", str(failure))
        if is_control(state) and measured.effect:
            why = f"This is a control, and the reference finds an effect in it.\n{_reference(measured, kept)}"
            return _unscored(report, "broken_control", why)
        if report is None:
            why = f"The run ended without a report.\n{_reference(measured, kept)}"
            return _score(report, dict.fromkeys(SHARES[:-1], 0.0), why, "no_report", measured=measured, kept=kept)
        steps = await decide_steps(study.steps, report, code_of(state), work_of(state), judges())
        return _graded(study, report, measured, kept, steps, is_control(state))

    return score


def study_of(state: TaskState) -> Study:
    """The study that the sample's task states.

    Raises:
        ValueError: It states none.
    """
    if STUDY_KEY not in state.metadata:
        raise ValueError(
            f"sample {state.sample_id!r} has no metadata {STUDY_KEY!r}: `fidelity` needs a task with a study"
        )
    return Study.model_validate(state.metadata[STUDY_KEY])


def credit_figures(study: Study, report: Report, measured: Measurement, control: bool) -> Credits:
    """What each reported figure is worth, against the reference and against the paper."""
    given = {figure.name: figure.value for figure in report.figures}
    missing = tuple(asked.name for asked in study.figures if asked.name not in given)
    counting = [asked for asked in study.figures if not control or asked.name in given]
    return Credits(
        true={each.name: each.credit(given.get(each.name), measured.figures[each.name].value) for each in counting},
        published={
            each.name: each.credit(given.get(each.name), each.published)
            for each in study.figures
            if each.published is not None
        },
        missing=missing,
    )


def _graded(
    study: Study, report: Report, measured: Measurement, kept: bool, steps: Sequence[StepVerdict], control: bool
) -> Score:
    credits = credit_figures(study, report, measured, control)
    decided = [(each.step.weight, each.kept) for each in steps if each.kept is not None]
    weight = sum(each for each, _ in decided)
    parts = {
        "figures": _mean(list(credits.true.values())),
        "verdict": float(report.nothing_unusual is not measured.effect),
        "protocol": sum(each * share for each, share in decided) / weight if decided else NAN,
    }
    values = {
        **parts,
        "overall": _mean([each for each in parts.values() if each == each]),
        "published": _mean(list(credits.published.values())),
        "missing_figures": float(len(credits.missing)),
        "undecided_steps": float(sum(each.kept is None for each in steps)),
    }
    said, found = (("an effect" if each else "no effect") for each in (not report.nothing_unusual, measured.effect))
    lines = [
        f"The verdict is {said}; the reference finds {found}{' (a control)' if control else ''}.",
        _reference(measured, kept),
        *_figures(study, report, measured, credits),
        *(f"- {each}" for each in steps),
    ]
    return _score(report, values, "\n".join(lines), measured=measured, kept=kept, steps=steps)


def _figures(study: Study, report: Report, measured: Measurement, credits: Credits) -> list[str]:
    given = {figure.name: figure for figure in report.figures}
    lines = []
    for asked in study.figures:
        true, figure = measured.figures[asked.name], given.get(asked.name)
        worth = f"{credits.true[asked.name]:.2f}" if asked.name in credits.true else "does not count"
        paper = f"; published {asked.published:g}" if asked.published is not None else ""
        lines.append(
            f"- {figure or f'{asked.name} is missing'}; the reference has {true}, tolerance "
            f"{asked.tolerance(true.value):.2g}{paper}: **{worth}**"
        )
    return lines


def _reference(measured: Measurement, kept: bool) -> str:
    when = "kept from when the sample ran" if kept else "made after the agent was done"
    details = "; ".join(f"{name}: {value}" for name, value in measured.details.items())
    return f"The reference's measurement was {when}. {details}".strip()


def _mean(values: Sequence[float]) -> float:
    return statistics.fmean(values) if values else NAN


def _unscored(report: Report | None, reason: str, why: str) -> Score:
    return _score(report, {}, why, reason)


def _score(
    report: Report | None,
    values: dict[str, float],
    explanation: str,
    reason: str | None = None,
    *,
    measured: Measurement | None = None,
    kept: bool = False,
    steps: Sequence[StepVerdict] = (),
) -> Score:
    value = {f"fidelity_{key}": values.get(key, NAN) for key in SHARES}
    value |= {f"fidelity_{key}": values.get(key, NAN) for key in COUNTS}
    value |= {f"fidelity_{each}": float(each == reason) for each in REASONS}
    answer = "no report" if report is None else "no effect" if report.nothing_unusual else "effect"
    return Score(
        value=value,
        answer=answer,
        explanation=explanation,
        reason=reason,
        metadata={
            "reference": measured.model_dump(mode="json") if measured else None,
            "reference_kept": kept,
            "steps": {each.step.name: each.kept for each in steps},
        },
    )
