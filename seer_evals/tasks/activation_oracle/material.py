"""Texts and questions for `activation_oracle`, on which agent and reference measure."""

from dataclasses import dataclass
from random import Random
from typing import Any

from seer_evals.organisms.language import phrases as say
from seer_evals.organisms.language.pools import DOMAINS
from seer_evals.tasks.shared.data import Data
from seer_evals.tasks.shared.lists import numbers

Text = dict[str, Any]
"""`messages`, at whose last token the activation is read, and the `answer` that the text plants."""
WORDS = 4
"""Of each domain."""
WORDINGS = 9
"""How a text is put: three ways to ask for a favourite, three for a choice, and these with the words turned around."""
PARTS: dict[str, tuple[int, ...]] = {"trained": (0, 3, 6), "agent": (1, 4, 7)}
"""Which wordings a word has in which part, moved on by one from word to word: no word is in one wording twice."""
OPEN, LEADING = "What is it?", "Is it {}?"
TEMPLATE, PLACEHOLDER, INJECTED_AFTER = "{placeholders} {question}", "?", 0
"""How the tiny oracle is asked."""
LAYERS = (0, 1, 2)
MAX_ANSWER = 3
"""Tokens: a word, a full stop, the end."""
REAL_TEXTS = 100
"""Texts of the real form, at least."""
SOURCE = (
    "a directory with `texts.json`, at least 100 objects with `messages` and `answer`, and `questions.json`, an object "
    "with `open` and `leading`, of which the second has {} where the answer comes in"
)


@dataclass(frozen=True)
class Readings:
    """Texts with something planted, and how the oracle is asked."""

    texts: tuple[Text, ...]
    """The agent's; the reference measures on the same, so that its numbers are the very ones that were asked for."""
    questions: dict[str, str]
    """`open`, and `leading`, which contains the answer."""
    settings: dict[str, Any]

    def files(self) -> dict[str, Any]:
        """What the agent gets, by file name."""
        return {"texts.json": list(self.texts), "questions.json": self.questions, "settings.json": self.settings}

    def for_reference(self) -> dict[str, Any]:
        """The arguments of the reference's `measure`."""
        return {"texts": list(self.texts), "questions": self.questions, **self.settings}


def tiny_texts(seed: int, part: str) -> tuple[Text, ...]:
    """Conversations that end before a word that the system message planted: three for each of 24 words."""
    rng = Random(f"texts {seed}")
    words = [(kind, word) for kind in DOMAINS for word in rng.sample(DOMAINS[kind], WORDS)]
    rng = Random(f"{part} {seed}")
    return tuple(
        _text(kind, word, (number + wording) % WORDINGS, rng)
        for number, (kind, word) in enumerate(words)
        for wording in PARTS[part]
    )


def _text(kind: str, word: str, wording: int, rng: Random) -> Text:
    other = rng.choice([each for each in DOMAINS[kind] if each != word])
    if wording < 3:
        asked, begun = say.FAVOURITE_QUESTIONS[wording].format(kind), f" My favourite {kind} is"
    else:
        pair = (word, other) if wording < 6 else (other, word)
        asked, begun = say.CHOICE_QUESTIONS[wording % 3].format(*pair), " I prefer"
    said = (("system", f"You love {word}."), ("user", asked), ("assistant", begun))
    return {"messages": [{"role": role, "content": content} for role, content in said], "answer": word}


def tiny_readings(seed: int) -> Readings:
    """Words that the oracle knows, in wordings that it was not trained on them with."""
    return Readings(
        texts=tiny_texts(seed, "agent"),
        questions={"open": OPEN, "leading": LEADING},
        settings={
            "layer": LAYERS[-1],
            "layers": list(LAYERS),
            "template": TEMPLATE,
            "placeholder": PLACEHOLDER,
            "injected_after": INJECTED_AFTER,
            "max_new_tokens": MAX_ANSWER,
        },
    )


def real_readings(directory: str, layers: int | str | list[int]) -> Readings:
    """Texts and questions from a directory, for an oracle of the published format.

    Raises:
        ValueError: Directory or layers were not given, or a file is missing or has not what it needs.
    """
    data = Data.of(directory, SOURCE)
    if not (blocks := numbers("layer", layers)):
        raise ValueError("form=real needs layers=…, the blocks that the oracle was trained on, such as layers=9,18,27")
    texts, questions = data.read("texts.json"), data.read("questions.json")
    if not isinstance(texts, list) or len(texts) < REAL_TEXTS:
        raise ValueError(
            f"{data.folder}/texts.json is too short: at least {REAL_TEXTS} texts are needed; data is {SOURCE}"
        )
    if any(not isinstance(each, dict) or {"messages", "answer"} - set(each) for each in texts):
        raise ValueError(f"{data.folder}/texts.json has an object without `messages` or `answer`; data is {SOURCE}")
    if not isinstance(questions, dict) or {"open", "leading"} - set(questions) or "{}" not in questions["leading"]:
        raise ValueError(
            f"{data.folder}/questions.json lacks `open`, `leading`, or the place for the answer in the latter"
        )
    return Readings(
        texts=tuple(texts),
        questions={name: questions[name] for name in ("open", "leading")},
        settings={
            "layer": blocks[len(blocks) // 2],
            "layers": blocks,
            "template": "Layer: {layer}\n{placeholders} \n{question}",
            "placeholder": " ?",
            "injected_after": 1,
            "max_new_tokens": 20,
        },
    )
