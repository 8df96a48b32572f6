"""What does this paper claim, and how does it show it? Eight short papers of our own, each with a plan made by hand."""

from pathlib import Path

import yaml
from inspect_ai import Task, task
from inspect_ai.dataset import Sample

from seer_evals.drafts import TRUTH_KEY, Truth
from seer_evals.near import did_you_mean
from seer_evals.parameters import Seconds, checked
from seer_evals.scorers import drafted, process
from seer_evals.solvers.drafter import drafter
from seer_evals.tasks.shared.columns import score_columns
from seer_evals.tasks.shared.lists import listed

PAPERS = Path(__file__).with_name("papers")
SHOWN = {
    "drafted_score": "Score",
    "drafted_precision": "Precision",
    "drafted_recall": "Recall",
    "drafted_status": "Status",
    "drafted_study": "Study",
    "drafted_invented_quotations": "Invented quotations",
    "drafted_filled_in": "Filled in",
}


@task
@checked
def paper_draft(papers: str | list[str] = "all", time_limit: Seconds = 900) -> Task:
    """Make a plan of each paper; the role `auditor`, or else the evaluated model, reads it without any tools.

    Args:
        papers: Names of papers, separated by commas, or `all`. Among them are one with an injection
            (`formal-register`), one without a control (`copying-heads`), one that contradicts itself (`felt-words`),
            one with its numbers in a table (`names-it-knows`), one with a null result (`no-sarcasm-vector`).
        time_limit: Seconds that a paper may take.
    """
    return Task(
        dataset=[_sample(name) for name in _chosen(papers)],
        solver=drafter(),
        scorer=[drafted(), process()],
        time_limit=time_limit,
        viewer=score_columns("Plans", "drafted", SHOWN, tuple(SHOWN)[:5]),
        headline_metric="drafted.drafted_score",
        version=1,
    )


def _chosen(papers: str | list[str]) -> list[str]:
    known = sorted(path.stem for path in PAPERS.glob("*.md"))
    chosen = list(dict.fromkeys(listed(papers)))
    if chosen in ([], ["all"]):
        return known
    for name in chosen:
        if name not in known:
            raise ValueError(f"there is no paper {name!r}{did_you_mean(name, known)} (available: {', '.join(known)})")
    return chosen


def _sample(name: str) -> Sample:
    truth = Truth.model_validate(yaml.safe_load((PAPERS / f"{name}.yaml").read_text(encoding="utf-8")))
    return Sample(
        id=name,
        input=(PAPERS / f"{name}.md").read_text(encoding="utf-8"),
        target=truth.fields["claim"].value,
        metadata={TRUTH_KEY: truth.model_dump(mode="json")},
    )
