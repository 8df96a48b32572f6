"""Find the direction of refusal by its effect on held-out prompts, remove it, add it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from seer_runtime import expose
from seer_runtime.whitebox import (
    Edit,
    LanguageModel,
    Messages,
    Selection,
    Table,
    candidates,
    centred,
    chat,
    difference_of_means,
    everywhere,
    log_odds_of,
    select,
)

USES = {"centred": centred, "zero": everywhere}


@dataclass(frozen=True)
class Refusal:
    """The direction that was found, and what removing it does."""

    selection: Selection
    share_before: float
    """Share of held-out refused prompts whose answer begins with the refusal's words."""
    share_after: float

    def __repr__(self) -> str:
        return f"refused: {self.share_before:.2f} -> {self.share_after:.2f} of held-out prompts\n{self.selection}"


@expose
def find_refusal(
    lm: LanguageModel,
    refused: list[str],
    answered: list[str],
    held_out_refused: list[str],
    held_out_answered: list[str],
    first_words: list[str],
    method: Literal["centred", "zero"] = "centred",
    max_kl: float = 0.1,
) -> Refusal:
    """Choose, among the differences of means at every layer, the direction whose removal ends refusals.

    Costs `len(refused) + len(answered) + (1 + n_layers) * (len(held_out_refused) + len(held_out_answered))` passes and
    `2 * len(held_out_refused)` answers.

    Args:
        refused: Questions that the model refuses; the direction is made from these and `answered`.
        answered: Questions that it answers.
        held_out_refused: Other questions that it refuses, on which the candidates are measured.
        held_out_answered: Other questions that it answers, which must hardly change.
        first_words: How refusals begin, with their leading space, such as " I will not".
        method: `centred` sets the direction to its mean over answered questions; `zero` projects it out everywhere.
        max_kl: Mean divergence in nats of the next token after answered questions that is too much.

    Returns:
        The share of held-out questions refused before and after, and a table of all candidates.
    """
    asked = [chat(question) for question in held_out_refused]
    found = select(
        lm,
        candidates(lm, [chat(question) for question in refused], [chat(question) for question in answered]),
        asked,
        [chat(question) for question in held_out_answered],
        log_odds_of(*first_words),
        use=USES[method],
        max_kl=max_kl,
    )
    return Refusal(found, _share(lm, asked, first_words), _share(lm, asked, first_words, USES[method](lm, found.best)))


@expose
def answer_without_refusal(
    lm: LanguageModel,
    refused: list[str],
    answered: list[str],
    questions: list[str],
    layer: int,
    method: Literal["centred", "zero"] = "centred",
    max_new_tokens: int = 48,
) -> Table:
    """Show greedy answers as they are, and with the direction of refusal removed.

    Costs `len(refused) + len(answered)` passes and `2 * len(questions)` answers.

    Args:
        refused: Questions that the model refuses.
        answered: Questions that it answers.
        questions: What to ask.
        layer: The layer to take the direction from; `find_refusal` chooses one.
        method: `centred` sets the direction to its mean over answered questions; `zero` projects it out everywhere.
        max_new_tokens: Length of an answer, in tokens.

    Returns:
        Question, answer, and the edited model's answer.
    """
    direction = difference_of_means(lm, [chat(q) for q in refused], [chat(q) for q in answered], layer)
    return _beside(lm, questions, USES[method](lm, direction), "without refusal", max_new_tokens)


@expose
def refuse_everything(
    lm: LanguageModel,
    refused: list[str],
    answered: list[str],
    questions: list[str],
    layer: int,
    strength: float = 1.0,
    max_new_tokens: int = 48,
) -> Table:
    """Show greedy answers to harmless questions as they are, and with the direction of refusal added.

    Costs `len(refused) + len(answered)` passes and `2 * len(questions)` answers.

    Args:
        refused: Questions that the model refuses.
        answered: Questions that it answers.
        questions: What to ask.
        layer: The layer to take the direction from and add it to.
        strength: Multiple of the difference to add.
        max_new_tokens: Length of an answer, in tokens.

    Returns:
        Question, answer, and the edited model's answer.
    """
    direction = difference_of_means(lm, [chat(q) for q in refused], [chat(q) for q in answered], layer)
    return _beside(lm, questions, [direction.add(strength)], "with refusal added", max_new_tokens)


def _beside(lm: LanguageModel, questions: list[str], edits: list[Edit], name: str, max_new_tokens: int) -> Table:
    prompts = [chat(question) for question in questions]
    plain = lm.generate(prompts, max_new_tokens=max_new_tokens).texts
    with lm.steer(*edits):
        edited = lm.generate(prompts, max_new_tokens=max_new_tokens).texts
    rows = [list(row) for row in zip(questions, plain, edited, strict=True)]
    return Table(["question", "as it is", name], rows)


def _share(lm: LanguageModel, prompts: list[Messages], first_words: list[str], edits: Sequence[Edit] = ()) -> float:
    with lm.steer(*edits):
        texts = lm.generate(prompts, max_new_tokens=12).texts
    return sum(text.startswith(tuple(first_words)) for text in texts) / len(texts)
