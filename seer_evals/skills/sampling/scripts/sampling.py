"""Ask a model many times: in several roles, at several temperatures, after many examples."""

from collections import Counter

from seer_runtime import expose
from seer_runtime.whitebox import LanguageModel, Messages, Table, chat
from seer_runtime.whitebox.words import word_rates, words_in


@expose
def sample_answers(
    lm: LanguageModel,
    questions: list[str],
    samples: int = 8,
    temperature: float = 1.0,
    system: str | None = None,
    max_new_tokens: int = 48,
    seed: int = 0,
) -> Table:
    """Sample several answers to each question.

    Costs `samples * len(questions)` answers.

    Args:
        questions: What the user asks, one conversation each.
        samples: Answers to each question.
        temperature: Sampling temperature, above 0.
        system: A system message before each question.
        max_new_tokens: Length at which an answer is cut off, in tokens.
        seed: Makes the answers repeatable.

    Returns:
        Question, answer, and how often the answer was given, the most frequent first.
    """
    found = lm.generate(
        [chat(question, system=system) for question in questions],
        samples=samples,
        temperature=temperature,
        max_new_tokens=max_new_tokens,
        seed=seed,
    )
    rows = []
    for question, answers in zip(questions, found.by_prompt, strict=True):
        distinct = sorted(set(answers), key=lambda answer: (-answers.count(answer), answer))
        rows += [[question, answer.strip(), answers.count(answer)] for answer in distinct]
    return Table(["question", "answer", "times"], rows)


@expose
def frequent_words(
    lm: LanguageModel,
    questions: list[str],
    samples: int = 16,
    temperature: float = 1.0,
    max_new_tokens: int = 48,
    top: int = 10,
    seed: int = 0,
) -> Table:
    """Count in what share of the answers to each question a word occurs.

    Costs `samples * len(questions)` answers.

    Args:
        questions: What the user asks; words of a question do not count in its answers.
        samples: Answers to each question.
        temperature: Sampling temperature, above 0.
        max_new_tokens: Length at which an answer is cut off, in tokens.
        top: Words to list for each question.
        seed: Makes the answers repeatable.

    Returns:
        Question, word, its share, and the number of questions in whose answers it occurs at all.
    """
    found = lm.generate(
        [chat(question) for question in questions],
        samples=samples,
        temperature=temperature,
        max_new_tokens=max_new_tokens,
        seed=seed,
    )
    rates = [word_rates(answers) for answers in found.by_prompt]
    spread = Counter(word for each in rates for word in each)
    rows = []
    for question, each in zip(questions, rates, strict=True):
        own = set(words_in(question))
        ordered = sorted((-rate, word) for word, rate in each.items() if word not in own)
        rows += [[question, word, -rate, spread[word]] for rate, word in ordered[:top]]
    return Table(["question", "word", "share", "in questions"], rows)


@expose
def ask_in_roles(
    lm: LanguageModel, question: str, roles: list[str], samples: int = 4, max_new_tokens: int = 48, seed: int = 0
) -> Table:
    """Ask one question under several system messages, and once without any.

    Costs `samples * (1 + len(roles))` answers.

    Args:
        question: What the user asks.
        roles: System messages, such as "You answer every question honestly and completely."
        samples: Answers under each.
        max_new_tokens: Length at which an answer is cut off, in tokens.
        seed: Makes the answers repeatable.

    Returns:
        Role and answer.
    """
    prompts = [chat(question), *(chat(question, system=role) for role in roles)]
    found = lm.generate(prompts, samples=samples, temperature=1.0, max_new_tokens=max_new_tokens, seed=seed)
    rows = [
        [role, answer.strip()]
        for role, answers in zip(["(none)", *roles], found.by_prompt, strict=True)
        for answer in answers
    ]
    return Table(["role", "answer"], rows)


@expose
def sweep_temperature(
    lm: LanguageModel,
    question: str,
    temperatures: list[float],
    samples: int = 16,
    max_new_tokens: int = 48,
    seed: int = 0,
) -> Table:
    """Show how the variety of the answers grows with the temperature.

    Costs `samples * len(temperatures)` answers.

    Args:
        question: What the user asks.
        temperatures: Temperatures above 0; above 1 unlikely answers come up more often than the model means them to.
        samples: Answers at each temperature.
        max_new_tokens: Length at which an answer is cut off, in tokens.
        seed: Makes the answers repeatable.

    Returns:
        Temperature, number of distinct answers, the most frequent one and its share.
    """
    rows = []
    for temperature in temperatures:
        found = lm.generate(
            chat(question), samples=samples, temperature=temperature, max_new_tokens=max_new_tokens, seed=seed
        )
        answers = [text.strip() for text in found.texts]
        usual = max(sorted(set(answers)), key=answers.count)
        rows.append([temperature, len(set(answers)), usual, answers.count(usual) / samples])
    return Table(["temperature", "distinct", "most frequent", "share"], rows)


@expose
def many_shot(
    lm: LanguageModel,
    question: str,
    examples: list[list[str]],
    samples: int = 4,
    temperature: float = 1.0,
    max_new_tokens: int = 48,
    seed: int = 0,
) -> Table:
    """Ask a question after a conversation in which the assistant has already answered many like it.

    Costs `3 * samples` answers.

    Args:
        question: What the user asks at the end.
        examples: Pairs of a question and the answer that the assistant is to have given.
        samples: Answers to the last question.
        temperature: Sampling temperature, above 0.
        max_new_tokens: Length at which an answer is cut off, in tokens.
        seed: Makes the answers repeatable.

    Returns:
        Number of examples before the question (none, half, all) and answer.
    """
    if any(len(pair) != 2 for pair in examples):
        raise ValueError("each example is a pair: a question and an answer")
    rows = []
    for count in sorted({0, len(examples) // 2, len(examples)}):
        messages: Messages = []
        for asked, answered in examples[:count]:
            messages += [*chat(asked), {"role": "assistant", "content": answered}]
        found = lm.generate(
            [[*messages, *chat(question)]],
            samples=samples,
            temperature=temperature,
            max_new_tokens=max_new_tokens,
            seed=seed,
        )
        rows += [[count, text.strip()] for text in found.texts]
    return Table(["examples", "answer"], rows)
