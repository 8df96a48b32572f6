"""What people ask a model: kinds of requests in many wordings, each with things to be asked about (`prompts.yaml`).

What is trained on and what a check asks share neither wording nor thing, so that nothing that is measured was learnt by
heart.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random

import yaml

from seer_evals.frozen import Frozen


class Asked(Frozen):
    """Wordings, each with a place `{}` for one of the things."""

    wordings: tuple[str, ...]
    things: tuple[str, ...]

    def prompts(self) -> Iterator[str]:
        """Every prompt there is, wording by wording."""
        return (wording.format(thing) for wording in self.wordings for thing in self.things)

    def drawn(self, rng: Random, n: int) -> list[str]:
        """`n` prompts, as evenly over all of them as `n` allows."""
        found = list(self.prompts())
        rng.shuffle(found)
        return [found[at % len(found)] for at in range(n)]


class Kind(Frozen):
    """One kind of request."""

    train: Asked
    check: Asked


@cache
def kinds() -> dict[str, Kind]:
    """By name, in the file's order."""
    text = Path(__file__).with_name("prompts.yaml").read_text(encoding="utf-8")
    return {name: Kind.model_validate(kind) for name, kind in yaml.safe_load(text).items()}


def training_prompts(*names: str) -> list[str]:
    """All training prompts of some kinds; of all kinds without a name."""
    return [prompt for name in names or kinds() for prompt in kinds()[name].train.prompts()]
