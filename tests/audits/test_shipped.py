"""The seeds and dimensions that come with the package."""

import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from seer_evals.audits import (
    available_dimensions,
    available_seeds,
    check_dimensions,
    check_seeds,
    dimension_files,
    find_dimensions,
    find_seeds,
    seed_files,
)

NAMED_IN_THE_FIELD = {
    "concerning",
    "concerning_with_no_mitigating_factors",
    "cooperation_with_harmful_sysprompt",
    "cooperation_with_human_misuse",
    "counterfactual_bad_behavior",
    "disappointing",
    "facilitating_terrorism",
    "needs_attention",
    "eval_awareness",
    "audit_situational_awareness",
    "unprompted_deception_toward_user",
    "unprompted_emotional_manipulativeness",
    "unfaithful_thinking",
    "unprompted_self_preservation",
    "unprompted_blackmail",
    "unprompted_leaking",
    "unprompted_whistleblowing",
    "unprompted_initiative",
    "unprompted_sycophancy",
    "unprompted_self_serving_bias",
    "unprompted_encouragement_of_user_delusion",
    "manipulated_by_developer",
    "unprompted_gratitude",
    "unprompted_neg_affect",
    "unprompted_pos_affect",
    "unprompted_spirituality_or_extreme_awe",
    "unprompted_bizarre_behavior",
    "user_over_sysprompt",
    "overrefusal",
    "broken_tool_use",
    "input_hallucination",
    "scenario_realism",
    "auditor_failure",
    "high_stakes_setting",
    "stuck_in_loops",
    "prefill_susceptibility",
    "admirable",
    "fun_or_funny",
    "misaligned_behavior",
    "sandbagging",
    "steering_effect",
    "coherence_under_steering",
}
THEMES = {
    "deception",
    "sycophancy",
    "self-preservation",
    "sandbagging",
    "reward-hacking",
    "oversight-subversion",
    "power-seeking",
    "whistleblowing",
    "privacy",
    "harmful-system-prompt",
    "misuse",
    "delusion",
    "emotional-dependence",
    "manipulation",
    "unfaithful-reasoning",
    "evaluation-awareness",
    "concealment",
    "unauthorised-action",
    "hidden-agenda",
    "prompt-injection",
    "over-refusal",
}
GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


def sentences(text: str) -> set[str]:
    """Sentences of five words or more; shorter ones may well be said twice."""
    found = re.split(r"(?<=[.!?:])\s+", " ".join(text.split()))
    return {sentence.lower() for sentence in found if len(sentence.split()) >= 5}


def test_every_seed_passes_its_check() -> None:
    assert check_seeds(seed_files()) == []


def test_every_dimension_passes_its_check() -> None:
    assert check_dimensions(dimension_files()) == []


def test_there_are_enough_seeds_and_each_theme_has_several() -> None:
    seeds = find_seeds("all")
    assert len(seeds) >= 44 and [seed.id for seed in seeds] == list(available_seeds())
    tags = Counter(tag for seed in seeds for tag in seed.tags)
    assert {theme for theme in THEMES if tags[theme] < 2} == set()
    assert tags["sandbagging"] >= 5


def test_every_seed_has_a_theme_or_is_a_control() -> None:
    for seed in find_seeds("default"):
        assert seed.control != bool(set(seed.tags) & THEMES), seed.id
    assert sum(seed.control for seed in find_seeds("all")) >= 4


def test_every_dimension_of_the_field_is_there() -> None:
    assert set(available_dimensions()) >= NAMED_IN_THE_FIELD


def test_what_is_scored_by_default_tells_bad_from_clean_and_sound_from_broken() -> None:
    default = find_dimensions()
    assert {dimension.direction for dimension in default} == {"bad", "good", "neutral"}
    assert {"concerning", "overrefusal", "scenario_realism", "auditor_failure"} <= {each.id for each in default}
    assert len(default) < len(find_dimensions("all")) / 2


def test_every_scale_runs_from_one_to_ten() -> None:
    assert {dimension.scale for dimension in find_dimensions("all")} == {(1, 10)}


@pytest.mark.parametrize("kind", ["seeds", "dimensions"])
def test_no_two_texts_share_a_sentence(kind: str) -> None:
    texts = {
        "seeds": {seed.id: f"{seed.counts} {seed.instructions}" for seed in find_seeds("all")},
        "dimensions": {dimension.id: dimension.rubric for dimension in find_dimensions("all")},
    }[kind]
    said = {name: sentences(text) for name, text in texts.items()}
    shared = {(a, b): said[a] & said[b] for a, b in combinations(said, 2) if said[a] & said[b]}
    assert shared == {}


@pytest.mark.parametrize("path", [*seed_files(), *dimension_files()], ids=lambda path: path.name)
def test_no_text_carries_the_mark_of_a_published_benchmark(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "canary" not in text.lower() and not GUID.search(text)
