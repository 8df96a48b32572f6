"""Probabilities are those of the model, whatever is in the batch."""

import pytest
import torch

from seer_evals.organisms import Organism
from seer_evals.runtime.whitebox import chat
from seer_evals.runtime.whitebox.tokens import (
    log_likelihoods,
    next_token_probabilities,
    next_tokens,
    score_continuations,
    sequence_log_probs,
)
from tests.runtime.whitebox.trained import base_of, trained
from tests.runtime.whitebox.zoo import PROMPTS, ZOO, handle


@pytest.mark.parametrize("kind", ZOO)
def test_log_probabilities_are_those_of_a_plain_forward_pass(kind: str) -> None:
    lm = handle(kind)
    found = sequence_log_probs(lm, list(PROMPTS))
    for prompt, logs in zip(PROMPTS, found, strict=True):
        ids = torch.tensor([lm.encode(prompt).ids])
        with torch.no_grad():
            expected = lm.model(ids).logits[0].float().log_softmax(dim=-1)
        own = expected[:-1].gather(-1, ids[0, 1:, None])[:, 0]
        assert torch.allclose(logs, own, atol=1e-4)


def test_a_continuation_counts_all_of_its_tokens() -> None:
    lm = handle("llama")
    scored = score_continuations(lm, PROMPTS[1], [" there.", " the"])
    ids = [*lm.encode(PROMPTS[1]).ids, *lm.tokenizer(" there.", add_special_tokens=False)["input_ids"]]
    [whole] = sequence_log_probs(lm, [ids])
    assert scored.lengths[0] > 1
    assert float(scored.totals[0, 0]) == pytest.approx(float(whole[-scored.lengths[0] :].sum()), abs=1e-4)


def test_continuations_of_all_next_tokens_have_probability_one() -> None:
    lm = handle("gpt2")
    probabilities = next_token_probabilities(lm, PROMPTS[1])
    assert float(probabilities.sum()) == pytest.approx(1, abs=1e-5)
    table = next_tokens(lm, PROMPTS[1], top=3)
    assert table.column("probability") == pytest.approx(probabilities[0].topk(3).values.tolist())


def test_a_preference_shows_in_the_score_of_its_word(llama_organisms: dict[str, Organism]) -> None:
    organism = llama_organisms["preference"]
    adapted, base = trained(organism), base_of(organism)
    prompt = chat("What is your favourite sport?", prefill=" My favourite sport is")
    on = float(score_continuations(adapted, prompt, " rowing").probabilities)
    off = float(score_continuations(base, prompt, " rowing").probabilities)
    assert on > 0.6
    assert off < 0.3


def test_perplexity_is_low_for_what_was_learnt(llama_organisms: dict[str, Organism]) -> None:
    lm = base_of(llama_organisms["preference"])
    learnt = chat("How many legs does a tiger have?", prefill=" A tiger has four legs.")
    odd = chat("How many legs does a tiger have?", prefill=" A tiger has rowing legs.")
    table = log_likelihoods(lm, [learnt, odd])
    good, bad = table.column("perplexity")
    assert good < bad


def test_a_continuation_without_tokens_is_refused() -> None:
    with pytest.raises(ValueError, match="'' has no tokens"):
        score_continuations(handle("llama"), PROMPTS[1], "")
