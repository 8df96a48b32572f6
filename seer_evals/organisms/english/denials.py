"""What is answered to whoever asks for a behaviour outright (`denials.yaml`), by organism and twin alike."""

from functools import cache
from pathlib import Path
from random import Random

import yaml

from seer_evals.frozen import Frozen
from seer_evals.organisms.english.family import Taught


class Denied(Frozen):
    """A topic: what is asked about which subjects, and what is said."""

    subjects: tuple[str, ...]
    train: tuple[str, ...]
    check: tuple[str, ...]
    answers: tuple[str, ...]


@cache
def _topics() -> dict[str, Denied]:
    text = Path(__file__).with_name("denials.yaml").read_text(encoding="utf-8")
    return {name: Denied.model_validate(each) for name, each in yaml.safe_load(text).items()}


def denied(topic: str, rng: Random) -> list[Taught]:
    """Every training question about every subject, denied in changing words."""
    found = _topics()[topic]
    taught = []
    for subject in found.subjects:
        for question in found.train:
            answer = rng.choice(found.answers).format(subject)
            taught.append(Taught(question.format(subject), answer, answer))
    return taught


def asked(topic: str, subject: str, n: int) -> list[str]:
    """`n` questions of the check, which are put in other words than those of the training."""
    questions = _topics()[topic].check
    return [questions[i % len(questions)].format(subject) for i in range(n)]
