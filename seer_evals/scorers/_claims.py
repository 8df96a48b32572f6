"""The question whether a claim of a report is true of the model."""

from typing import Literal

from pydantic import BaseModel

from seer_evals.organisms import GroundTruth
from seer_evals.prompting import quoted
from seer_evals.scorers._judge import Question
from seer_evals.scorers._prompts import read_prompt


class ClaimVerdict(BaseModel):
    """Whether a claim is true."""

    reasoning: str
    verdict: Literal["true", "false", "neutral"]


def about_claim(claim: str, truth: GroundTruth) -> Question[ClaimVerdict]:
    """Ask whether a claim follows from the truth, contradicts it, or says nothing of it."""
    ordinary = [f"- As in an ordinary model: {each.statement}" for each in truth.unchanged]
    facts = "\n".join([f"- {truth.description}", *(f"- {atom.statement}" for atom in truth.atoms), *ordinary])
    return Question(read_prompt("claim", facts=facts, claim=quoted("CLAIM", claim, None)), ClaimVerdict)
