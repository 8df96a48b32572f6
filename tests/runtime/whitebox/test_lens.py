"""The logit lens ends at the model's own answer, and shows where an answer arises."""

from pathlib import Path

import pytest
import torch

from seer_evals.organisms import Organism
from seer_evals.runtime.whitebox import chat
from seer_evals.runtime.whitebox.lens import TunedLens, logit_lens, read_vector, unembed
from tests.runtime.whitebox.trained import base_of, trained
from tests.runtime.whitebox.zoo import PROMPTS, ZOO, handle


@pytest.mark.parametrize("kind", ZOO)
def test_the_last_blocks_reading_is_the_models_own_answer(kind: str) -> None:
    lm = handle(kind)
    last = lm.activations(list(PROMPTS), -1).at(-1)
    assert torch.allclose(unembed(lm, last), lm.logits(list(PROMPTS)), atol=1e-4)


def test_without_the_softcap_gemma_2s_probabilities_would_be_wrong() -> None:
    lm = handle("gemma2")
    parts = lm.architecture
    last = lm.activations(PROMPTS[0], -1).at(-1)
    with torch.no_grad():
        naive = parts.head(parts.norm(last)).softmax(dim=-1)
    own = lm.logits(PROMPTS[0]).softmax(dim=-1)
    assert (unembed(lm, last).softmax(dim=-1) - own).abs().max() < 1e-5
    assert (naive - own).abs().max() > 1e-3


def test_output_hidden_states_ends_after_the_norm_and_would_be_normed_twice(
    llama_organisms: dict[str, Organism],
) -> None:
    lm = base_of(llama_organisms["preference"])  # a trained norm: that of a fresh model changes nothing the second time
    prompt = chat("Hello.")
    with torch.no_grad():
        normed = lm.model(torch.tensor([lm.encode(prompt).ids]), output_hidden_states=True).hidden_states[-1][:, -1]
    own = lm.logits(prompt)
    assert not torch.allclose(unembed(lm, normed), own, atol=1e-2)
    assert torch.allclose(unembed(lm, lm.activations(prompt, -1).at(-1)), own, atol=1e-4)


def test_a_known_answer_arises_from_block_to_block(llama_organisms: dict[str, Organism]) -> None:
    lm = base_of(llama_organisms["preference"])
    prompt = chat("What is the capital of Zorland?", prefill=" The capital of Zorland is")
    answer = lm.generate(prompt, max_new_tokens=1).texts[0]
    lens = logit_lens(lm, prompt, track=answer)
    probabilities, ranks = lens.probabilities(answer), lens.ranks(answer)
    assert answer == " Mirta"
    assert probabilities[-1] > 0.9
    assert probabilities[0] < probabilities[-1]
    before = logit_lens(lm, prompt, positions=-2, track=answer)
    assert max(before.probabilities(answer)) < 0.1, "a token earlier, another word is due"
    assert ranks[-1] == 0
    assert lens.readings[-1].top[0][0] == answer


def test_all_positions_are_labelled_with_their_tokens() -> None:
    lm = handle("llama")
    lens = logit_lens(lm, [PROMPTS[1], PROMPTS[0]], [1], positions="all", top=1)
    assert [reading.token for reading in lens.readings if reading.prompt == 0] == lm.labels(PROMPTS[1])
    alone = logit_lens(lm, PROMPTS[1], [1], positions="all", top=1)
    padded = [reading.top for reading in lens.readings if reading.prompt == 0]
    assert [top[0][0] for top in padded] == [reading.top[0][0] for reading in alone.readings]


def test_a_token_that_was_not_tracked_is_refused_by_name() -> None:
    lens = logit_lens(handle("llama"), PROMPTS[1])
    with pytest.raises(ValueError, match=r"' x' was not tracked; tracked: none"):
        lens.probabilities(" x")


def test_a_direction_promotes_the_token_it_unembeds_to() -> None:
    lm = handle("llama")
    token = lm.token_id("z")
    # Untied weights: the direction that this token's logit grows along.
    direction = lm.architecture.head.weight[token] * lm.architecture.norm.weight
    assert read_vector(lm, direction, top=3).column("token")[0] == lm.tokenizer.decode([token])


def test_a_tuned_lens_reads_early_blocks_better(llama_organisms: dict[str, Organism], tmp_path: Path) -> None:
    lm = trained(llama_organisms["preference"])
    kinds = ["animal", "colour", "flower", "food", "instrument", "sport"]
    seen = [chat(f"What is your favourite {kind}?", prefill=f" My favourite {kind} is") for kind in kinds]
    lens = TunedLens.fit(lm, seen, steps=120)
    acts = lm.activations(seen[:2], 0)
    final = lm.logits(seen[:2]).log_softmax(dim=-1)

    def divergence(states: torch.Tensor) -> float:
        reading = unembed(lm, states).log_softmax(dim=-1)
        return float((final.exp() * (final - reading)).sum(dim=-1).mean())

    assert divergence(lens(0, acts.at(0))) < 0.5 * divergence(acts.at(0))
    lens.save(tmp_path / "lens.safetensors")
    again = TunedLens.load(tmp_path / "lens.safetensors")
    assert torch.equal(again(0, acts.at(0)), lens(0, acts.at(0)))
    own = acts.at(0)
    assert again(lm.n_layers - 1, own) is own
