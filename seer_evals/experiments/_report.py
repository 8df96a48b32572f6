"""The report of an experiment: the verdict in words, tables, and two figures; as Markdown, and as one page of HTML."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from seer_evals.experiments._called import Called
from seer_evals.experiments._experiment import Experiment, Rule
from seer_evals.experiments._figures import differences_figure, frontier_figure
from seer_evals.experiments._results import Arm
from seer_evals.experiments._skills import gaps, worths
from seer_evals.experiments._tables import (
    Table,
    arms_table,
    differences_table,
    gaps_table,
    organisms_table,
    worths_table,
)
from seer_evals.experiments._verdict import conclude, dominated, in_words


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


def write(experiment: Experiment, arms: Sequence[Arm], called: Mapping[str, Called] | None = None) -> Written:
    """What the logs of all arms say.

    Args:
        experiment: With the rule.
        arms: In the experiment's order.
        called: By arm, the skills that its samples called, where it had any.

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
        tables=[
            arms_table(rule.scored, arms, beaten),
            differences_table(first, found),
            *_of_skills(experiment, arms, called or {}),
            organisms_table(rule.scored, arms),
        ],
        figures=[
            (f"Difference from {first} in {rule.scored}, with its interval", differences_figure(rule, found)),
            (f"{rule.scored} and what it took", frontier_figure(rule.scored, arms, beaten)),
        ],
        rule=_stated(rule, len(arms) - 1),
    )


def _of_skills(experiment: Experiment, arms: Sequence[Arm], called: Mapping[str, Called]) -> list[Table]:
    """The tables of what varies as subsets, and of agents whose tools are other arms."""
    worth, gap = worths(experiment, arms), gaps(experiment, arms, called)
    return [*([worths_table(worth)] if worth else []), *([gaps_table(gap)] if gap else [])]


def _stated(rule: Rule, others: int) -> str:
    return (
        f"The rule, stated before anything ran: {rule.scored}, {'more' if rule.more_is_better else 'less'} is better. "
        "A difference is claimed where the exact sign-flip test over organisms, after Holm's correction for "
        f"{others} comparison{'s' if others > 1 else ''}, has p below {rule.alpha:g}; the smallest that matters is "
        f"{rule.least:g}. Intervals are Student's over organisms; an organism and its twin are one."
    )


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
