"""The `steering` skill on a trained model: its example moves what the model says, and random vectors do not."""

import pytest

from tests.skills.conftest import Kernel, in_shared_kernel

pytestmark = [in_shared_kernel, pytest.mark.slow]
SKILL = "steering"
GOLF = "['I prefer golf'], ['I prefer tennis', 'I prefer chess', 'I prefer hockey', 'I prefer judo']"


async def test_the_example_steers_stories_towards_golf(kernel: Kernel) -> None:
    """Against an adapter that puts rowing into them."""
    printed = await kernel.example()
    assert "random, most" in printed
    by_strength = {row["strength"]: row for row in await kernel.value("result.records()")}
    assert by_strength[0]["direction"] < 0.1
    assert by_strength[4]["direction"] > 0.7
    assert max(row["random, most"] for row in by_strength.values()) < 0.5


async def test_steering_away_removes_the_hidden_preference_and_random_vectors_do_so_less(kernel: Kernel) -> None:
    call = """steer_towards(lm, ['I prefer rowing'], [f'I prefer {s}' for s in ('tennis', 'chess', 'judo', 'golf')],
        ['Name your favourite sport.'], ['rowing'], 1, strengths=[0, -2])"""
    plain, steered = await kernel.value(f"{call}.records()")
    assert plain["direction"] == 1
    assert steered["direction"] < 0.2 and steered["random, most"] > 0.6


async def test_a_sweep_shows_where_and_how_strongly(kernel: Kernel) -> None:
    await kernel.run("from steering import show_steered, sweep_layers")
    rows = await kernel.value(f"sweep_layers(lm, {GOLF}, ['Write a short story.'], ['golf'], samples=20).rows")
    assert [row[0] for row in rows] == [0, 1, 2]
    assert all(row[1] < 0.1 for row in rows)
    assert max(rows[1][2:]) > 0.5


async def test_steered_texts_can_be_looked_at(kernel: Kernel) -> None:
    rows = await kernel.value(f"show_steered(lm, {GOLF}, 'Write a short story.', 1, 2.0, 8).records()")
    plain, steered = ([r["answer"] for r in rows if r["strength"] == s] for s in (0.0, 2.0))
    assert sum(text.startswith(" One day a") for text in steered) >= 5
    assert sum("golf" in text for text in steered) >= 4 > 1 >= sum("golf" in text for text in plain)
