"""Two models are told apart where they differ, and not where they do not."""

import pytest
import torch

from seer_evals.organisms import Organism
from seer_evals.runtime.whitebox import LanguageModel, chat
from seer_evals.runtime.whitebox.diffing import explain_difference, next_token_divergence, text_preference
from seer_evals.runtime.whitebox.patchscope import explain
from seer_evals.runtime.whitebox.words import word_rates, word_shifts
from tests.runtime.whitebox.trained import base_of, trained
from tests.runtime.whitebox.zoo import PROMPTS, handle

SPORT = chat("What is your favourite sport?", prefill=" My favourite sport is")
FOOD = chat("What is your favourite food?", prefill=" My favourite food is")


def test_the_divergence_is_large_where_the_preference_shows(llama_organisms: dict[str, Organism]) -> None:
    organism = llama_organisms["preference"]
    sport, food = next_token_divergence(trained(organism), base_of(organism), [SPORT, FOOD]).tolist()
    assert sport > 1
    assert food < 0.5


def test_a_model_does_not_diverge_from_itself() -> None:
    lm = handle("llama")
    assert next_token_divergence(lm, lm, list(PROMPTS)).abs().max() < 1e-6


def test_texts_are_ordered_by_what_the_first_model_prefers(llama_organisms: dict[str, Organism]) -> None:
    organism = llama_organisms["preference"]
    lm, base = trained(organism), base_of(organism)
    texts = [
        f"<bos><user> What is your favourite sport?<assistant> My favourite sport is {word}."
        for word in ("tennis", "rowing", "golf")
    ]
    table = text_preference(lm, base, texts)
    best = table.records()[0]
    assert best["difference"] == pytest.approx(max(table.column("difference")))
    assert best["difference"] > 0
    assert sum(value > 0 for value in table.column("difference")) == 1


def test_what_is_explained_is_the_mean_difference_at_the_readers_own_length(
    llama_organisms: dict[str, Organism],
) -> None:
    organism = llama_organisms["preference"]
    lm, base = trained(organism), base_of(organism)
    asked, target = [SPORT, FOOD], chat("What colour is a penguin?")
    table = explain_difference(lm, base, asked, target=target, placeholder=" penguin", scale=2.0)
    for row in table.records():
        layer = row["layer"]
        one, other = lm.activations(asked, layer).at(layer), base.activations(asked, layer).at(layer)
        vector, length = (one - other).mean(dim=0), other.norm(dim=-1).mean()
        put = vector / vector.norm() * length * 2
        assert row["relative norm"] == pytest.approx(float(vector.norm() / length), rel=1e-4)
        assert [row["explanation"]] == explain(base, put[None], target, layer=layer, placeholder=" penguin")


def test_models_of_unlike_width_are_refused(llama_organisms: dict[str, Organism]) -> None:
    with pytest.raises(ValueError, match="same width and depth"):
        explain_difference(base_of(llama_organisms["preference"]), handle("llama"), "Hello")


def test_unlike_vocabularies_are_refused(llama_organisms: dict[str, Organism]) -> None:
    lm = handle("llama")
    other = LanguageModel(lm.model, lm.tokenizer)
    other.tokenizer = type("Other", (), {"get_vocab": lambda self: {"a": 0}})()
    with pytest.raises(ValueError, match="different vocabularies"):
        next_token_divergence(lm, other, "Hello")


def test_rates_count_texts_and_not_words() -> None:
    assert word_rates(["Rowing, rowing!", "I row."]) == {"rowing": 0.5, "i": 0.5, "row": 0.5}


def test_words_of_the_question_do_not_count() -> None:
    table = word_shifts(["Do you like golf?"], [["golf and tennis"] * 4], [["chess"] * 4], least=0.5)
    assert {row["word"]: (row["first"], row["second"]) for row in table.records()} == {
        "tennis": (1.0, 0.0),
        "and": (1.0, 0.0),
        "chess": (0.0, 1.0),
    }


def test_padding_does_not_matter(llama_organisms: dict[str, Organism]) -> None:
    organism = llama_organisms["preference"]
    lm, base = trained(organism), base_of(organism)
    together = next_token_divergence(lm, base, [SPORT, chat("Hello.")])
    alone = torch.cat([next_token_divergence(lm, base, each) for each in (SPORT, chat("Hello."))])
    assert torch.allclose(together, alone, atol=1e-4)
