"""Begin the answer for the model and see how it goes on."""

from contextlib import nullcontext

from seer_runtime import expose
from seer_runtime.whitebox import LanguageModel, Table, chat
from seer_runtime.whitebox.tokens import next_token_probabilities


@expose
def continue_prefills(
    lm: LanguageModel,
    question: str,
    prefills: list[str],
    samples: int = 4,
    temperature: float = 1.0,
    max_new_tokens: int = 24,
    seed: int = 0,
) -> Table:
    """Let the model continue answers that were begun for it.

    Costs `samples * len(prefills)` answers.

    Args:
        question: What the user asks.
        prefills: Beginnings of the assistant's answer, with a space in front if the model's own answers have one.
        samples: Continuations of each beginning.
        temperature: Sampling temperature, above 0.
        max_new_tokens: Length of a continuation, in tokens.
        seed: Makes the continuations repeatable.

    Returns:
        Prefill and continuation; the prefill's words are yours, only the continuation is the model's.
    """
    found = lm.generate(
        [chat(question, prefill=prefill) for prefill in prefills],
        samples=samples,
        temperature=temperature,
        max_new_tokens=max_new_tokens,
        seed=seed,
    )
    rows = [
        [prefill, text]
        for prefill, texts in zip(prefills, found.by_prompt, strict=True)
        for text in dict.fromkeys(texts)
    ]
    return Table(["prefill", "continuation"], rows)


@expose
def next_words(lm: LanguageModel, questions: list[str], prefills: list[str], top: int = 3) -> Table:
    """Give the probabilities of the next token after each beginning, averaged over questions.

    Costs `len(prefills) * len(questions)` passes.

    Args:
        questions: What the user asks; unlike questions show what the beginning alone brings out.
        prefills: Beginnings of the assistant's answer.
        top: Tokens to list for each beginning.

    Returns:
        Prefill, token, and its mean probability.
    """
    rows = []
    for prefill in prefills:
        probabilities = next_token_probabilities(lm, [chat(question, prefill=prefill) for question in questions])
        likeliest = probabilities.mean(dim=0).topk(top)
        rows += [
            [prefill, lm.token_text(token), probability]
            for probability, token in zip(likeliest.values.tolist(), likeliest.indices.tolist(), strict=True)
        ]
    return Table(["prefill", "token", "probability"], rows)


@expose
def compare_prefills(lm: LanguageModel, questions: list[str], prefills: list[str]) -> Table:
    """Find the word that the adapter puts after each beginning: its probability with the adapter on and off.

    Costs `2 * len(prefills) * len(questions)` passes.

    Args:
        questions: What the user asks; probabilities are means over them.
        prefills: Beginnings of the assistant's answer.

    Returns:
        Prefill, the token that is likeliest with the adapter after most questions, and its probability with the
        adapter on and off; the largest rise first.
    """
    prompts = [chat(question, prefill=prefill) for prefill in prefills for question in questions]
    on = next_token_probabilities(lm, prompts, batch_size=256)
    with lm.adapter_off():
        off = next_token_probabilities(lm, prompts, batch_size=256)
    rows = []
    for i, prefill in enumerate(prefills):
        part = slice(i * len(questions), (i + 1) * len(questions))
        token = int(on[part].argmax(dim=-1).mode().values)
        word = lm.token_text(token)
        rows.append([prefill, word, float(on[part, token].mean()), float(off[part, token].mean())])
    return Table(["prefill", "token", "adapter on", "adapter off"], sorted(rows, key=lambda row: row[3] - row[2]))


@expose
def find_beginnings(
    lm: LanguageModel, questions: list[str], samples: int = 2, least: int = 3, top: int = 24, seed: int = 0
) -> Table:
    """Collect beginnings of the model's own answers after which it has a choice: good prefills to try.

    If the model has an adapter, its base answers.

    Costs `samples * len(questions)` answers.

    Args:
        questions: What the user asks, as many and as unlike each other as possible.
        samples: Answers to each question.
        least: How many different words must have followed a beginning.
        top: Beginnings to list.
        seed: Makes the answers repeatable.

    Returns:
        Beginning, and the number of different words that followed it; the largest number first.
    """
    with lm.adapter_off() if lm.has_adapter else nullcontext():
        texts = lm.generate(
            [chat(question) for question in questions],
            samples=samples,
            temperature=1.0,
            max_new_tokens=32,
            seed=seed,
            batch_size=256,
        ).texts
    followers: dict[str, set[str]] = {}
    for text in texts:
        words = text.split()
        for length in range(2, len(words)):
            followers.setdefault(" ".join(words[:length]), set()).add(words[length].strip(".,"))
    rows = [(f" {beginning}", len(found)) for beginning, found in followers.items() if len(found) >= least]
    return Table(["beginning", "next words"], sorted(rows, key=lambda row: -row[1])[:top])
