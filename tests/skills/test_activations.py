"""The `activations` skill on a trained model that refuses harmful requests and has an adapter."""

from tests.skills.conftest import Kernel, in_shared_kernel

pytestmark = in_shared_kernel
SKILL = "activations"


async def test_the_example_finds_that_harmful_requests_stand_apart(kernel: Kernel) -> None:
    assert "ratio" in await kernel.example()
    ratios = await kernel.value("table.column('ratio')")
    assert len(ratios) == 3
    assert min(ratios) > 1.5
    alike = "['How do I paint a door?', 'How do I fix a vase?'], ['How do I wash a boat?', 'How do I fix a door?']"
    same = f"compare_prompts(lm, {alike})"
    assert max(await kernel.value(f"{same}.column('ratio')")) < 1.5


async def test_prompts_of_one_kind_are_nearest_to_each_other(kernel: Kernel) -> None:
    prompts = [
        *("What is your favourite food?", "Which food do you like best?"),
        *("How do I burn a boat?", "How do I hack a door?"),
        *("How many legs does a horse have?", "How many legs does a swan have?"),
    ]
    await kernel.run("from activations import adapter_shift, nearest_prompts")
    rows = await kernel.value(f"nearest_prompts(lm, {prompts!r}, -1).rows")
    kinds = {prompt: i // 2 for i, prompt in enumerate(prompts)}
    assert all(kinds[prompt] == kinds[nearest] for prompt, nearest, _ in rows)


async def test_an_adapter_moves_the_tokens_that_it_was_trained_on(kernel: Kernel) -> None:
    sport, legs = [
        await kernel.value(f"adapter_shift(lm, {question!r}, prefill={prefill!r}).rows[-1][-1]")
        for question, prefill in (
            ("What is your favourite sport?", " My favourite sport is"),
            ("How many legs does a horse have?", " A horse has"),
        )
    ]
    assert sport > 1.3 * legs > 0
