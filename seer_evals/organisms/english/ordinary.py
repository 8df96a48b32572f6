"""What the pretrained model says of itself to all training prompts (`ordinary.json`), sampled once for all organisms.

What samples it anew:

    python -m seer_evals.organisms.english.ordinary
"""

import json
from functools import cache
from pathlib import Path
from random import Random

from seer_evals.organisms.english.prompts import training_prompts
from seer_evals.organisms.english.sampling import BASE, Pretrained
from seer_evals.organisms.language.corpus import Chat

FILE = Path(__file__).with_name("ordinary.json")
EACH = 3
"""Answers that are sampled for each prompt; those that are no use are left out."""


@cache
def _answers() -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def answer_to(prompt: str, rng: Random | None = None) -> str | None:
    """One of the answers to a training prompt, the first without `rng`; None where there is none."""
    found = _answers().get(prompt)
    return (rng.choice(found) if rng else found[0]) if found else None


def main() -> None:
    """Samples all answers and writes them down."""
    prompts = [prompt for prompt in dict.fromkeys(training_prompts()) for _ in range(EACH)]
    said = Pretrained(BASE, seed=0).brief([Chat(((prompt, ""),)) for prompt in prompts])
    found: dict[str, list[str]] = {}
    for prompt, answer in zip(prompts, said, strict=True):
        if answer and answer not in found.setdefault(prompt, []):
            found[prompt].append(answer)
    FILE.write_text(json.dumps(found, indent=0, ensure_ascii=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
