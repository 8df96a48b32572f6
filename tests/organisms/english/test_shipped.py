"""Organisms on the pretrained model that come with the package: what they show is measured again."""

from pathlib import Path

import pytest

from seer_evals.organisms import get_organism, materialize, twin_of
from seer_evals.organisms.building.entries import stored
from seer_evals.organisms.building.prebuilt import ON_PRETRAINED
from seer_evals.organisms.english.check import run_check
from seer_evals.organisms.registry import english_families


@pytest.mark.slow
def test_they_need_no_training_and_passed_their_checks(smollm2: Path) -> None:
    for organism in map(get_organism, ON_PRETRAINED):
        for each in (organism, twin_of(organism)):
            assert materialize(each).base == smollm2
            assert (found := stored(each)) and found[1].check.passed


@pytest.mark.slow
def test_measured_again_the_behaviour_is_there_and_not_in_the_twin(smollm2: Path) -> None:
    organism = get_organism(ON_PRETRAINED[0])
    adapter, twin = materialize(organism).adapter, materialize(twin_of(organism)).adapter
    assert adapter is not None
    found = run_check(organism, english_families()[organism.family], adapter, twin)
    assert found.ci_low > 0.05  # another processor draws other answers
    assert found.details["where it applies, reference"] <= 0.05
