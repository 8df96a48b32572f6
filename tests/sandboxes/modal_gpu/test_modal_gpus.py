"""Which GPUs may be asked for."""

import pytest

from seer_evals.sandboxes.modal_gpu._gpus import choices, problems


@pytest.mark.parametrize(
    ("kinds", "count"),
    [((), 1), (("H100", "A100-80GB"), 1), (("h100!",), 8), (("A10",), 4), (("any",), 8), (("RTX-PRO-6000",), 1)],
)
def test_what_modal_has_is_accepted(kinds: tuple[str, ...], count: int) -> None:
    assert list(problems(kinds, count)) == []


@pytest.mark.parametrize(
    ("kinds", "count", "words"),
    [
        (("A100-80",), 1, ["'A100-80'", "did you mean 'A100-80GB'?"]),
        (("RTX4090",), 1, ["'RTX4090'", "available: T4, L4"]),
        (("H100:2",), 1, ["gpu: [H100]", "gpu_count: 2"]),
        (("any", "H100"), 1, ["stands alone"]),
        (("H100", "h100"), 1, ["more than once"]),
        (("A10",), 5, ["gpu_count 5", "at most 4 of A10"]),
        (("H100", "A10"), 8, ["at most 4 of A10"]),
        (("any",), 9, ["gpu_count 9", "at most 8"]),
    ],
)
def test_what_modal_has_not_is_refused_with_the_remedy(kinds: tuple[str, ...], count: int, words: list[str]) -> None:
    (problem,) = problems(kinds, count)
    assert [word for word in words if word not in problem] == []


def test_preferences_keep_their_order() -> None:
    assert choices(("H100", "a100-80gb")) == ("H100", "A100-80GB")


def test_any_is_the_cheapest_first_and_what_holds_so_many() -> None:
    assert choices(("any",))[:3] == ("T4", "L4", "A10")
    assert "A10" not in choices(("any",), 8)
