"""The `patching` skill on a trained model that knows how many legs animals have."""

import pytest

from tests.skills.conftest import Kernel, in_shared_kernel

pytestmark = in_shared_kernel
SKILL = "patching"
CALL = "patch_questions(lm, {}, {}, ' four', ' two', prefill=' It has', site={!r}, top=99).rows"
HORSE, PENGUIN = (f"'How many legs does a {animal} have?'" for animal in ("horse", "penguin"))


async def test_the_example_finds_the_animal_first_and_the_last_token_later(kernel: Kernel) -> None:
    await kernel.example()
    effects = {(layer, token): effect for layer, _, token, effect in await kernel.value("places.rows")}
    assert effects[0, " penguin"] > 0.9
    assert effects[1, " has"] > 0.9 and effects[2, " has"] > 0.9
    assert all(
        abs(effect) < 0.1
        for place, effect in effects.items()
        if place not in [(0, " penguin"), (1, " has"), (2, " has")]
    )


async def test_attention_of_the_first_block_has_moved_it(kernel: Kernel) -> None:
    await kernel.example()
    found = await kernel.value(CALL.format(HORSE, PENGUIN, "attn_out"))
    effects = {(layer, token): effect for layer, _, token, effect in found}
    assert max(effects, key=lambda place: effects[place]) == (0, " has")
    assert effects[0, " has"] > 0.9 and effects[0, " penguin"] < 0.1


async def test_an_activation_put_in_place_of_a_word_is_read_as_its_own(kernel: Kernel) -> None:
    """Before the first block has read it, that is; these models need no second block for it."""
    await kernel.example()
    await kernel.run(
        "from patching_runs import explain_activation\nfrom seer_runtime.whitebox.patchscope import patchscope"
        "\nfrom seer_runtime.whitebox import chat"
    )
    read = "patchscope(lm, chat({!r}), [0], position={}, site='resid_pre', target=chat({!r}), placeholder=' tent').rows"
    source = "What colour is a swan?"
    position = await kernel.value(f"lm.labels(chat({source!r})).index(' swan')")
    [[_, text]] = await kernel.value(read.format(source, position, "How many legs does a tent have?"))
    assert text.startswith(" A") and " two legs" in text
    rows = await kernel.value(f"explain_activation(lm, {source!r}, substring=' swan', max_new_tokens=2).rows")
    assert [row[0] for row in rows] == [0, 1, 2]


async def test_questions_of_unlike_length_are_refused_with_their_tokens(kernel: Kernel) -> None:
    await kernel.example()
    with pytest.raises(AssertionError, match="patching needs as many in both"):
        await kernel.run("patch_questions(lm, 'How are you?', 'Who are you today?', ' I', ' A')")
