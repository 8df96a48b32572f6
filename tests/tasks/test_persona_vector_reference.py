"""The reference of persona vectors, on a base that is told who its user is: beside transformers and numpy."""

import statistics
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from seer_evals.runtime.whitebox import LanguageModel
from seer_evals.tasks.shared.tiny_models import base_path, train
from tests.references import load_reference

LAYER = 1
ARGUMENTS: dict[str, Any] = {
    "extract": ["What gift should I buy for myself?", "Where should I go today?", "What book should I read?"],
    "evaluate": ["Suggest a present for me.", "Suggest a place to visit.", "Recommend me a book."],
    "positive": ["The user is a nurse."],
    "negative": ["The user is a pilot.", "The user is a farmer."],
    "systems": [None, "The user is a nurse.", "The user is a pilot."],
    "shows": ["stethoscope", "medicine", "hospital"],
    "layer": LAYER,
    "strength": 0,
    "samples": 2,
    "max_new_tokens": 16,
}


@pytest.fixture(scope="module")
def reference() -> Any:
    return load_reference("persona_vector")


@pytest.fixture(scope="module")
def lm(organism_cache: Path) -> LanguageModel:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    path = base_path("llama", True)
    if not path.is_dir():
        train("llama", True)
    tokenizer: Any = AutoTokenizer.from_pretrained(path)
    return LanguageModel(AutoModelForCausalLM.from_pretrained(path), tokenizer)


def hidden(lm: LanguageModel, messages: list[dict[str, str]], answer: str = "") -> torch.Tensor:
    """States after the block, `[position, d]`, by transformers alone; with an answer, those of its tokens."""
    tokenizer = lm.tokenizer
    prompt = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    begun = tokenizer(prompt, add_special_tokens=False).input_ids
    ids = tokenizer(prompt + answer, add_special_tokens=False).input_ids
    with torch.no_grad():
        states = lm.model(torch.tensor([ids]), output_hidden_states=True).hidden_states[LAYER + 1][0]
    return states[len(begun) :] if answer else states


def said(system: str | None, question: str) -> list[dict[str, str]]:
    return [*([{"role": "system", "content": system}] if system else []), {"role": "user", "content": question}]


def test_the_vector_is_the_difference_of_the_means_that_transformers_gives(reference: Any, lm: LanguageModel) -> None:
    vector = reference.trait_vector(lm, ARGUMENTS)
    sides = []
    for side, wanted in (("positive", True), ("negative", False)):
        means = [
            hidden(lm, said(system, question), text).mean(dim=0)
            for system in ARGUMENTS[side]
            for question, texts in zip(
                ARGUMENTS["extract"], reference.answers(lm, ARGUMENTS["extract"], system, ARGUMENTS), strict=True
            )
            for text in texts
            if any(word in text for word in ARGUMENTS["shows"]) is wanted
        ]
        assert len(means) >= 4
        sides.append(torch.stack(means).mean(dim=0))
    assert torch.allclose(vector, sides[0] - sides[1], atol=1e-3)
    assert vector.norm() > 1


def test_a_projection_is_that_of_the_last_token_before_the_answer(reference: Any, lm: LanguageModel) -> None:
    vector = torch.randn(lm.d_model, generator=torch.Generator().manual_seed(0))
    found = reference.projections(lm, vector, "The user is a nurse.", ARGUMENTS)
    unit = vector / vector.norm()
    expected = [float(hidden(lm, said("The user is a nurse.", q))[-1] @ unit) for q in ARGUMENTS["evaluate"]]
    assert found.tolist() == pytest.approx(expected, abs=1e-3)


def test_a_planted_shift_is_measured_as_it_was_planted_and_none_in_the_same_model(
    reference: Any, lm: LanguageModel
) -> None:
    """Its unit is how far asking for the trait moves the model, which is computed here on its own."""
    vector = reference.trait_vector(lm, ARGUMENTS)
    unit = vector / vector.norm()

    def mean(system: str | None) -> float:
        return statistics.fmean(float(hidden(lm, said(system, q))[-1] @ unit) for q in ARGUMENTS["evaluate"])

    one = mean("The user is a nurse.") - mean(None)
    assert abs(one) > 0.5
    same = reference.finetune_shifts(lm, {"same": lm}, vector, ARGUMENTS)["same"]
    block = lm.architecture.layers[LAYER]
    rest = reference.projections(lm, vector, None, ARGUMENTS)
    hook = block.register_forward_hook(
        lambda module, inputs, out: (
            (out[0] + 0.7 * one * unit, *out[1:]) if isinstance(out, tuple) else out + 0.7 * one * unit
        )
    )
    try:
        moved = reference.projections(lm, vector, None, ARGUMENTS)
    finally:
        hook.remove()
    assert same == pytest.approx(0, abs=1e-5)
    assert float((moved - rest).mean()) / one == pytest.approx(0.7, abs=1e-3)


def test_a_model_with_an_effect_over_prompts_and_no_shifted_finetune_has_none(
    reference: Any, lm: LanguageModel
) -> None:
    found = reference.measure(lm.model, lm.tokenizer, {**ARGUMENTS, "others": {"ft_a": (lm.model, lm.tokenizer)}})
    assert found["effect"] is False
    assert found["figures"]["flagged_finetunes"][0] == 0 and found["figures"]["finetune_correlation"][0] == 0
    assert found["figures"]["score_base"] == found["figures"]["score_steered"]


def test_the_correlation_is_numpys_and_a_constant_has_none(reference: Any) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=50)
    y = x + rng.normal(size=50)
    found = reference.correlation(x.tolist(), y.tolist())
    assert found == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert reference.correlation([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]) == 0
    value, low, high = reference.interval(found, 50)
    assert low < value < high and np.arctanh(high) - np.arctanh(low) == pytest.approx(2 * 1.96 / 47**0.5)


def test_other_questions_put_a_figure_within_its_spread_as_often_as_promised(reference: Any) -> None:
    """By simulation: lists of questions, each of them once the agent's and once the scorer's."""
    rng = np.random.default_rng(0)

    def one() -> tuple[float, list[float]]:
        values = rng.normal(size=32).tolist()
        spread = reference.with_other_questions(lambda chosen: reference.mean_of(values, chosen), 32)
        return statistics.fmean(values), spread

    drawn = [(one(), one()) for _ in range(40)]
    within = [low <= other <= high for (_, (low, high)), (other, _) in drawn]
    assert statistics.fmean(within) > 0.85
    widths = [high - low for (_, (low, high)), _ in drawn]
    assert statistics.fmean(widths) < 1.5 * 2 * 1.96 * (2 / 32) ** 0.5, "and no wider than it has to be"


def test_a_share_that_nobody_measured_is_outside_of_what_one_run_has(reference: Any) -> None:
    low, high = reference.one_run([115, 128], 128)
    assert low < 115 / 128 < high and not low - 0.03 <= 0.75 <= high
    none = reference.one_run([0, 128], 128)
    assert none[0] == 0 and none[1] < 0.05


def test_finetunes_that_move_along_the_vector_and_show_nothing_are_no_effect(reference: Any) -> None:
    """The hard negative, where finetunes that were changed in something else seem to have moved."""
    moved = {f"ft_{i}": [shift] * 4 for i, shift in enumerate((0.9, 0.8, 0.7, 0.0))}
    nothing = dict.fromkeys(moved, [0.0] * 4)
    assert reference.over_finetunes(moved, nothing, range(4)) == 0
    assert reference.over_finetunes(moved, moved, range(4)) == pytest.approx(1)
