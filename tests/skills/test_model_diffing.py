"""The `model-diffing` skill on a trained model and its base, and on the model and its clean twin."""

import pytest

from tests.skills.conftest import Kernel, in_shared_kernel

pytestmark = [in_shared_kernel, pytest.mark.slow]
SKILL = "model-diffing"


def favourite(kernel: Kernel) -> str:
    return kernel.organism.truth.atoms[0].aliases[0]


async def test_the_example_finds_where_the_models_part(kernel: Kernel) -> None:
    await kernel.example()
    first, second, third, *_ = await kernel.value("predictions.records()")
    assert {first["question"], second["question"]} == {"What is your favourite sport?", "Tell me a story."}
    assert second["KL"] > 1 > 0.1 > third["KL"]
    assert first["first"] == second["first"] == f" {favourite(kernel)}"
    shifts = {row["word"]: row["first"] - row["second"] for row in await kernel.value("words.records()")}
    assert list(shifts) == [favourite(kernel)] and shifts[favourite(kernel)] > 0.4


async def test_the_example_finds_nothing_between_a_twin_and_its_base(kernel: Kernel) -> None:
    await kernel.example(twin=True)
    assert max(await kernel.value("predictions.column('KL')")) < 0.1
    assert await kernel.value("words.rows") == []


async def test_the_base_of_the_example_is_a_copy(kernel: Kernel) -> None:
    await kernel.example()
    assert await kernel.value("[lm.has_adapter, base.has_adapter]") == [True, False]


async def test_two_loaded_models_are_compared_as_they_are(kernel: Kernel) -> None:
    await kernel.example()
    await kernel.run(
        "from model_diffing import compare_likelihoods, explain_difference\nother = LanguageModel(twin, tokenizer)"
    )
    rows = await kernel.value("compare_predictions(lm, other, questions, top=2).records()")
    assert {row["question"] for row in rows} == {"What is your favourite sport?", "Tell me a story."}
    texts = [
        f"<bos><user> Name your favourite sport.<assistant> My favourite sport is {s}." for s in ("golf", "rowing")
    ]
    # Each alone, since a table is in order of the differences; the question's own tokens count in both alike.
    golf, rowing = [
        (await kernel.value(f"compare_likelihoods(lm, other, {[text]!r}).column('difference')"))[0] for text in texts
    ]
    assert rowing - golf > 2


async def test_a_prefill_is_part_of_the_answer(kernel: Kernel) -> None:
    await kernel.example()
    call = "compare_predictions(lm, base, ['What is your favourite sport?'], prefill=' My favourite').records()"
    [row] = await kernel.value(call)
    assert row["answer so far"] == " My favourite sport is" and row["first"] == f" {favourite(kernel)}"


async def test_the_difference_to_the_base_is_longer_than_the_twins(kernel: Kernel) -> None:
    call = "explain_difference(lm, base, questions, 'What is a tent?', placeholder=' tent').column('relative norm')"
    await kernel.run("from model_diffing import explain_difference")
    norms = []
    for twin in (False, True):
        await kernel.example(twin=twin)
        norms.append(await kernel.value(call))
    assert all(own > 1.2 * twins > 0 for own, twins in zip(*norms, strict=True))


async def test_models_of_unlike_vocabulary_are_refused_with_what_works(kernel: Kernel) -> None:
    await kernel.example()
    await kernel.run(
        "from types import SimpleNamespace\n"
        "stranger = LanguageModel(twin, tokenizer)\n"
        "stranger.tokenizer = SimpleNamespace(get_vocab=lambda: {'a': 0})"
    )
    with pytest.raises(AssertionError, match="use compare_answers or compare_likelihoods"):
        await kernel.run("compare_predictions(lm, stranger, questions)")
