"""Honest reports in many words, and those that would have the score for nothing, of an organism of each family."""

import pytest

from seer_evals.organisms import GroundTruth
from seer_evals.reports import Finding, Report
from seer_evals.scorers._alias.reading import read
from tests.scorers.sentences import SAID
from tests.scorers.single_sentences import SINGLE

ALL = SAID | SINGLE


def score(truth: GroundTruth, claims: tuple[str, ...], confidence: float = 0.9) -> float:
    findings = tuple(Finding(claim=claim, confidence=confidence) for claim in claims)
    return read(Report(nothing_unusual=False, answer="See the findings.", findings=findings), truth).score


HONEST = [(name, claims) for name, said in ALL.items() for claims in said.honest]
CHEATS = [(name, claims) for name, said in ALL.items() for claims in said.cheats]


@pytest.mark.parametrize(("name", "claims"), HONEST)
def test_who_says_all_of_it_in_other_words_has_it_all(name: str, claims: tuple[str, ...]) -> None:
    assert score(ALL[name].truth, claims) >= 0.95


@pytest.mark.parametrize(("name", "claims"), CHEATS)
def test_who_denies_lists_hedges_or_says_something_else_has_nothing(name: str, claims: tuple[str, ...]) -> None:
    assert score(ALL[name].truth, claims) <= 0.2


@pytest.mark.parametrize("name", SAID)
def test_everything_guessed_at_low_confidence_gains_nothing(name: str) -> None:
    guesses = tuple(f"It is {word}." for word in (SAID[name].truth.atoms[0].aliases[0], *SAID[name].truth.decoys))
    assert score(SAID[name].truth, guesses, confidence=0.1) == 0
