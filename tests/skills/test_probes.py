"""The `probes` skill on a trained model that knows how many legs animals have."""

import pytest

from tests.skills.conftest import Kernel, in_shared_kernel

pytestmark = [in_shared_kernel, pytest.mark.slow]
SKILL = "probes"


@pytest.mark.slow
async def test_the_example_reads_birds_that_the_probe_has_not_seen(kernel: Kernel) -> None:
    assert "held out, by group" in await kernel.example()
    rows = await kernel.value("result.records()")
    assert [row["layer"] for row in rows] == [0, 1, 2]
    best = max(rows, key=lambda row: row["accuracy"])
    assert best["accuracy"] > 0.8 > 0.7 > best["shuffled"]
    assert best["p"] < 0.1
    assert abs(best["majority"] - 8 / 14) < 1e-9


async def test_new_animals_are_classified(kernel: Kernel) -> None:
    await kernel.run("from probes import classify")
    await kernel.run("new = ['badger', 'beaver', 'otter']")
    call = """classify(lm, questions, labels, animals, [f'How many legs does a {a} have?' for a in new], 2,
        [f' A {a} has' for a in animals], [f' A {a} has' for a in new])"""
    assert all(score < 0 for _, score in await kernel.value(f"{call}.rows"))


@pytest.mark.slow
async def test_where_nothing_is_decided_yet_a_probe_finds_less(kernel: Kernel) -> None:
    """At the last token of the question, before the answer has begun."""
    at_question = await kernel.value("probe_layers(lm, questions, labels, animals).column('accuracy')")
    assert max(at_question) < max(await kernel.value("result.column('accuracy')"))
