"""Probabilities of next tokens and of whole answers."""

from seer_runtime import expose
from seer_runtime.whitebox import LanguageModel, Table, chat, tokens


@expose
def likeliest_next(
    lm: LanguageModel, questions: list[str], prefill: str | None = None, system: str | None = None, top: int = 10
) -> Table:
    """List the likeliest next tokens of the answer to each question.

    Costs `len(questions)` passes.

    Args:
        questions: What the user asks.
        prefill: Beginning of the answer; the probabilities are those of what follows it.
        system: A system message before each question.
        top: Tokens to list for each question.

    Returns:
        Question, rank, token, probability.
    """
    prompts = [chat(question, prefill=prefill, system=system) for question in questions]
    found = tokens.next_token_probabilities(lm, prompts).topk(min(top, len(lm.tokenizer)), dim=-1)
    rows = [
        [question, rank, lm.token_text(token), probability]
        for question, values, indices in zip(questions, found.values.tolist(), found.indices.tolist(), strict=True)
        for rank, (probability, token) in enumerate(zip(values, indices, strict=True))
    ]
    return Table(["question", "rank", "token", "probability"], rows)


@expose
def score_answers(
    lm: LanguageModel, questions: list[str], answers: list[str], prefill: str | None = None, system: str | None = None
) -> Table:
    """Give the probability of each of several answers to each question, all of their tokens counted.

    Costs `len(questions) * len(answers)` passes.

    Args:
        questions: What the user asks.
        answers: Possible answers, or what could follow the prefill, with a space in front if the model writes one.
        prefill: Beginning of the answer that the answers continue.
        system: A system message before each question.

    Returns:
        Question, answer, probability of exactly this text, log-likelihood in nats, and the mean of that per token.
    """
    prompts = [chat(question, prefill=prefill, system=system) for question in questions]
    table = tokens.score_continuations(lm, prompts, answers).table()
    rows = [
        [question, *row[1:]] for question, row in zip([q for q in questions for _ in answers], table.rows, strict=True)
    ]
    return Table(["question", "answer", *table.columns[2:]], rows)


@expose
def surprising_tokens(lm: LanguageModel, texts: list[str], top: int = 10) -> Table:
    """Find the tokens of texts that the model finds least likely where they stand.

    Costs `len(texts)` passes.

    Args:
        texts: Raw texts, read without a chat template.
        top: Tokens to list for each text.

    Returns:
        Text, position, token, and its surprisal in nats.
    """
    rows = []
    for text, logs in zip(texts, tokens.sequence_log_probs(lm, texts), strict=True):
        labels = lm.labels(text)
        order = logs.argsort()[:top].tolist()
        rows += [[text[:40], position + 1, labels[position + 1], -float(logs[position])] for position in order]
    return Table(["text", "position", "token", "surprisal"], rows)
