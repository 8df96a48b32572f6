"""What a report is worth, figure by figure, against the reference and against the paper."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seer_evals.reports import Report
from seer_evals.scorers._fidelity.measurement import Measurement
from seer_evals.scorers._fidelity.steps import StepVerdict
from seer_evals.scorers._fidelity.support import Support
from seer_evals.scorers._sample import NAN
from seer_evals.studies import AskedFigure, Study

BEHIND_VERDICT = 0.5
"""Share of the figures that have to be supported for a verdict to rest on them."""


@dataclass(frozen=True)
class Credits:
    """What each figure is worth, by name; only of those that count."""

    true: Mapping[str, float]
    published: Mapping[str, float]
    problems: Mapping[str, str]
    """Why a figure that was given does not count."""
    missing: tuple[str, ...]

    @property
    def work(self) -> float:
        """Share of the figures that count behind which there is work."""
        behind = [name not in self.problems and name not in self.missing for name in self.true]
        return statistics.fmean(behind) if behind else 0.0


def credit_figures(study: Study, report: Report, measured: Measurement, found: Sequence[Support]) -> Credits:
    """What each figure is worth; one that nobody can see, or that no model had a part in, is worth nothing.

    Where the reference finds no effect, figures that have a sense only with one do not count.
    """
    given = {figure.name: figure.value for figure in report.figures}
    problems = {each.figure: each.problem for each in found if not each.holds}
    standing = {name: value for name, value in given.items() if name not in problems}
    counting = [each for each in study.figures if measured.effect or not each.if_effect]
    return Credits(
        true={each.name: credit(each, standing.get(each.name), measured) for each in counting},
        published={
            each.name: each.credit(standing.get(each.name), each.published)
            for each in study.figures
            if each.published is not None
        },
        problems=problems,
        missing=tuple(each.name for each in study.figures if each.name not in given),
    )


def credit(asked: AskedFigure, reported: float | None, measured: Measurement) -> float:
    """What a number is worth against the reference, its other readings and its spread over seeds."""
    readings, spread = measured.readings.get(asked.name, ()), measured.spread.get(asked.name)
    return asked.credit(reported, measured.figures[asked.name].value, readings, spread)


def grade(report: Report, measured: Measurement, credits: Credits, steps: Sequence[StepVerdict]) -> dict[str, float]:
    """The values of `fidelity`; a verdict without work behind it is a guess, a protocol worth as much as there is."""
    decided = [(each.step.weight, each.kept) for each in steps if each.kept is not None]
    weight = sum(each for each, _ in decided)
    parts = {
        "figures": mean_of(list(credits.true.values())),
        "verdict": float(report.nothing_unusual is not measured.effect and credits.work >= BEHIND_VERDICT),
        "protocol": credits.work * sum(each * share for each, share in decided) / weight if decided else NAN,
    }
    # A protocol of which only the easy part could be decided would raise everyone's mean.
    counting = [part for name, part in parts.items() if name != "protocol" or len(decided) == len(steps)]
    return {
        **parts,
        "overall": mean_of([each for each in counting if each == each]),
        "published": mean_of(list(credits.published.values())),
        "missing_figures": float(len(credits.missing)),
        "unsupported_figures": float(len(credits.problems)),
        "undecided_steps": float(len(steps) - len(decided)),
    }


def mean_of(values: Sequence[float]) -> float:
    """The mean, or NaN of nothing."""
    return statistics.fmean(values) if values else NAN
