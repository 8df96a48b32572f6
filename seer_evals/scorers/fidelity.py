"""`fidelity`: does a study's report have the numbers that the scorer measures itself on the same model?"""

from collections.abc import Sequence

from inspect_ai.scorer import Score, Scorer, Target, mean, scorer
from inspect_ai.solver import TaskState

from seer_evals.parameters import checked
from seer_evals.prompting import prompted
from seer_evals.reports import Report
from seer_evals.scorers._fidelity import (
    Credits,
    Measurement,
    MeasurementFailed,
    StepVerdict,
    Support,
    Work,
    credit_figures,
    decide_steps,
    grade,
    judge_figures,
    measure,
    support,
    work_of,
)
from seer_evals.scorers._judge import judges
from seer_evals.scorers._metrics import interval, total
from seer_evals.scorers._prompts import PROMPTS
from seer_evals.scorers._sample import NAN, is_control, report_of
from seer_evals.studies import STUDY_KEY, Study

SHARES = ("overall", "figures", "verdict", "protocol", "published")
COUNTS = ("missing_figures", "unsupported_figures", "undecided_steps")
REASONS = ("no_report", "no_reference", "broken_control")


@scorer(
    metrics={
        **{f"fidelity_{key}": [mean(), interval(0, 1)] for key in SHARES},
        **{f"fidelity_{key}": [mean()] for key in COUNTS},
        **{f"fidelity_{reason}": [total()] for reason in REASONS},
    }
)
@checked
@prompted(PROMPTS)
def fidelity() -> Scorer:
    """Compare a study's report with the reference's measurement on the very model that the agent had.

    A figure counts only if it is to be seen where the report says: in the output of a cell that computed it, on the
    prompts and under the edits that it takes, as the kernel recorded (where there are no cells, in what a tool gave
    back). A judge, where one is bound, reads the code as well. Others are *unsupported* and worth 0.

    `fidelity_figures` is the mean credit of the figures: 1 within its tolerance of the reference, falling to 0 at three
    times that, 0 for a missing one. `fidelity_verdict` is 1 if effect or no effect was found as the reference finds it
    and at least half of the figures are supported; a guess is worth nothing. `fidelity_protocol` is the weight of the
    steps that were kept to, of those that could be decided, times the share of the figures that are supported.
    `fidelity_overall` is the mean of these, of the protocol only if all of its steps were decided:
    `fidelity_undecided_steps` counts the others, mostly for want of a judge. `fidelity_published` compares with what
    the paper reports, where it does.

    Where there is no effect, figures and steps that have a sense only with one do not count. If the reference finds an
    effect in a control, the sample is unscored and counted in `fidelity_broken_control`. A run without a report scores
    0. Where the reference cannot be run, the sample is unscored and counted in `fidelity_no_reference`.

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
        work, text, panel = Work.of(state), work_of(state), judges()
        found = supported(study, report, work)
        given = {each.name: each for each in report.figures}
        found = await judge_figures(found, given, state.input_text, text, panel)
        sensible = [each for each in study.steps if measured.effect or not report.nothing_unusual or not each.if_effect]
        steps = await decide_steps(sensible, report, work.record, text, panel)
        credits = credit_figures(study, report, measured, found)
        lines = [
            *_verdict(report, measured, is_control(state)),
            _reference(measured, kept),
            *_figures(study, report, measured, credits),
            *_steps(steps),
        ]
        values = grade(report, measured, credits, steps)
        return _score(report, values, "\n".join(lines), measured=measured, kept=kept, credits=credits, steps=steps)

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


def supported(study: Study, report: Report, work: Work) -> list[Support]:
    """Where each figure that was asked for comes from; others are not looked up."""
    asked = {each.name: each for each in study.figures}
    return [support(work, each, asked[each.name]) for each in report.figures if each.name in asked]


def _verdict(report: Report, measured: Measurement, control: bool) -> list[str]:
    said, found = (("an effect" if each else "no effect") for each in (not report.nothing_unusual, measured.effect))
    return [f"The verdict is {said}; the reference finds {found}{' (a control)' if control else ''}."]


def _figures(study: Study, report: Report, measured: Measurement, credits: Credits) -> list[str]:
    given = {figure.name: figure for figure in report.figures}
    lines = []
    for asked in study.figures:
        true, figure = measured.figures[asked.name], given.get(asked.name)
        worth = f"{credits.true[asked.name]:.2f}" if asked.name in credits.true else "does not count"
        others = "".join(f", or {each:.3g}" for each in measured.readings.get(asked.name, ()))
        if spread := measured.spread.get(asked.name):
            others += f", over seeds {spread[0]:.3g} to {spread[1]:.3g}"
        paper = f"; published {asked.published:g}" if asked.published is not None else ""
        problem = f"; unsupported: {credits.problems[asked.name]}" if asked.name in credits.problems else ""
        lines.append(
            f"- {figure or f'{asked.name} is missing'}; the reference has {true}{others}, tolerance "
            f"{asked.tolerance(true.value):.2g}{paper}{problem}: **{worth}**"
        )
    return lines


def _steps(steps: Sequence[StepVerdict]) -> list[str]:
    decided = sum(each.kept is not None for each in steps)
    apart = "" if decided == len(steps) else "; the protocol is not part of the overall score"
    return [f"{decided} of {len(steps)} steps decided{apart}.", *(f"- {each}" for each in steps)] if steps else []


def _reference(measured: Measurement, kept: bool) -> str:
    when = "kept from when the sample ran" if kept else "made after the agent was done"
    details = "; ".join(f"{name}: {value}" for name, value in measured.details.items())
    return f"The reference's measurement was {when}. {details}".strip()


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
    credits: Credits | None = None,
    steps: Sequence[StepVerdict] = (),
) -> Score:
    value = {f"fidelity_{key}": values.get(key, NAN) for key in (*SHARES, *COUNTS)}
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
            "unsupported": dict(credits.problems) if credits else {},
            "steps": {each.step.name: each.kept for each in steps},
        },
    )
