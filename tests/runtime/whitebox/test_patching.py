"""Patching moves an answer exactly where the difference is, and patchscopes read what was put in."""

import pytest
import torch

from seer_evals.organisms import Organism
from seer_evals.runtime.whitebox import chat
from seer_evals.runtime.whitebox.patching import logit_difference, patch
from seer_evals.runtime.whitebox.patchscope import explain, patchscope
from tests.runtime.whitebox.trained import base_of
from tests.runtime.whitebox.zoo import ZOO, handle, hooks

TIGER, PENGUIN = (chat(f"How many legs does a {animal} have?", prefill=" It has") for animal in ("tiger", "penguin"))


@pytest.mark.parametrize("kind", ZOO)
def test_patching_the_last_block_and_token_gives_the_other_answer(kind: str) -> None:
    lm = handle(kind)
    there = hooks(lm)
    found = patch(lm, "a b c", "a x c", logit_difference(lm, "c", "d"))
    assert found.effects.shape == (lm.n_layers, len(lm.labels("a b c")))
    assert float(found.effects[-1, -1]) == pytest.approx(1, abs=1e-3)
    same = [i for i, (a, b) in enumerate(zip(lm.labels("a b c"), lm.labels("a x c"), strict=True)) if a == b]
    before = [i for i in same if i < lm.labels("a x c").index("x" if "x" in lm.labels("a x c") else " x")]
    assert found.effects[:, before].abs().max() < 1e-3, "what comes before the difference carries none of it"
    assert hooks(lm) == there


def test_the_subject_carries_a_fact_early_and_the_last_token_late(llama_organisms: dict[str, Organism]) -> None:
    lm = base_of(llama_organisms["preference"])
    right, wrong = (lm.generate(prompt, max_new_tokens=1).texts[0] for prompt in (TIGER, PENGUIN))
    assert (right, wrong) == (" four", " two")
    found = patch(lm, TIGER, PENGUIN, logit_difference(lm, right, wrong), site="resid_pre")
    subject = found.labels.index(" penguin")
    assert found.effects[0, subject] > 0.9
    assert found.effects[0, -1].abs() < 0.05
    assert found.effects[-1, -1] > 0.9
    assert found.effects[-1, subject].abs() < 0.05
    assert found.strongest(1).records()[0]["effect"] == pytest.approx(float(found.effects.max()))


def test_a_batch_of_positions_equals_one_at_a_time(llama_organisms: dict[str, Organism]) -> None:
    lm = base_of(llama_organisms["preference"])
    metric = logit_difference(lm, " four", " two")
    together = patch(lm, TIGER, PENGUIN, metric, layers=[1])
    alone = patch(lm, TIGER, PENGUIN, metric, layers=[1], batch_size=1)
    assert torch.allclose(together.effects, alone.effects, atol=1e-4)


def test_the_heat_map_has_a_row_for_each_layer() -> None:
    lm = handle("llama")
    figure = patch(lm, "a b", "a c", logit_difference(lm, "x", "y")).plot()
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["0", "1", "2", "3"][: lm.n_layers]


def test_prompts_of_unlike_length_are_refused() -> None:
    lm = handle("llama")
    with pytest.raises(ValueError, match="patching needs as many in both"):
        patch(lm, "a b", "a b c", logit_difference(lm, "x", "y"))


def test_a_metric_without_difference_is_refused() -> None:
    lm = handle("llama")
    with pytest.raises(ValueError, match="there is no difference that a patch could carry"):
        patch(lm, "a b", "a b", logit_difference(lm, "x", "y"))


def test_a_patchscope_answers_about_the_word_that_was_put_in(llama_organisms: dict[str, Organism]) -> None:
    lm = base_of(llama_organisms["preference"])
    source = chat("How many legs does a tiger have?")
    tiger = lm.labels(source).index(" tiger")
    target = PENGUIN
    table = patchscope(
        lm, source, [0], position=tiger, site="resid_pre", target=target, placeholder=" penguin", max_new_tokens=1
    )
    with_penguin = lm.generate(target, max_new_tokens=1).texts[0]
    with_tiger = lm.generate(TIGER, max_new_tokens=1).texts[0]
    assert with_penguin != with_tiger
    assert table.column("explanation") == [with_tiger]


def test_each_vector_gets_its_own_explanation() -> None:
    lm = handle("llama")
    acts = lm.activations(["a b", "c d"], 1).at(1)
    together = explain(lm, acts, "x ? y", layer=1)
    assert together == [explain(lm, vector[None], "x ? y", layer=1)[0] for vector in acts]


def test_a_placeholder_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="occurs 0 times"):
        patchscope(handle("llama"), "a", target="no such thing", placeholder="?")
