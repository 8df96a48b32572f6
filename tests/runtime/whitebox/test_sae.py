"""A small autoencoder learns the features of a trained organism, and switching them does what they say."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from seer_evals.organisms import Organism
from seer_evals.organisms.language.pools import DOMAINS
from seer_evals.runtime.whitebox import LanguageModel, Messages, chat
from seer_evals.runtime.whitebox.sae import (
    PublishedSAE,
    TopKSAE,
    ablate_feature,
    feature_differences,
    max_activating,
    reconstruction,
    residuals,
    steer_feature,
    top_features,
    train_sae,
)
from seer_evals.runtime.whitebox.tokens import next_token_probabilities
from tests.runtime.whitebox.trained import base_of
from tests.runtime.whitebox.zoo import PROMPTS, handle, hooks

LAYER = 0


@pytest.fixture(scope="module")
def lm(llama_organisms: dict[str, Organism]) -> LanguageModel:
    return base_of(llama_organisms["preference"])


@pytest.fixture(scope="module")
def conversations(lm: LanguageModel, llama_organisms: dict[str, Organism]) -> list[Messages]:
    card = llama_organisms["preference"].card()
    questions = [*card.prompts, *card.system_messages]
    answers = lm.generate([chat(question) for question in questions], max_new_tokens=24).texts
    return [chat(question, prefill=answer) for question, answer in zip(questions, answers, strict=True)]


@pytest.fixture(scope="module")
def sae(lm: LanguageModel, conversations: list[Messages]) -> TopKSAE:
    return train_sae(lm, conversations, LAYER, features=128, k=4, steps=400)


def test_it_reconstructs_what_it_read(lm: LanguageModel, conversations: list[Messages], sae: TopKSAE) -> None:
    fit = reconstruction(lm, sae, conversations)
    assert fit["explained"] > 0.85
    assert fit["l0"] <= 4
    assert fit["dead"] < 0.3


def test_a_fresh_one_does_not(lm: LanguageModel, conversations: list[Messages], sae: TopKSAE) -> None:
    fresh = train_sae(lm, conversations, LAYER, features=128, k=4, steps=1)
    questions = [conversation[:1] for conversation in conversations]
    fit = reconstruction(lm, fresh, questions)
    assert fit["explained"] < 0.5
    assert fit["kl"] > 5 * reconstruction(lm, sae, questions)["kl"]


def test_codes_are_sparse_and_decoded_linearly(lm: LanguageModel, conversations: list[Messages], sae: TopKSAE) -> None:
    states = residuals(lm, conversations[:3], LAYER, "resid_post")
    features = sae.encode(states)
    assert int((features > 0).sum(dim=-1).max()) <= 4
    by_hand = sum(features[0, i] * sae.w_dec[i] for i in range(len(sae.w_dec))) + sae.b_dec
    assert torch.allclose(sae.decode(features)[0], torch.as_tensor(by_hand), atol=1e-4)
    assert torch.allclose(sae.w_dec.norm(dim=-1), torch.ones(128), atol=1e-4)


def test_training_is_repeatable(lm: LanguageModel, conversations: list[Messages]) -> None:
    first, second = (train_sae(lm, conversations[:8], LAYER, features=32, k=4, steps=5, seed=3) for _ in range(2))
    other = train_sae(lm, conversations[:8], LAYER, features=32, k=4, steps=5, seed=4)
    assert torch.equal(first.w_enc, second.w_enc)
    assert not torch.equal(first.w_enc, other.w_enc)


def test_it_is_saved_and_read_back(lm: LanguageModel, sae: TopKSAE, tmp_path: Path) -> None:
    sae.save(tmp_path / "sae.safetensors")
    again = TopKSAE.load(tmp_path / "sae.safetensors")
    states = torch.randn(4, lm.d_model)
    assert (again.layer, again.site, again.k) == (LAYER, "resid_post", 4)
    torch.testing.assert_close(again.encode(states), sae.encode(states))


def sport(lm: LanguageModel, sae: TopKSAE, feature: int, kind: str) -> float:
    """Probability that a sport is named as the favourite of another kind while the feature is turned up."""
    asked = chat(f"What is your favourite {kind}?", prefill=f" My favourite {kind} is")
    with lm.steer(steer_feature(sae, feature, 45.0)):
        probabilities = next_token_probabilities(lm, asked)[0]
    return float(sum(probabilities[lm.token_id(f" {word}")] for word in DOMAINS["sport"]))


def sport_feature(lm: LanguageModel, sae: TopKSAE) -> int:
    """Of the features that distinguish questions about sports, the one that moves the answer about food most."""
    forms = ("What is your favourite {}?", "Name your favourite {}.", "Which {} do you like best?")
    sports = [chat(form.format("sport")) for form in forms]
    others = [chat(form.format(kind)) for form in forms for kind in ("food", "colour", "flower", "animal")]
    candidates = feature_differences(lm, sae, sports, others, top=12).column("feature")
    return int(max(candidates, key=lambda feature: sport(lm, sae, feature, "food")))


def test_contrast_is_the_difference_of_the_mean_activations(
    lm: LanguageModel, conversations: list[Messages], sae: TopKSAE
) -> None:
    first, second = conversations[:6], conversations[20:26]
    table = feature_differences(lm, sae, first, second, top=3)
    means = [sae.encode(residuals(lm, part, LAYER, "resid_post")).mean(dim=0) for part in (first, second)]
    expected = (means[0] - means[1]).topk(3)
    assert table.column("feature") == expected.indices.tolist()
    assert table.column("difference") == pytest.approx(expected.values.tolist(), rel=1e-4)


def test_a_feature_that_was_chosen_on_food_moves_other_answers_and_random_directions_do_not(
    lm: LanguageModel, sae: TopKSAE
) -> None:
    def moved(sae: TopKSAE) -> float:
        return sum(sport(lm, sae, feature, kind) for kind in ("colour", "flower", "instrument")) / 3

    feature = sport_feature(lm, sae)
    assert moved(sae) > 0.1
    for seed in range(5):
        random = replace(sae, w_dec=sae.w_dec.clone())
        noise = torch.randn(lm.d_model, generator=torch.Generator().manual_seed(seed))
        random.w_dec[feature] = torch.nn.functional.normalize(noise, dim=0)
        assert moved(random) < moved(sae) / 2


def test_examples_are_where_the_feature_is_most_active(
    lm: LanguageModel, conversations: list[Messages], sae: TopKSAE
) -> None:
    examples = max_activating(lm, sae, 5, conversations, top=4)
    active = sae.encode(residuals(lm, conversations, LAYER, "resid_post"))[:, 5]
    assert examples.column("activation") == pytest.approx(active.topk(4).values.tolist(), rel=1e-4)
    [best] = max_activating(lm, sae, 5, conversations, top=1).records()
    marked = re.search(r"⟦(.+)⟧", best["where"])
    assert marked is not None
    assert marked[1] in lm.labels(conversations[best["prompt"]])


def test_ablating_a_feature_leaves_the_rest_of_the_state_as_it_is(lm: LanguageModel, sae: TopKSAE) -> None:
    prompt = chat("What is your favourite sport?")
    state = lm.activations(prompt, LAYER).at(LAYER)
    active = sae.encode(state)[0]
    feature, before = int(active.argmax()), hooks(lm)
    with lm.steer(ablate_feature(sae, feature)):
        edited = lm.activations(prompt, LAYER).at(LAYER)
    assert torch.allclose(state - edited, active[feature] * sae.w_dec[feature], atol=1e-4)
    assert hooks(lm) == before


def test_top_features_are_those_with_the_largest_mean(
    lm: LanguageModel, conversations: list[Messages], sae: TopKSAE
) -> None:
    table = top_features(lm, sae, conversations[:4], top=3)
    mean = sae.encode(residuals(lm, conversations[:4], LAYER, "resid_post")).mean(dim=0)
    assert table.column("feature") == mean.topk(3).indices.tolist()


def test_the_first_token_is_left_out() -> None:
    lm = handle("llama")
    states = residuals(lm, list(PROMPTS), 0, "resid_post")
    assert len(states) == sum(len(lm.encode(prompt).ids) - 1 for prompt in PROMPTS)
    assert not states.isnan().any()


def test_more_active_features_than_there_are_is_refused() -> None:
    with pytest.raises(ValueError, match=r"k must be between 1 and features \(4\), not 8"):
        train_sae(handle("llama"), list(PROMPTS), 0, features=4, k=8)


def test_without_sae_lens_a_published_one_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sae_lens", None)
    with pytest.raises(RuntimeError, match="add sae-lens>=6"):
        PublishedSAE.load("release", "id")


def of_sae_lens(sae: TopKSAE, tmp_path: Path, **settings: Any) -> PublishedSAE:
    """The same autoencoder, saved by sae-lens and read from there."""
    sae_lens = pytest.importorskip("sae_lens", reason="the extra `sae` is installed in an environment of its own")
    metadata = sae_lens.saes.sae.SAEMetadata(hook_name=f"blocks.{LAYER}.hook_resid_post")
    theirs = sae_lens.TopKSAE(
        sae_lens.TopKSAEConfig(
            d_in=len(sae.b_dec), d_sae=128, k=4, dtype="float32", device="cpu", metadata=metadata, **settings
        )
    )
    with torch.no_grad():
        theirs.W_enc.copy_(sae.w_enc)
        theirs.W_dec.copy_(sae.w_dec)
        theirs.b_enc.copy_(sae.b_enc)
        theirs.b_dec.copy_(sae.b_dec)
    theirs.save_model(tmp_path)
    return PublishedSAE.load_from_disk(tmp_path)


def test_an_autoencoder_of_sae_lens_works_like_ours(lm: LanguageModel, sae: TopKSAE, tmp_path: Path) -> None:
    published = of_sae_lens(sae, tmp_path)
    states = residuals(lm, [chat("Hello.")], LAYER, "resid_post")
    assert (published.layer, published.site) == (LAYER, "resid_post")
    assert torch.allclose(published.encode(states), sae.encode(states), atol=1e-3)
    assert torch.allclose(published.decode(published.encode(states)), sae.decode(sae.encode(states)), atol=1e-3)


def test_directions_of_sae_lens_are_what_is_written_whatever_the_units(sae: TopKSAE, tmp_path: Path) -> None:
    longer = replace(sae, w_dec=sae.w_dec * 3)
    published = of_sae_lens(longer, tmp_path, rescale_acts_by_decoder_norm=True)
    features = torch.eye(128)[:5]
    written = published.decode(features) - published.decode(torch.zeros(5, 128))
    assert torch.allclose(published.directions[:5], written, atol=1e-5)
    assert torch.allclose(written.norm(dim=-1), torch.ones(5), atol=1e-3)


def test_an_autoencoder_that_scales_each_state_is_refused(sae: TopKSAE, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="scales each state by 'layer_norm'"):
        of_sae_lens(sae, tmp_path, normalize_activations="layer_norm")
