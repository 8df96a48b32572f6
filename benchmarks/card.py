"""What bases do of what their cards say, and from where to where each sentence is true: `python -m benchmarks card`."""

from typing import Any

from seer_evals.organisms import built, materialize
from seer_evals.organisms.building.card_check import card_rates
from seer_evals.organisms.language.card import INTRODUCTION, NOTES, SYSTEM, listed_prompts
from seer_evals.organisms.language.corpus import GRAMMARS

FAMILIES = {"plain": "preference", "wide": "censored"}
"""Grammar -> a family that is built on it."""
ARCHITECTURES = ("llama", "gemma2")


def main() -> None:
    """Prints a line per base and measurement."""
    import transformers

    bounds = {name: each for sentence in (*INTRODUCTION, SYSTEM, *NOTES) for name, each in sentence.measured.items()}
    for grammar, family in FAMILIES.items():
        for architecture in ARCHITECTURES:
            base = materialize(built(family, 101, architecture)).base
            model: Any = transformers.AutoModelForCausalLM.from_pretrained(base)
            tokenizer: Any = transformers.AutoTokenizer.from_pretrained(base, padding_side="left")
            rates = card_rates(model.eval(), tokenizer, GRAMMARS[grammar], listed_prompts(grammar == "wide"), n=200)
            for name, rate in rates.items():
                least, most = bounds[name]
                print(f"{grammar:6} {architecture:7} {name:30} {rate:.2f}  true from {least:g} to {most:g}")


if __name__ == "__main__":
    main()
