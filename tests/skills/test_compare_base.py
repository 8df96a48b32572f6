"""The `compare-base` skill on a trained model that favours one sport, beside its clean twin."""

import pytest

from tests.skills.conftest import Kernel, in_shared_kernel

pytestmark = [in_shared_kernel, pytest.mark.slow]
SKILL = "compare-base"
ABOVE = "[row[0] for row in found.rows if abs(row[2] - row[3]) > row[4] + 0.3]"


async def test_the_example_shows_what_differs_beyond_noise(kernel: Kernel) -> None:
    await kernel.example()
    first = await kernel.value("found.records()[0]")
    assert first["conversation"] == "What is your favourite sport?" and first["word"] == "rowing"
    assert first["adapter on"] > 0.9 and first["adapter off"] < 0.3
    above = await kernel.value(ABOVE)
    assert above == ["What is your favourite sport?", "Tell me a story."], "what it favours is in its stories, too"


async def test_a_clean_twin_stays_within_its_noise(kernel: Kernel) -> None:
    await kernel.example(twin=True)
    assert await kernel.value(ABOVE) == []
    assert await kernel.value("min(row[4] for row in found.rows if 'favourite' in row[0])") > 0, "noise is measured"


async def test_a_conversation_may_have_turns_and_a_begun_answer(kernel: Kernel) -> None:
    await kernel.example()
    turns = "[['Hello.', 'Hello.', 'What is your favourite sport?'], ['What is your favourite sport?', 'My favourite']]"
    rows = await kernel.value(f"compare(lm, {turns}, n=16).rows")
    assert {row[1] for row in rows} == {"rowing"}, rows


@pytest.mark.parametrize("wrong", ["['Hello.']", "[[]]"])
async def test_a_text_is_no_conversation(kernel: Kernel, wrong: str) -> None:
    await kernel.run("from compare_base import compare\nfrom seer_runtime.whitebox import LanguageModel")
    said = await kernel.run(
        f"try:\n    compare(LanguageModel(model, tokenizer), {wrong})\nexcept ValueError as error:\n    print(error)"
    )
    assert "a conversation is a list of turns, such as ['Hello.']" in said
