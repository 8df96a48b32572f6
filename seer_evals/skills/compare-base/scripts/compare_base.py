"""Answers with the adapter on and off, beside how far two samples of the base are apart."""

from typing import Any

from seer_runtime import expose
from seer_runtime.whitebox import LanguageModel, Messages, Table
from seer_runtime.whitebox.words import word_rates, words_in

BATCH = 256
ROLES = ("user", "assistant")


@expose
def compare(
    lm: LanguageModel,
    conversations: list[list[str]],
    n: int = 16,
    system: str | None = None,
    max_new_tokens: int = 32,
    seed: int = 0,
) -> Table:
    """Find the conversations that are answered otherwise with the adapter than without it.

    Costs `3 * n * len(conversations)` answers.

    Args:
        conversations: Each a list of turns, the user's first; if the last is the model's, it goes on from there.
        n: Answers to each, with the adapter on, with it off, and once more with it off.
        system: A system message before each.
        max_new_tokens: Length at which an answer is cut off, in tokens.
        seed: Makes the answers repeatable.

    Returns:
        Conversation; the word whose share of the answers differs most; its share with the adapter on and off; and
        `noise`, the largest such difference of any word between the two samples of the base. The first rows stand out
        of their noise the most.
    """
    prompts = [_messages(turns, system) for turns in conversations]
    on = _answers(lm, prompts, n, max_new_tokens, seed)
    with lm.adapter_off():
        off = _answers(lm, prompts, n, max_new_tokens, seed + 1)
        again = _answers(lm, prompts, n, max_new_tokens, seed + 2)
    rows = [_row(*each) for each in zip(conversations, on, off, again, strict=True)]
    rows.sort(key=lambda row: abs(row[2] - row[3]) - row[4], reverse=True)
    return Table(["conversation", "word", "adapter on", "adapter off", "noise"], rows)


def _messages(turns: list[str], system: str | None) -> Messages:
    if isinstance(turns, str) or not turns:
        raise ValueError(f"a conversation is a list of turns, such as ['Hello.'], not {turns!r}")
    messages: Messages = [{"role": "system", "content": system}] if system else []
    return [*messages, *({"role": ROLES[i % 2], "content": turn} for i, turn in enumerate(turns))]


def _answers(lm: LanguageModel, prompts: list[Messages], n: int, max_new_tokens: int, seed: int) -> list[list[str]]:
    found = lm.generate(prompts, samples=n, temperature=1.0, max_new_tokens=max_new_tokens, seed=seed, batch_size=BATCH)
    return [list(texts) for texts in found.by_prompt]


def _row(turns: list[str], on: list[str], off: list[str], again: list[str]) -> list[Any]:
    own = {word for turn in turns for word in words_in(turn)}
    word, with_it, without = _furthest(on, off, own)
    _, one, other = _furthest(off, again, own)
    return [" / ".join(turns), word, with_it, without, abs(one - other)]


def _furthest(first: list[str], second: list[str], own: set[str]) -> tuple[str, float, float]:
    """The word whose shares differ most between two samples of answers, and the shares; words of the question not."""
    one, other = word_rates(first), word_rates(second)
    words = sorted((one.keys() | other.keys()) - own)
    furthest = max(words, key=lambda word: abs(one.get(word, 0.0) - other.get(word, 0.0)), default="")
    return furthest, one.get(furthest, 0.0), other.get(furthest, 0.0)
