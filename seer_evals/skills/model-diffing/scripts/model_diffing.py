"""Compare two models, from the outside and through a reader."""

from typing import Any

from seer_runtime import expose
from seer_runtime.whitebox import LanguageModel, Table, chat, diffing
from seer_runtime.whitebox.prompts import extended
from seer_runtime.whitebox.words import word_shifts, word_tests


@expose
def compare_answers(
    first: LanguageModel,
    second: LanguageModel,
    questions: list[str],
    samples: int = 8,
    least: float = 0.4,
    max_new_tokens: int = 48,
    seed: int = 0,
) -> Table:
    """Sample both models and list words that one of them uses more often in its answers to a question.

    Costs `2 * samples * len(questions)` answers.

    Args:
        first: One model.
        second: The other.
        questions: What the user asks; words of a question do not count in its answers.
        samples: Answers of each model to each question.
        least: Smallest difference of the shares of answers that is listed.
        max_new_tokens: Length at which an answer is cut off, in tokens.
        seed: Makes the answers repeatable; ask again with another one for what stood out.

    Returns:
        Question, word, and the share of answers of the first and the second model that have it.
    """
    first_said, second_said = _sampled(first, second, questions, samples, max_new_tokens, seed)
    return word_shifts(questions, first_said, second_said, least=least)


@expose
def test_words(
    first: LanguageModel,
    second: LanguageModel,
    questions: list[str],
    samples: int = 4,
    max_new_tokens: int = 48,
    seed: int = 0,
) -> Table:
    """Sample both models and test for every word whether one of them uses it more often, over all questions together.

    Answers to the same question are compared with each other only (Mantel-Haenszel), and `q` accounts for there being
    many words (Benjamini-Hochberg). Take the words with a small `q`, and test them again on other questions.

    Costs `2 * samples * len(questions)` answers.

    Args:
        first: One model.
        second: The other.
        questions: What the user asks; a few hundred, of many kinds.
        samples: Answers of each model to each question.
        max_new_tokens: Length at which an answer is cut off, in tokens.
        seed: Makes the answers repeatable.

    Returns:
        Word, the share of answers of the first and the second model that have it, p and q; the smallest p first.
    """
    return word_tests(*_sampled(first, second, questions, samples, max_new_tokens, seed))


@expose
def compare_predictions(
    first: LanguageModel,
    second: LanguageModel,
    questions: list[str],
    prefill: str | None = None,
    top: int = 12,
    max_new_tokens: int = 32,
) -> Table:
    """Order questions by how much the models' predictions differ at some token of the first model's answer.

    Costs `2 * len(questions)` passes and `len(questions)` answers.

    Args:
        first: One model; it answers greedily, and both predict each token of that.
        second: The other, with the same vocabulary.
        questions: What the user asks.
        prefill: Beginning of the answers.
        top: Questions to list.
        max_new_tokens: Length at which an answer is cut off, in tokens.

    Returns:
        Question, the answer up to the place of the largest difference, the KL divergence there of the first from the
        second in nats, and the likeliest next token of each.
    """
    if not diffing.same_vocabulary(first, second):
        raise ValueError("the models have different vocabularies; use compare_answers or compare_likelihoods")
    prompts = [chat(question, prefill=prefill) for question in questions]
    answers = first.generate(prompts, max_new_tokens=max_new_tokens, batch_size=256).texts
    rows: list[list[Any]] = [
        [question, *_largest_difference(first, second, question, prefill, answer)]
        for question, answer in zip(questions, answers, strict=True)
    ]
    columns = ["question", "answer so far", "KL", "first", "second"]
    return Table(columns, sorted(rows, key=lambda row: -row[2])[:top])


@expose
def compare_likelihoods(first: LanguageModel, second: LanguageModel, texts: list[str]) -> Table:
    """Order texts by how much likelier the first model finds them; works across vocabularies.

    Costs `2 * len(texts)` passes.

    Args:
        first: One model.
        second: The other.
        texts: Raw texts, read without a chat template.

    Returns:
        Text, log-likelihood under each model in nats, and their difference.
    """
    return diffing.text_preference(first, second, texts)


@expose
def explain_difference(
    first: LanguageModel,
    second: LanguageModel,
    questions: list[str],
    target: str,
    placeholder: str = "?",
    layers: list[int] | None = None,
    scale: float = 1.0,
    max_new_tokens: int = 16,
) -> Table:
    """Let the second model put the mean difference of the two models' activations into words.

    Costs `2 * len(questions)` passes and `len(layers)` answers.

    Args:
        first: One model, such as a fine-tuned one.
        second: The other, of the same architecture, which also explains.
        questions: What both read; the difference is taken at the last token and averaged.
        target: A question to the explaining model with a placeholder, such as "Tell me a short story about ?".
        placeholder: What in `target` is overwritten by the difference.
        layers: Which blocks; all of them if left out.
        scale: Length of what is put in, as a multiple of the second model's own mean activation.
        max_new_tokens: Length of each explanation, in tokens.

    Returns:
        Block, length of the difference relative to the activation, and explanation.
    """
    return diffing.explain_difference(
        first,
        second,
        [chat(question) for question in questions],
        layers,
        target=chat(target),
        placeholder=placeholder,
        scale=scale,
        max_new_tokens=max_new_tokens,
    )


def _largest_difference(
    first: LanguageModel, second: LanguageModel, question: str, prefill: str | None, answer: str
) -> tuple[str, float, str, str]:
    """The place in an answer where predictions differ most: answer so far, divergence in nats, the token of each."""
    begun = chat(question, prefill=prefill)
    opened = first.encode(begun).prompt_length
    whole = first.encode(begun).ids
    start = len(whole) - 1
    if answer:
        [joined] = extended(first.tokenizer, [(begun, answer)])
        whole, start = joined.ids, joined.prompt_length - 1
    logits = [lm.logits([whole], positions="all")[0, start:] for lm in (first, second)]
    width = min(each.shape[-1] for each in logits)  # embedding tables may be padded to different sizes
    one, other = (each[:, :width].log_softmax(dim=-1) for each in logits)
    divergences = (one.exp() * (one - other)).sum(dim=-1).clamp(min=0)
    place = int(divergences.argmax())
    tokens = [first.token_text(int(each[place].argmax())) for each in (one, other)]
    return first.tokenizer.decode(whole[opened : start + 1 + place]), float(divergences[place]), tokens[0], tokens[1]


def _sampled(
    first: LanguageModel, second: LanguageModel, questions: list[str], samples: int, max_new_tokens: int, seed: int
) -> tuple[list[list[str]], list[list[str]]]:
    """Answers of both models to each question."""
    prompts = [chat(question) for question in questions]
    options: dict[str, Any] = {"samples": samples, "max_new_tokens": max_new_tokens, "seed": seed}
    one, other = (lm.generate(prompts, temperature=1.0, batch_size=256, **options).by_prompt for lm in (first, second))
    return one, other
