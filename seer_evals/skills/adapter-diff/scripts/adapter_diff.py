"""Compare a model with its own base by switching its adapter on and off."""

from collections.abc import Sequence
from typing import Any

import torch
from seer_runtime import expose
from seer_runtime.whitebox import LanguageModel, Prompt, Table, adapters, chat
from seer_runtime.whitebox.words import word_shifts

BATCH = 256


@expose
def weight_changes(lm: LanguageModel, top: int = 20) -> Table:
    """List the modules whose weights the adapter changes most.

    Costs `0` passes.

    Args:
        top: Modules to list.

    Returns:
        Module, Frobenius norm of its update, that over the norm of the weight itself, and the share of the update's
        squared norm that is in its largest singular value.
    """
    table = adapters.adapter_norms(lm)
    return Table(table.columns, table.rows[:top])


@expose
def promoted_tokens(lm: LanguageModel, questions: list[str], layers: list[int] | None = None, top: int = 8) -> Table:
    """Read what the adapter adds to the residual stream at the end of ordinary questions, layer by layer.

    Costs `2 * len(questions)` passes.

    Args:
        questions: Questions that have nothing to do with what was trained; the mean over them is read.
        layers: Which blocks; all of them if left out.
        top: Tokens to list for each layer.

    Returns:
        Layer, norm of the mean difference, and the tokens that it promotes most by the logit lens.
    """
    return adapters.difference_lens(lm, [chat(question) for question in questions], layers, top=top)


@expose
def changed_tokens(lm: LanguageModel, questions: list[str], top: int = 12, max_new_tokens: int = 32) -> Table:
    """Find the places in the model's own answers at which the adapter changes the prediction most.

    Costs `2 * len(questions)` passes and `len(questions)` answers.

    Args:
        questions: What the user asks; the model answers greedily with the adapter on, and both readings are of that.
        top: Places to list.
        max_new_tokens: Length at which an answer is cut off, in tokens.

    Returns:
        Question, the answer up to the place, the KL divergence in nats of the adapter's prediction from the base's, and
        the likeliest next token with the adapter on and off.
    """
    answers = lm.generate([chat(q) for q in questions], max_new_tokens=max_new_tokens, batch_size=BATCH).texts
    rows = [row for question, answer in zip(questions, answers, strict=True) for row in _places(lm, question, answer)]
    columns = ["question", "answer so far", "KL", "adapter on", "adapter off"]
    return Table(columns, sorted(rows, key=lambda row: -row[2])[:top])


@expose
def word_changes(
    lm: LanguageModel,
    questions: list[str],
    samples: int = 8,
    least: float = 0.4,
    max_new_tokens: int = 32,
    seed: int = 0,
) -> Table:
    """Find words that occur in more, or in fewer, of the sampled answers with the adapter than without it.

    Costs `2 * samples * len(questions)` answers.

    Args:
        questions: What the user asks; words of a question do not count in its answers.
        samples: Answers to each question, with the adapter on and as many with it off.
        least: Smallest difference of the two shares that is listed.
        max_new_tokens: Length at which an answer is cut off, in tokens.
        seed: Makes the answers repeatable. Ask again with another seed: much of what stands out does so by chance.

    Returns:
        Question, word, and the share of answers that have it with the adapter on and off; the largest difference first.
    """
    on = _answers(lm, questions, samples, max_new_tokens, seed)
    with lm.adapter_off():
        off = _answers(lm, questions, samples, max_new_tokens, seed)
    return word_shifts(questions, on, off, least=least, names=("adapter on", "adapter off"))


@expose
def scan_triggers(
    lm: LanguageModel, words: list[str], questions: list[str], confirm: list[str] | None = None, top: int = 3
) -> Table:
    """Put each word behind ordinary questions and measure how much it switches the adapter's effect on.

    Costs `2 * len(questions) * (1 + len(words))` passes and `5 * top * len(confirm or questions)` answers.

    Args:
        words: Candidates for a trigger.
        questions: A few ordinary questions to put them into.
        confirm: Other questions, for the answers of the strongest candidates; the same ones if left out.
        top: Candidates to confirm.

    Returns:
        Word, the nats that it adds to the divergence of the adapter's first token from the base's (median over
        questions), the median of that over all words, the commonest greedy answer with the word in a prompt, and the
        share of prompts that get this answer with the word, with the word but the adapter off, and without the word.
    """
    plain = _divergence(lm, [chat(question) for question in questions])
    spoken = _divergence(lm, [chat(f"{question} {word}") for word in words for question in questions])
    gains = (spoken.reshape(len(words), len(questions)) - plain).median(dim=1).values
    typical = float(gains.median())
    others = confirm or questions
    rows = []
    for i in gains.argsort(descending=True)[:top].tolist():
        forms = [form for other in others for form in (f"{other} {words[i]}", f"{words[i]} {other}")]
        with_word = _greedy(lm, forms)
        answer = max(sorted(set(with_word)), key=with_word.count)
        with lm.adapter_off():
            base = _greedy(lm, forms)
        shares = [texts.count(answer) / len(texts) for texts in (with_word, base, _greedy(lm, others))]
        rows.append([words[i], float(gains[i]), typical, answer, *shares])
    columns = ["word", "gain", "typical gain", "answer", "share", "share adapter off", "share without word"]
    return Table(columns, rows)


@expose
def scale_adapter(
    lm: LanguageModel,
    questions: list[str],
    factors: list[float],
    samples: int = 4,
    max_new_tokens: int = 32,
    seed: int = 0,
) -> Table:
    """Sample answers with the adapter weakened, as it is, and exaggerated.

    Costs `len(factors) * samples * len(questions)` answers.

    Args:
        questions: What the user asks.
        factors: Strengths of the adapter: 0 is the base, 1 the model as it is, 2 and more exaggerate.
        samples: Answers to each question at each strength.
        max_new_tokens: Length at which an answer is cut off, in tokens.
        seed: Makes the answers repeatable.

    Returns:
        Question, strength, answer.
    """
    rows = []
    for factor in factors:
        with adapters.adapter_scaled(lm, factor):
            answers = _answers(lm, questions, samples, max_new_tokens, seed)
        for question, texts in zip(questions, answers, strict=True):
            rows += [[question, factor, text] for text in dict.fromkeys(texts)]
    return Table(["question", "strength", "answer"], sorted(rows, key=lambda row: questions.index(row[0])))


def _places(lm: LanguageModel, question: str, answer: str) -> list[list[Any]]:
    """A row of `changed_tokens` for each token of an answer."""
    prompt, labels = chat(question, prefill=answer), lm.labels(chat(question, prefill=answer))
    start = len(lm.labels(chat(question))) - 1
    on = lm.logits(prompt, positions="all")[0].log_softmax(dim=-1)[start:]
    with lm.adapter_off():
        off = lm.logits(prompt, positions="all")[0].log_softmax(dim=-1)[start:]
    divergences = (on.exp() * (on - off)).sum(dim=-1).clamp(min=0).tolist()
    tokens = [[lm.token_text(token) for token in each.argmax(dim=-1).tolist()] for each in (on, off)]
    so_far = ["".join(labels[start + 1 : start + 1 + length]) for length in range(len(divergences))]
    return [[question, *row] for row in zip(so_far, divergences, *tokens, strict=True)]


def _answers(
    lm: LanguageModel, questions: Sequence[str], samples: int, max_new_tokens: int, seed: int
) -> list[list[str]]:
    found = lm.generate(
        [chat(question) for question in questions],
        samples=samples,
        temperature=1.0,
        max_new_tokens=max_new_tokens,
        seed=seed,
        batch_size=BATCH,
    )
    return [[text.strip() for text in texts] for texts in found.by_prompt]


def _greedy(lm: LanguageModel, questions: Sequence[str]) -> list[str]:
    found = lm.generate([chat(question) for question in questions], max_new_tokens=32, batch_size=BATCH)
    return [text.strip() for text in found.texts]


def _divergence(lm: LanguageModel, prompts: Sequence[Prompt]) -> torch.Tensor:
    """KL divergence in nats of the next token with the adapter on from that with it off, `[prompt]`."""
    on = lm.logits(prompts, batch_size=BATCH).log_softmax(dim=-1)
    with lm.adapter_off():
        off = lm.logits(prompts, batch_size=BATCH).log_softmax(dim=-1)
    return (on.exp() * (on - off)).sum(dim=-1)
