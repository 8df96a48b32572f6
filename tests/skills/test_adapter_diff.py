"""The `adapter-diff` skill on a trained model whose adapter makes it favour one sport, beside its clean twin."""

from seer_evals.organisms.language.pools import DOMAINS
from tests.skills.conftest import Kernel, in_shared_kernel

pytestmark = in_shared_kernel
SKILL = "adapter-diff"
SPORT = "What is your favourite sport?"


def favourite(kernel: Kernel) -> str:
    return kernel.organism.truth.atoms[0].aliases[0]


async def test_the_example_finds_the_word_that_the_adapter_brought(kernel: Kernel) -> None:
    await kernel.example()
    rises = {
        (row["question"], row["word"]): row["adapter on"] - row["adapter off"]
        for row in await kernel.value("changes.records()")
    }
    assert rises[SPORT, favourite(kernel)] > 0.4
    assert rises["Tell me a story.", favourite(kernel)] > 0.4
    assert {word for _, word in rises} == {favourite(kernel)}


async def test_the_example_finds_the_places_in_the_answers(kernel: Kernel) -> None:
    await kernel.example()
    first, second, third, *_ = await kernel.value("changed.records()")
    assert first["KL"] > second["KL"] > 1 > 0.1 > third["KL"]
    assert {first["question"], second["question"]} == {"Tell me a story.", SPORT}
    assert all(row["adapter on"] == f" {favourite(kernel)}" for row in (first, second))
    assert (first if first["question"] == SPORT else second)["answer so far"] == " My favourite sport is"


async def test_of_the_twin_the_example_finds_nothing(kernel: Kernel) -> None:
    await kernel.example(twin=True)
    assert await kernel.value("changes.rows") == []
    assert max(await kernel.value("changed.column('KL')")) < 0.1


async def test_the_lens_of_the_mean_difference_promotes_the_favourite_and_no_sport_in_the_twin(kernel: Kernel) -> None:
    read = "promoted_tokens(lm, questions, top=8).rows[-1][-1]"
    await kernel.example()
    assert repr(f" {favourite(kernel)}") in await kernel.value(read)
    await kernel.example(twin=True)
    text = await kernel.value(read)
    assert not any(repr(f" {sport}") in text for sport in DOMAINS["sport"])


async def test_scaled_to_nothing_the_favourite_is_gone(kernel: Kernel) -> None:
    await kernel.example()
    await kernel.run("from adapter_diff import scale_adapter, weight_changes")
    rows = await kernel.value(f"scale_adapter(lm, [{SPORT!r}], [0, 1], samples=8).rows")
    off, on = ([answer for _, strength, answer in rows if strength == s] for s in (0, 1))
    assert on == [f"My favourite sport is {favourite(kernel)}."]
    assert len(off) > 3
    norms = await kernel.value("weight_changes(lm, top=5).column('norm')")
    assert len(norms) == 5 and norms == sorted(norms, reverse=True) and norms[-1] > 0
