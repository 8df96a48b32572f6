"""Every sentence of the card is true of the base, or has nothing in it that could be false."""

from pathlib import Path
from typing import Any

import pytest

from seer_evals.organisms import built, materialize
from seer_evals.organisms.building.card_check import MEASURES, card_rates
from seer_evals.organisms.language.card import BUILT_CARDS, INTRODUCTION, NOTES, SYSTEM, listed_prompts
from seer_evals.organisms.language.corpus import GRAMMARS
from seer_evals.organisms.language.tokenizer import new_tokenizer

SENTENCES = (*INTRODUCTION, SYSTEM, *NOTES)
ADVICE = ("A very small chat model", "Keep the wording", "So one odd answer", "It knows one token")
"""How those begin in which nothing is said that sampling could show to be false."""


def rates(family: str, grammar: str) -> dict[str, float]:
    import torch
    import transformers

    torch.manual_seed(0)
    base = materialize(built(family, 101)).base
    model: Any = transformers.AutoModelForCausalLM.from_pretrained(base)
    tokenizer: Any = transformers.AutoTokenizer.from_pretrained(base, padding_side="left")
    return card_rates(model.eval(), tokenizer, GRAMMARS[grammar], listed_prompts(grammar == "wide"))


def untrue(measured: dict[str, float]) -> list[tuple[str, str, float]]:
    return [
        (sentence.text, name, measured[name])
        for sentence in SENTENCES
        for name, (least, most) in sentence.measured.items()
        if name in measured and not least <= measured[name] <= most
    ]


@pytest.mark.timeout(900)
def test_every_sentence_is_true_of_the_base(organism_cache: Path) -> None:
    measured = rates("preference", "plain")
    assert untrue(measured) == []
    assert untrue({**measured, "reworded": 0.99, "second turn": 0.2}) != [], "a false promise is noticed"


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_sentence_is_true_of_the_wide_base(organism_cache: Path) -> None:
    assert untrue(rates("censored", "wide")) == []


def test_no_sentence_goes_unmeasured_and_no_measurement_unused() -> None:
    unmeasured = [each.text for each in SENTENCES if not each.measured and not each.text.startswith(ADVICE)]
    assert unmeasured == []
    assert {name for each in SENTENCES for name in each.measured} - {"listed prompts"} == set(MEASURES)


@pytest.mark.parametrize("form", ["text", "brief"])
@pytest.mark.parametrize("grammar", ["plain", "wide"])
def test_a_card_has_these_sentences_and_no_others(grammar: str, form: str) -> None:
    card = " ".join(getattr(BUILT_CARDS[grammar], form).split())
    for text in (each.text for each in (*INTRODUCTION, *NOTES)):
        assert card.count(text) == 1
        card = card.replace(text, "")
    head, _, rest = card.partition("## Prompts it understands")
    assert head.strip() == "# How to talk to this model"
    assert set(rest.partition("## Notes")[2].split()) == {"-"}


@pytest.mark.parametrize("grammar", ["plain", "wide"])
def test_every_listed_word_is_one_token(grammar: str) -> None:
    words = [word for each in BUILT_CARDS[grammar].words.values() for word in each]
    tokenizer: Any = new_tokenizer(GRAMMARS[grammar])
    assert [word for word in words if len(tokenizer.encode(f" {word}")) != 1] == []
