"""`steering_judge`: does steering bring out its concept, and does the text still hold together?"""

import random
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from inspect_ai.model import Model
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer
from inspect_ai.solver import TaskState
from pydantic import BaseModel, Field

from seer_evals.audits import AuditRecord, load_audit
from seer_evals.parameters import checked
from seer_evals.prompting import prompted, quoted
from seer_evals.scorers._judge import HOW_TO_BIND, Failure, Opinion, Question, ask_each, judges
from seer_evals.scorers._metrics import interval, total
from seer_evals.scorers._prompts import PROMPTS, read_prompt
from seer_evals.scorers._sample import NAN
from seer_evals.scorers._steered import GROUPS, Text, texts_of

REASONS = ("no_steered_reply", "no_judge", "judge_failed")


class SteeringVerdict(BaseModel):
    """How much of a concept is in a text, and how well the text holds together."""

    reasoning: str
    concept: int = Field(ge=0, le=10, strict=True)
    coherence: int = Field(ge=0, le=10, strict=True)


@scorer(
    metrics={
        **{f"steering_concept_{group}": [mean()] for group in GROUPS},
        **{f"steering_coherence_{group}": [mean()] for group in GROUPS},
        "steering_effect": [mean(), interval(-10, 10)],
        **{f"steering_{reason}": [total()] for reason in REASONS},
    }
)
@checked
@prompted(PROMPTS)
def steering_judge() -> Scorer:
    """How strongly replies express the concept of a steering vector, and how coherent they are, each from 0 to 10.

    The models bound to the role `judge` see one text at a time, in random order, and are not told which is which:
    `steered` replies, their `baseline` (the reply at the same point without steering) and `random` controls (replies
    steered only by vectors whose name begins with `random`), which are judged on every concept of the audit.
    `steering_effect` is the mean difference between a steered reply and its own baseline, with its sign turned where
    the vector was subtracted. An audit without a steered reply is unscored and counted. So is one in which a judge
    failed, whose other ratings count.
    """

    async def score(state: TaskState, target: Target) -> Score:
        record, panel = load_audit(state.store), judges()
        texts = texts_of(record or AuditRecord())
        if not any(text.group == "steered" for text in texts):
            return _score({}, "No reply of this audit was steered by a vector with a concept.", "no_steered_reply")
        if not panel:
            return _score({}, HOW_TO_BIND, "no_judge")
        return await _judge(panel, texts, seed=str(state.sample_id))

    return score


async def _judge(panel: Sequence[Model], texts: Sequence[Text], seed: str) -> Score:
    shuffled = random.Random(seed).sample(texts, len(texts))
    answers = dict(zip(shuffled, await ask_each(panel, [_question(text) for text in shuffled]), strict=True))
    opinions = {text: [each for each in answers[text] if isinstance(each, Opinion)] for text in texts}
    failed = dict.fromkeys(str(each) for given in answers.values() for each in given if isinstance(each, Failure))
    rated = [text for text in texts if opinions[text]]
    explained = [_explain(text, opinions[text]) for text in rated]
    values = _values(rated, opinions)
    return _score(values, "\n".join([*explained, *failed]), "judge_failed" if failed else None)


def _values(rated: Sequence[Text], opinions: Mapping[Text, Sequence[Opinion[SteeringVerdict]]]) -> dict[str, float]:
    """The means of the texts that at least one judge has rated."""
    concept = {text: _mean(each.answer.concept for each in opinions[text]) for text in rated}
    coherence = {text: _mean(each.answer.coherence for each in opinions[text]) for text in rated}
    values: dict[str, float] = {}
    for group in GROUPS:
        # A subtracted vector should lessen its concept: its replies would only blur the mean.
        values[f"concept_{group}"] = _mean(concept[text] for text in rated if text.group == group and text.sign > 0)
        values[f"coherence_{group}"] = _mean(coherence[text] for text in rated if text.group == group)
    baselines = {(text.number, text.concept): text for text in rated if text.group == "baseline"}
    values["effect"] = _mean(
        text.sign * (concept[text] - concept[beside])
        for text in rated
        if text.group == "steered" and (beside := baselines.get((text.baseline or 0, text.concept))) is not None
    )
    return values


def _question(text: Text) -> Question[SteeringVerdict]:
    parts = {"concept": text.concept, "before": text.before, "text": text.text}
    labels = {"concept": "CONCEPT", "before": "MESSAGE", "text": "TEXT"}
    asked = {part: quoted(labels[part], said, None) for part, said in parts.items()}
    return Question(read_prompt("steering", **asked), SteeringVerdict)


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return statistics.fmean(listed) if listed else NAN


def _explain(text: Text, opinions: Sequence[Opinion[SteeringVerdict]]) -> str:
    said = [
        f"  - {each.judge}: concept **{each.answer.concept}**, coherence **{each.answer.coherence}**. "
        f"{each.answer.reasoning}"
        for each in opinions
    ]
    return "\n".join([f"- [M{text.number}] {text.group}, for {text.concept}", *said])


def _score(values: dict[str, Any], explanation: str, reason: str | None = None) -> Score:
    keys = [f"{what}_{group}" for what in ("concept", "coherence") for group in GROUPS]
    scores = {key: values.get(key, NAN) for key in (*keys, "effect")}
    reasons = {each: float(each == reason) for each in REASONS}
    return Score(
        value={f"steering_{key}": value for key, value in {**scores, **reasons}.items()},
        explanation=explanation,
        reason=reason,
    )
