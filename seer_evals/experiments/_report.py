"""The report of an experiment: the verdict in words, tables, and two figures; as Markdown, and as one page of HTML."""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from seer_evals.experiments._experiment import Experiment, Rule
from seer_evals.experiments._figures import differences_figure, frontier_figure
from seer_evals.experiments._results import COST, SECONDS, TOKENS, Arm, organism_of
from seer_evals.experiments._statistics import interval
from seer_evals.experiments._verdict import Comparison, conclude, dominated, in_words
from seer_evals.intervals import Estimate, proportion

MOST_ORGANISMS = 60
"""Rows of the table by organism."""


@dataclass(frozen=True)
class Table:
    """A heading, a line above it, and text in cells."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


@dataclass(frozen=True)
class Written:
    """A report. Figures are SVG."""

    title: str
    question: str
    verdicts: Sequence[str]
    tables: Sequence[Table]
    figures: Sequence[tuple[str, str]]
    """Caption and SVG."""
    rule: str


def write(experiment: Experiment, arms: Sequence[Arm]) -> Written:
    """What the logs of all arms say.

    Args:
        experiment: With the rule.
        arms: In the experiment's order.

    Raises:
        ValueError: Nothing has run, or no sample has the metric.
    """
    rule, first = experiment.verdict, arms[0].name
    if not any(arm.values(rule.scored) for arm in arms):
        known = sorted({name for arm in arms for name in arm.metrics})
        raise ValueError(
            f"no sample has {rule.scored!r}; there are {', '.join(known)}"
            if known
            else "nothing has run yet: `seer experiment run` comes before the report"
        )
    found = conclude(rule, arms)
    beaten = dominated(rule, arms)
    return Written(
        title=experiment.name,
        question=experiment.question,
        verdicts=[in_words(rule, first, each) for each in found],
        tables=[_arms(rule.scored, arms, beaten), _differences(first, found), _organisms(rule.scored, arms)],
        figures=[
            (f"Difference from {first} in {rule.scored}, with its interval", differences_figure(rule, found)),
            (f"{rule.scored} and what it took", frontier_figure(rule.scored, arms, beaten)),
        ],
        rule=_stated(rule, len(arms) - 1),
    )


def _stated(rule: Rule, others: int) -> str:
    return (
        f"The rule, stated before anything ran: {rule.scored}, {'more' if rule.more_is_better else 'less'} is better. "
        "A difference is claimed where the exact sign-flip test over organisms, after Holm's correction for "
        f"{others} comparison{'s' if others > 1 else ''}, has p below {rule.alpha:g}; the smallest that matters is "
        f"{rule.least:g}. Intervals are Student's over organisms; an organism and its twin are one."
    )


def _arms(metric: str, arms: Sequence[Arm], beaten: dict[str, str]) -> Table:
    rows = []
    for arm in arms:
        by_organism: dict[str, list[float]] = {}
        for key, values in arm.samples.items():
            if metric in values:
                by_organism.setdefault(organism_of(key[1]), []).append(values[metric])
        value = interval([sum(each) / len(each) for each in by_organism.values()])
        found, alarms = (proportion(arm.values(f"detection_{name}_positive")) for name in ("true", "false"))
        rows.append(
            [
                arm.name,
                str(len(arm.samples)),
                *map(_estimate, (value, found, alarms)),
                _number(arm.total(COST)),
                _number(_per_success(metric, arm)),
                _number(_mean(arm.values(TOKENS))),
                _number(_mean(arm.values(SECONDS))),
                f"by {beaten[arm.name]}" if arm.name in beaten else "",
            ]
        )
    columns = ("arm", "n", metric, "found", "false alarms", "dollars", "a success", "tokens", "seconds", "beaten")
    note = (
        "Found and false alarms: shares of organisms and of clean twins in which something was reported. "
        "A success: all dollars divided by all that is right."
    )
    return Table("What came of each arm", columns, rows, note)


def _per_success(metric: str, arm: Arm) -> float | None:
    total, successes = arm.total(COST), sum(arm.values(metric))
    return total / successes if total is not None and successes else None


def _differences(first: str, found: Sequence[Comparison]) -> Table:
    rows = [
        [
            each.arm,
            _estimate(each.difference),
            f"{each.difference.count} ({each.samples})",
            f"{each.p:.3g}",
            f"{each.adjusted:.3g}",
            f"{each.least_p:.2g}",
            "-" if each.discordant is None else f"{each.discordant[0]} and {each.discordant[1]}",
            "-" if each.mcnemar_p is None else f"{each.mcnemar_p:.3g}",
            each.says,
        ]
        for each in found
    ]
    columns = (
        "arm",
        f"minus {first}",
        "organisms (pairs)",
        "p",
        "Holm",
        "p at least",
        "alone right",
        "McNemar",
        "says",
    )
    note = (
        "p at least: what the test can give with so many organisms. Alone right: the first arm, this arm. "
        "McNemar takes samples as independent."
    )
    return Table("Differences on the same samples", columns, rows, note)


def _organisms(metric: str, arms: Sequence[Arm]) -> Table:
    found: dict[str, dict[str, list[float]]] = {}
    for arm in arms:
        for key, values in arm.samples.items():
            if metric in values:
                found.setdefault(organism_of(key[1]), {}).setdefault(arm.name, []).append(values[metric])
    rows = [
        [organism, *(_number(_mean(each.get(arm.name, []))) for arm in arms)]
        for organism, each in list(found.items())[:MOST_ORGANISMS]
    ]
    more = f"{len(found) - MOST_ORGANISMS} more are not shown." if len(found) > MOST_ORGANISMS else ""
    return Table(f"{metric} by organism", ("organism", *(arm.name for arm in arms)), rows, more)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _estimate(each: Estimate) -> str:
    if not each.count:
        return "-"
    return f"{each.value:.2f}" if math.isnan(each.low) else f"{each.value:.2f} [{each.low:.2f}, {each.high:.2f}]"


def as_markdown(report: Written) -> str:
    """With figures left out."""
    lines = [f"# {report.title}", "", report.question, "", *(f"- {each}" for each in report.verdicts), "", report.rule]
    for table in report.tables:
        lines += ["", f"## {table.title}", "", *([table.note, ""] if table.note else [])]
        lines += ["| " + " | ".join(table.columns) + " |", "|" + "---|" * len(table.columns)]
        lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in table.rows]
    return "\n".join(lines) + "\n"


_PAGE = Template(Path(__file__).with_name("report.html").read_text(encoding="utf-8"))


def as_html(report: Written) -> str:
    """One page that asks for nothing from anywhere."""
    figures = (f"<figure>{svg}<figcaption>{html.escape(text)}</figcaption></figure>" for text, svg in report.figures)
    return _PAGE.substitute(
        title=html.escape(report.title),
        question=html.escape(report.question),
        verdicts="".join(f"<li>{html.escape(each)}</li>" for each in report.verdicts),
        rule=html.escape(report.rule),
        figures="\n".join(figures),
        tables="\n".join(map(_html_table, report.tables)),
    )


def _html_table(table: Table) -> str:
    head = "".join(f"<th>{html.escape(each)}</th>" for each in table.columns)
    rows = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    note = f'<p class="note">{html.escape(table.note)}</p>' if table.note else ""
    return f'<h2>{html.escape(table.title)}</h2>{note}<div class="wide"><table><tr>{head}</tr>{rows}</table></div>'
