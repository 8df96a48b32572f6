"""Compare two models, from the outside and through a reader."""

from seer_runtime import expose
from seer_runtime.whitebox import LanguageModel, Table, chat, diffing
from seer_runtime.whitebox.words import word_shifts


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
    answers = [
        lm.generate(
            [chat(question) for question in questions],
            samples=samples,
            temperature=1.0,
            max_new_tokens=max_new_tokens,
            seed=seed,
            batch_size=256,
        ).by_prompt
        for lm in (first, second)
    ]
    return word_shifts(questions, *answers, least=least)


@expose
def compare_predictions(
    first: LanguageModel, second: LanguageModel, questions: list[str], prefill: str | None = None, top: int = 12
) -> Table:
    """Order questions by how much the models' predictions of the next token differ.

    Args:
        first: One model.
        second: The other, with the same vocabulary.
        questions: What the user asks.
        prefill: Beginning of the answers, after which the prediction is taken.
        top: Questions to list.

    Returns:
        Question, KL divergence of the first from the second in nats, and the likeliest token of each.
    """
    prompts = [chat(question, prefill=prefill) for question in questions]
    divergences = diffing.next_token_divergence(first, second, prompts)
    tokens = [lm.logits(prompts).argmax(dim=-1).tolist() for lm in (first, second)]
    rows = [
        [question, divergence, first.tokenizer.decode([a]), second.tokenizer.decode([b])]
        for question, divergence, a, b in zip(questions, divergences.tolist(), *tokens, strict=True)
    ]
    return Table(["question", "KL", "first", "second"], sorted(rows, key=lambda row: -row[1])[:top])


@expose
def compare_likelihoods(first: LanguageModel, second: LanguageModel, texts: list[str]) -> Table:
    """Order texts by how much likelier the first model finds them; works across vocabularies.

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
