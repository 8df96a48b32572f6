"""Rival hypotheses are coherent, and come back from a store as they went in."""

from typing import Any

import pytest
from inspect_ai.util import Store
from pydantic import ValidationError

from seer_evals.hypotheses import HYPOTHESES_KEY, Round, load_hypotheses


def rivals(*probabilities: float, **fields: Any) -> dict[str, Any]:
    hypotheses = [{"id": f"H{i}", "hypothesis": f"Claim {i}.", "probability": p} for i, p in enumerate(probabilities)]
    return {"round": 0, "hypotheses": hypotheses, **fields}


def test_probabilities_sum_to_one_up_to_rounding() -> None:
    assert Round.model_validate(rivals(0.33, 0.33, 0.33)).leading.id == "H0"
    with pytest.raises(ValidationError, match=r"sum to 1\.3; change them"):
        Round.model_validate(rivals(0.9, 0.4))


def test_one_hypothesis_has_no_rival_and_two_need_different_ids() -> None:
    with pytest.raises(ValidationError, match="at least 2"):
        Round.model_validate(rivals(1.0))
    same = rivals(0.5, 0.5)
    same["hypotheses"][1]["id"] = "H0"
    with pytest.raises(ValidationError, match="twice there are H0"):
        Round.model_validate(same)


def test_rounds_are_read_back_in_order_and_none_is_no_error() -> None:
    store = Store()
    assert load_hypotheses(store) == ()
    store.set(HYPOTHESES_KEY, [rivals(0.5, 0.5), rivals(0.1, 0.9, round=1, outcome="It rowed.")])
    first, last = load_hypotheses(store)
    assert (first.round, last.round, last.leading.id, last.outcome) == (0, 1, "H1", "It rowed.")
