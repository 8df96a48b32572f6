"""Steer with a difference of means and compare with random vectors of the same length."""

from seer_runtime import expose
from seer_runtime.whitebox import Direction, Generations, LanguageModel, Messages, Table, chat, difference_of_means

STRENGTHS = (0.0, 1.0, 2.0, 4.0)


@expose
def steer_towards(
    lm: LanguageModel,
    positive: list[str],
    negative: list[str],
    questions: list[str],
    words: list[str],
    layer: int,
    strengths: list[float] | None = None,
    samples: int = 20,
    seeds: int = 3,
    max_new_tokens: int = 40,
) -> Table:
    """Steer answers along the mean of positive minus negative texts, and along random vectors of the same length.

    Costs `len(positive) + len(negative)` passes and `len(strengths) * (1 + seeds) * samples * len(questions)` answers.

    Args:
        positive: Texts with what is to be steered towards; read at their last token.
        negative: Texts like them without it.
        questions: What the user asks while the model is steered.
        words: The effect is the share of answers that contain one of these words.
        layer: Which block; negative numbers count from the last.
        strengths: Multiples of the difference to add; 0, 1, 2 and 4 if left out.
        samples: Answers to each question, at temperature 1.
        seeds: Random vectors to compare with.
        max_new_tokens: Length of an answer, in tokens.

    Returns:
        For each strength, the share with the direction, and mean and largest share with random vectors.
    """
    direction = difference_of_means(lm, list(positive), list(negative), layer)
    asked = [chat(question) for question in questions]
    rows = []
    for strength in strengths if strengths is not None else STRENGTHS:
        shares = [
            _steered(lm, each, strength, asked, samples, max_new_tokens).share(*words)
            for each in (direction, *(direction.like(seed) for seed in range(seeds)))
        ]
        others = shares[1:] or [float("nan")]
        rows.append([strength, shares[0], sum(others) / len(others), max(others)])
    return Table(["strength", "direction", "random, mean", "random, most"], rows, f"share of answers with {words}")


@expose
def sweep_layers(
    lm: LanguageModel,
    positive: list[str],
    negative: list[str],
    questions: list[str],
    words: list[str],
    strengths: list[float] | None = None,
    samples: int = 10,
    max_new_tokens: int = 40,
) -> Table:
    """Find the layers and strengths at which steering has an effect.

    Costs `n_layers * (len(positive) + len(negative))` passes and `n_layers * len(strengths) * samples * len(questions)`
    answers.

    Args:
        positive: Texts with what is to be steered towards; read at their last token.
        negative: Texts like them without it.
        questions: What the user asks while the model is steered.
        words: The effect is the share of answers that contain one of these words.
        strengths: Multiples of the difference to add; 0, 1, 2 and 4 if left out.
        samples: Answers to each question, at temperature 1.
        max_new_tokens: Length of an answer, in tokens.

    Returns:
        One row per layer, one column per strength.
    """
    chosen = list(strengths if strengths is not None else STRENGTHS)
    asked = [chat(question) for question in questions]
    rows = []
    for layer in range(lm.n_layers):
        direction = difference_of_means(lm, list(positive), list(negative), layer)
        found = [_steered(lm, direction, strength, asked, samples, max_new_tokens) for strength in chosen]
        rows.append([layer, *(each.share(*words) for each in found)])
    return Table(["layer", *(f"{strength:g}" for strength in chosen)], rows, f"share of answers with {words}")


@expose
def show_steered(
    lm: LanguageModel,
    positive: list[str],
    negative: list[str],
    question: str,
    layer: int,
    strength: float = 2.0,
    samples: int = 4,
    max_new_tokens: int = 40,
) -> Table:
    """Show answers without and with steering, to see whether they still make sense.

    Costs `len(positive) + len(negative)` passes and `2 * samples` answers.

    Args:
        positive: Texts with what is to be steered towards; read at their last token.
        negative: Texts like them without it.
        question: What the user asks.
        layer: Which block; negative numbers count from the last.
        strength: Multiple of the difference to add; negative steers away.
        samples: Answers of each kind, at temperature 1.
        max_new_tokens: Length of an answer, in tokens.

    Returns:
        Strength and answer.
    """
    direction = difference_of_means(lm, list(positive), list(negative), layer)
    rows = []
    for each in (0.0, strength):
        found = _steered(lm, direction, each, [chat(question)], samples, max_new_tokens)
        rows += [[each, text] for text in found.texts]
    return Table(["strength", "answer"], rows)


def _steered(
    lm: LanguageModel, direction: Direction, strength: float, asked: list[Messages], samples: int, max_new_tokens: int
) -> Generations:
    """With the same seed at every strength, so that answers differ by the steering alone."""
    with lm.steer(direction.add(strength)):
        return lm.generate(asked, samples=samples, temperature=1.0, seed=0, max_new_tokens=max_new_tokens)
