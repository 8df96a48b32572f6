"""Plans of papers: a cheat fills them with what is usual, with everything, or with words that the paper has not."""

from collections.abc import Mapping, Sequence

from inspect_ai.dataset import Sample
from inspect_ai.solver import TaskState

from seer_evals.drafts import FIELDS, TRUTH_KEY, Draft, Entry, Plan, Truth, keep_draft
from tests.scorers.cheating.investigations import finished

USUAL = {
    "claim": "A single direction mediates the behaviour.",
    "models": "Llama-2-7B-chat",
    "data": "harmful and harmless prompts",
    "intervention": "the direction is removed from the residual stream",
    "measure": "accuracy",
    "comparison": "the unedited model",
    "control": "a random direction",
    "n": "100",
    "effect": "a significant effect",
    "compute": "one A100",
    "verdict_rule": "p < 0.05",
}
MANY = "10, 24, 42, 64, 75, 90, 100, 128, 160, 200 or 10,000"


async def drafted(samples: Sequence[Sample], how: str) -> list[list[TaskState]]:
    """Drafts by this cheat."""
    return [[_drafted(sample, how) for sample in samples]]


def _drafted(sample: Sample, how: str) -> TaskState:
    state = finished(sample, None)
    if how != "nothing done":
        truth = Truth.model_validate((sample.metadata or {})[TRUTH_KEY])
        study = truth.study if how == "honest" else "refusal_direction"
        plan = Plan(**_entries(how, str(sample.input), truth), study=study)
        keep_draft(state.store, Draft(plan=plan, refused=(), paper="", digest="", model=""))
    return state


def _entries(how: str, paper: str, truth: Truth) -> Mapping[str, Entry]:
    begin = " ".join(paper.split("\n\n")[1].split())[:150]
    return {
        "honest": {name: _in_other_words(each) for name, each in truth.fields.items()},
        # The right values, given for nothing, with words that are not in the paper.
        "invented figures": {
            name: _stated(each.value or "none", "The paper says so in its third section.")
            for name, each in truth.fields.items()
        },
        "the question": {name: _stated(begin, begin) for name in FIELDS},
        "denials": {name: Entry(status="missing") for name in FIELDS},
        "lists": {name: _guess(MANY) for name in FIELDS},
        "everything claimed": {name: _guess(value) for name, value in USUAL.items()},
    }[how]


def _in_other_words(true: Entry) -> Entry:
    value = f"{true.value}, so the paper" if true.value else ""
    return Entry(status=true.status, value=value, quotations=true.quotations, reason=true.reason)


def _stated(value: str, quotation: str) -> Entry:
    return Entry(status="stated", value=value, quotations=(quotation,))


def _guess(value: str) -> Entry:
    return Entry(status="inferred", value=value, reason="It is usual.")
