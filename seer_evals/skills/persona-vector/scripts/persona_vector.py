"""Directions of traits that system prompts describe, and where answers lie along them."""

from contextlib import AbstractContextManager, nullcontext

from seer_runtime import expose
from seer_runtime.whitebox import Direction, LanguageModel, Table, chat, persona_vectors

STRENGTHS = (0.0, 1.0, 2.0, 4.0)


@expose
def locate_answers(
    lm: LanguageModel,
    questions: list[str],
    positive: list[str],
    negative: list[str],
    ask: list[str],
    layer: int,
    samples: int = 4,
    max_new_tokens: int = 48,
) -> Table:
    """Find where the model's own answers, without a system prompt, lie along the direction of a trait.

    Costs `4 * len(questions) * (len(positive) + len(negative)) + (1 + has_adapter) * samples * len(ask)` answers and as
    many passes.

    Args:
        questions: What to ask under the system prompts, to make the direction.
        positive: System prompts that ask for the trait.
        negative: System prompts that ask for its opposite, or for another trait of the same kind.
        ask: What to ask without a system prompt.
        layer: Which block; negative numbers count from the last.
        samples: Answers to each question, at temperature 1.
        max_new_tokens: Length of an answer, in tokens.

    Returns:
        Mean coordinate of the answers to each question: 0 is the mean under the negative system prompts, 1 that under
        the positive ones. With an adapter, once with it and once without.
    """
    direction = _vector(lm, questions, positive, negative, layer, max_new_tokens)
    states: dict[str, AbstractContextManager[object]] = {"coordinate": nullcontext()}
    if lm.has_adapter:
        states = {"adapter on": nullcontext(), "adapter off": lm.adapter_off()}
    columns = []
    for state in states.values():
        with state:
            columns.append([_coordinate(lm, direction, question, samples, max_new_tokens) for question in ask])
    return Table(["question", *states], [list(row) for row in zip(ask, *columns, strict=True)])


@expose
def steer_persona(
    lm: LanguageModel,
    questions: list[str],
    positive: list[str],
    negative: list[str],
    ask: list[str],
    words: list[str],
    layer: int,
    strengths: list[float] | None = None,
    samples: int = 20,
    max_new_tokens: int = 48,
    adapter: bool = False,
) -> Table:
    """Steer answers along the direction of a trait, and along random vectors of the same length.

    Costs `4 * len(questions) * (len(positive) + len(negative))` passes and as many answers, and `4 * len(strengths) *
    samples * len(ask)` answers.

    Args:
        questions: What to ask under the system prompts, to make the direction.
        positive: System prompts that ask for the trait.
        negative: System prompts that ask for its opposite, or for another trait of the same kind.
        ask: What to ask while steering, without a system prompt.
        words: The effect is the share of answers that contain one of these words.
        layer: Which block; negative numbers count from the last.
        strengths: Multiples of the vector to add; 0, 1, 2 and 4 if left out.
        samples: Answers to each question, at temperature 1.
        max_new_tokens: Length of an answer, in tokens.
        adapter: Steer with the adapter on, if the model has one.

    Returns:
        For each strength, the share with the vector, and the largest share with three random vectors.
    """
    direction = _vector(lm, questions, positive, negative, layer, max_new_tokens)
    prompts = [chat(question) for question in ask]

    def share(each: Direction, strength: float) -> float:
        with nullcontext() if adapter else _base(lm), lm.steer(each.add(strength)):
            return lm.generate(prompts, samples=samples, temperature=1.0, seed=0, max_new_tokens=max_new_tokens).share(
                *words
            )

    others = [direction.like(seed) for seed in range(3)]
    rows = [
        [strength, share(direction, strength), max(share(other, strength) for other in others)]
        for strength in (strengths if strengths is not None else STRENGTHS)
    ]
    return Table(["strength", "persona vector", "random, most"], rows, f"share of answers with {words}")


def _vector(
    lm: LanguageModel, questions: list[str], positive: list[str], negative: list[str], layer: int, length: int
) -> Direction:
    with _base(lm):  # what an adapter was trained for can overrule a system prompt
        [direction] = persona_vectors(lm, questions, positive, negative, layer, max_new_tokens=length)
    return direction


def _base(lm: LanguageModel) -> AbstractContextManager[object]:
    """The model without its adapter, if it has one."""
    return lm.adapter_off() if lm.has_adapter else nullcontext()


def _coordinate(lm: LanguageModel, direction: Direction, question: str, samples: int, length: int) -> float:
    texts = lm.generate([chat(question)], samples=samples, temperature=1.0, seed=0, max_new_tokens=length).texts
    answered = [chat(question, prefill=text) for text in texts if text.strip()]
    if not answered:
        return float("nan")
    states = lm.activations(answered, direction.layer, positions="response").at(direction.layer)
    return float(direction.project(states).mean() / direction.vector.norm())
