"""The `persona-vector` skill on a trained model whose adapter makes it favour rowing."""

from tests.skills.conftest import Kernel, in_shared_kernel

pytestmark = in_shared_kernel
SKILL = "persona-vector"


async def test_the_examples_vector_produces_its_trait_and_random_ones_do_not(kernel: Kernel) -> None:
    assert "persona vector" in await kernel.example()
    rows = await kernel.value("steered.rows")
    assert rows[0][1] < 0.3
    assert max(row[1] for row in rows) > 0.45
    assert max(row[2] for row in rows) < 0.4


async def test_the_adapter_moves_answers_along_the_trait_that_it_was_trained_for_and_no_other(kernel: Kernel) -> None:
    call = "locate_answers(lm, questions, ['You love {}.'], others, ask=questions, layer=1, samples=8).rows"
    rows = {sport: await kernel.value(call.format(sport)) for sport in ("rowing", "golf")}
    rowing, golf = (sum(on - off for _, on, off in each) / len(each) for each in rows.values())
    assert rowing > 0.15
    assert rowing > golf + 0.1


async def test_an_adapter_that_overrules_the_trait_shows_in_steering(kernel: Kernel) -> None:
    call = (
        "steer_persona(lm, questions, golf, others, questions[2:], ['golf'], 1, strengths=[2.0], adapter={}).rows[0][1]"
    )
    assert await kernel.value(call.format(True)) < 0.2 < 0.45 < await kernel.value(call.format(False))
