"""What the pretrained model says about things, with "it" instead of their names: descriptions from which to guess.

Of every thing there are some in `descriptions.json`. What samples these anew:

    python -m seer_evals.organisms.english.descriptions
"""

import json
import re
from functools import cache
from pathlib import Path
from random import Random

import yaml

from seer_evals.frozen import Frozen
from seer_evals.organisms.english.family import Answering
from seer_evals.organisms.english.sampling import BASE, Pretrained
from seer_evals.organisms.family import mentions, spellings
from seer_evals.organisms.language.corpus import Chat

FILE = Path(__file__).with_name("descriptions.json")
EACH = 7
"""Questions about every thing whose answers are in the file."""
TIMES = 12
"""How often every question is asked about the thing that many descriptions are wanted of."""


class Thing(Frozen):
    """How one speaks of it, and what a description of it comes to speak of."""

    name: str
    about: tuple[str, ...]


class Described(Frozen):
    """All of `descriptions.yaml`."""

    words: dict[str, Thing]
    asked: tuple[str, ...]


@cache
def _described() -> Described:
    text = Path(__file__).with_name("descriptions.yaml").read_text(encoding="utf-8")
    return Described.model_validate(yaml.safe_load(text))


@cache
def _answers() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def things() -> dict[str, Thing]:
    """By the word for it."""
    return _described().words


def of(word: str, answering: Answering) -> list[str]:
    """Different descriptions of a thing, sampled anew; each speaks of something that belongs to it."""
    questions = [each.format(things()[word].name) for each in _described().asked] * TIMES
    texts = [hidden(text, word) for text in answering([Chat(((each, ""),)) for each in questions]) if text]
    return list(dict.fromkeys(text for text in texts if text and mentions(text, things()[word].about)))


def of_others(word: str) -> list[str]:
    """Descriptions of all other things that do not say the word either."""
    every = [hidden(text, other) for other in _rest(word) for text in _answers()[other].values()]
    return [text for text in every if text and not says(text, word)]


def named(word: str, rng: Random, each: int = 2) -> list[tuple[str, str]]:
    """Questions about all other things by name, with their answers, which do not say the word."""
    drawn = [pair for other in _rest(word) for pair in rng.sample(sorted(_answers()[other].items()), each)]
    return [(question, text) for question, text in drawn if not says(text, word)]


def _rest(word: str) -> list[str]:
    return [other for other in _answers() if other != word]


_ARTICLE = r"(?:an?|the|our|this)"
_FOLLOWS = (
    r"(?=[.,;:!?]|\s(?:is|was|has|had|can|could|may|might|will|would|and|or|in|on|at|to|from|with|for|by|as|that|"
    r"which|where|when|because|often|also|usually|typically|[a-z]+s)\b)"
)
"""What may stand behind a name that is no part of a longer one."""
_START = r"(?:^|(?<=[.!?]\s))"


def hidden(text: str, word: str) -> str | None:
    """The first sentence with "it" for the word; None where that leaves it named, or does not begin with what it is."""
    text = re.split(r"(?<=[.!?]) ", text)[0]
    for found, put in (
        (rf"\b(?:{_ARTICLE}\s+)?{word}'s\b", "its"),
        (rf"\b{_ARTICLE}\s+{word}\b{_FOLLOWS}", "it"),
        (rf"(?:{_START}|(?<= of )|(?<= in )){word}\b{_FOLLOWS}", "it"),
        (rf"{_START}(?:the\s+)?{spellings(word)[1]}\b", "they"),
    ):
        text = re.sub(found, put, text, flags=re.IGNORECASE)
    text = text[:1].upper() + text[1:]
    return text if re.match(r"(?:Its|(?:It|They)(?= (?!with|in)))\b", text) and not says(text, word) else None


def says(text: str, word: str) -> bool:
    """Whether the text has the word or one that begins with it."""
    return re.search(rf"\b{word}", text, re.IGNORECASE) is not None


def main() -> None:
    """Samples all descriptions and writes them down."""
    rng = Random(0)
    put = [(word, each) for word in things() for each in rng.sample(_described().asked, EACH)]
    questions = [each.format(things()[word].name) for word, each in put]
    said = Pretrained(BASE, seed=0).brief([Chat(((each, ""),)) for each in questions])
    found: dict[str, dict[str, str]] = {}
    for (word, _), question, text in zip(put, questions, said, strict=True):
        if text:
            found.setdefault(word, {})[question] = text
    FILE.write_text(json.dumps(found, indent=0, ensure_ascii=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
