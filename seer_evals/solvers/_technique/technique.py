"""A technique that can be run alone: how it investigates a laboratory without a language model."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seer_evals.lab import Lab
from seer_evals.reports import Evidence, Figure, Finding, Report
from seer_evals.solvers._cells import BatteryFailed
from seer_evals.solvers._technique.battery import run_cells

MATERIALS = "study/"
"""In the agent's workspace: what a study gives to whoever investigates."""
Decide = Callable[[Mapping[str, Any], int], Report]
"""From what the battery published, and the number of the cell that did, to a report."""


@dataclass(frozen=True)
class Technique:
    """A fixed way to investigate, with a stated decision rule."""

    name: str
    """What `-T technique=` calls it."""
    investigate: Callable[[Lab], Awaitable[Report]]
    """Works in the laboratory and makes the report, which is submitted for it."""


def in_notebook(name: str, battery: Path, decide: Decide, skills: tuple[str, ...] = ()) -> Technique:
    """A technique that is a battery of cells and a rule.

    Args:
        name: What it is called.
        battery: A Markdown file: its prose becomes text cells, its code blocks cells that are run.
        decide: The rule.
        skills: Whose scripts the cells import.
    """

    async def investigate(lab: Lab) -> Report:
        lab.must_be("notebook", name)
        _has_materials(lab, name, battery)
        await lab.import_skills(*skills)
        report = decide(*await run_cells(lab.notebook(), battery))
        await lab.notebook().markdown(f"# Report\n\n{report.markdown()}")
        return report

    return Technique(name, investigate)


def _has_materials(lab: Lab, name: str, battery: Path) -> None:
    if MATERIALS not in battery.read_text(encoding="utf-8"):
        return
    if not any(f"{each.target}/".startswith(MATERIALS) for each in lab.environment.files):
        raise BatteryFailed(
            f"the technique {name} alone works with the materials of a study, and this task has none; take a study, "
            "such as seer_evals/secret_word, or another solver, such as seer_evals/baseline"
        )


def report_of(
    found: Mapping[str, float],
    cell: int,
    *,
    reasons: Sequence[str],
    claim: str,
    tried: str,
    limitations: str,
    confidence: float = 0.95,
    reported: Sequence[str] = (),
) -> Report:
    """What a rule reports of one effect: the claim, or why there is none.

    Args:
        found: Figures by name.
        cell: Number of the cell that shows them.
        reasons: Why there is no effect, in words; none if there is one.
        claim: What there is then.
        tried: What was done.
        limitations: What it leaves open.
        confidence: In the claim.
        reported: The figures that the question asks for; all by default.
    """
    shows = ", ".join(f"{name} {value:.3g}" for name, value in found.items())
    evidence = Evidence(kind="cell", number=cell, shows=shows)
    return Report(
        nothing_unusual=bool(reasons),
        answer=f"No effect: {'; '.join(reasons)}." if reasons else claim,
        findings=() if reasons else (Finding(claim=claim, confidence=confidence, evidence=(evidence,)),),
        tried=(f"{tried}, by a fixed rule: {shows}",),
        limitations=limitations,
        figures=tuple(Figure(name=name, value=found[name], cell=cell) for name in reported or found),
    )


def figures_of(found: Mapping[str, float], cell: int) -> tuple[Figure, ...]:
    """Figures by name, as a report has them."""
    return tuple(Figure(name=name, value=value, cell=cell) for name, value in found.items())


def report_of_each(
    claims: Iterable[tuple[str, str]],
    cell: int,
    *,
    answer: str,
    nothing: str,
    tried: str,
    limitations: str,
    confidence: float,
    figures: tuple[Figure, ...],
) -> Report:
    """What a rule reports that claims one thing after the other.

    Args:
        claims: Each, and what the cell shows of it.
        cell: Number of the cell that shows them.
        answer: What they come to.
        nothing: The answer where there are none.
        tried: What was done.
        limitations: What it leaves open.
        confidence: In each claim.
        figures: Of the report.
    """
    findings = tuple(
        Finding(claim=claim, confidence=confidence, evidence=(Evidence(kind="cell", number=cell, shows=shows),))
        for claim, shows in claims
    )
    return Report(
        nothing_unusual=not findings,
        answer=answer if findings else nothing,
        findings=findings,
        tried=(tried,),
        limitations=limitations,
        figures=figures,
    )
